"""Logs on standard error, one JSON object a line, from recsvc and from the server alike.

Requests are not logged, and no line holds the id of a shopper.
"""

import logging
import sys
from typing import Any

import structlog

_PROCESSORS: list[Any] = [
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]


class _WithoutThreadAdvice(logging.Filter):
    """Leaves out granian's advice to have few threads: most threads of recsvc only wait."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to log."""
        return "Python threads" not in record.getMessage()


def configure_logging(level: str) -> None:
    """Set up structlog; lines below ``level`` are left out.

    A line and its end are one write: with two, as of an unbuffered ``print``, lines of two workers run together.
    """
    structlog.configure(
        processors=[*_PROCESSORS, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def server_logging(level: str) -> dict[str, Any]:
    """Return a ``logging.config`` dictionary with which granian logs in the same form."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processor": structlog.processors.JSONRenderer(),
                "foreign_pre_chain": _PROCESSORS,
            }
        },
        "filters": {"threads": {"()": _WithoutThreadAdvice}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "json",
                "filters": ["threads"],
                "stream": "ext://sys.stderr",
            }
        },
        "loggers": {"_granian": {"handlers": ["stderr"], "level": level.upper(), "propagate": False}},
    }
