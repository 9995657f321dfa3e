"""Logs on standard error, one JSON object a line, from recsvc and from the server alike.

Requests are not logged, and no line holds the id of a shopper.
"""

import logging
import sys
from collections.abc import Callable, MutableMapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, TextIO, cast

import structlog

SHOP: ContextVar[str | None] = ContextVar("shop", default=None)
"""Of the several that one deployment serves, the shop that the lines of this thread are about."""


def _name_shop(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    shop = SHOP.get()
    if shop is not None:
        line.setdefault("shop", shop)
    return line


_PROCESSORS: list[Any] = [
    _name_shop,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]


class _WithoutThreadAdvice(logging.Filter):
    """Leaves out granian's advice to have few threads: most threads of recsvc only wait."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to log."""
        return "Python threads" not in record.getMessage()


class _Unfailing:
    """Writes to ``file``; what cannot be written is left out, because a full disk under the log must end nothing."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        """Write ``text``, or do without."""
        with suppress(OSError, ValueError):
            self._file.write(text)

    def flush(self) -> None:
        """Flush what was written, or leave that to the next line."""
        with suppress(OSError, ValueError):
            self._file.flush()


def configure_logging(level: str, fields: Sequence[Callable[..., Any]] = ()) -> None:
    """Set up structlog; lines below ``level`` are left out, and ``fields`` add to each of the others.

    A line and its end are one write: with two, as of an unbuffered ``print``, lines of two workers run together.
    """
    structlog.configure(
        processors=[*_PROCESSORS, *fields, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", _Unfailing(sys.stderr))),
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
