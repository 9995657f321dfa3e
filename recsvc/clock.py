"""Moments: the clock, and how a moment is read from a request, kept and answered."""

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


def now_us() -> int:
    """Return the time in microseconds since 1970, UTC."""
    return time.time_ns() // 1000


def to_us(moment: datetime) -> int:
    """Return ``moment``, which has a zone, in microseconds since 1970, UTC."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def to_text(moment_us: int) -> str:
    """Return microseconds since 1970 as RFC 3339 in UTC."""
    return (_EPOCH + timedelta(microseconds=moment_us)).isoformat().replace("+00:00", "Z")


def _rfc_3339(value: object) -> object:
    """Refuse what pydantic would read as a time as well: numbers, dates alone, times without a zone."""
    if isinstance(value, str) and not _RFC_3339.fullmatch(value):
        raise ValueError("must be a date and time with a zone, like 2026-05-01T12:30:00Z")
    if not isinstance(value, str | datetime):
        raise ValueError("must be a text like 2026-05-01T12:30:00Z")
    return value


def _within_bounds(value: datetime) -> datetime:
    if not _EPOCH <= value <= _LATEST:
        raise ValueError("must be in the years 1970 to 9999")
    return value


Timestamp = Annotated[
    AwareDatetime,
    BeforeValidator(_rfc_3339),
    AfterValidator(_within_bounds),
    Field(json_schema_extra={"pattern": "^(19[7-9]|[2-9][0-9][0-9])"}),
]
"""Type of a field that holds a date and time with a zone, as RFC 3339 writes it."""
