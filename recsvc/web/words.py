"""Figures and moments as people read them: filters of the templates."""

import math
from collections.abc import Callable, Mapping, Sized
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

UNKNOWN = "\N{EN DASH}"
_SYMBOLS = {"EUR": "\N{EURO SIGN}", "USD": "$", "GBP": "\N{POUND SIGN}"}
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def number(value: float | None) -> str:
    """Return 1234.5 as ``1,234.5`` and whole numbers without a point; a dash for what is not known."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return (
        f"{value:,.0f}"
        if float(value).is_integer()
        else f"{value:,.4g}"
        if abs(value) < 1000
        else f"{value:,.1f}"
    )


def money(value: float | None, currency: str = "") -> str:
    """Return an amount with two decimals, in a currency as ISO 4217 names it."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    amount, sign = f"{abs(value):,.2f}", "-" if value < 0 else ""
    if currency in _SYMBOLS:
        return f"{sign}{_SYMBOLS[currency]}{amount}"
    return f"{sign}{amount} {currency}".rstrip()


def percent(value: float | None, digits: int = 1) -> str:
    """Return .123 as ``12.3 %``, which no line break parts."""
    return (
        UNKNOWN
        if value is None or not math.isfinite(value)
        else f"{100 * value:.{digits}f}\N{NO-BREAK SPACE}%"
    )


def moment(us: int | None) -> str:
    """Return microseconds since 1970 as ``29 Nov 2026, 20:15`` (UTC)."""
    return UNKNOWN if us is None else f"{_at(us):%-d %b %Y, %H:%M}"


def day(us: int | None) -> str:
    """Return microseconds since 1970 as ``29 Nov 2026``."""
    return UNKNOWN if us is None else f"{_at(us):%-d %b %Y}"


def day_of(text: str | None) -> str:
    """Return a moment in ISO 8601 as ``29 Nov 2026``."""
    return UNKNOWN if not text else f"{datetime.fromisoformat(text):%-d %b %Y}"


def moment_of(text: str | None) -> str:
    """Return a moment in ISO 8601 as ``29 Nov 2026, 20:15``."""
    return UNKNOWN if not text else f"{datetime.fromisoformat(text):%-d %b %Y, %H:%M}"


def ago(seconds: float) -> str:
    """Return how long ago something was, roughly."""
    if seconds < 2 * _MINUTE:
        return "just now"
    for unit, length in (("day", _DAY), ("hour", _HOUR), ("minute", _MINUTE)):
        n = int(seconds // length)
        if n >= 1:
            return f"{n:,} {unit}{'s' if n > 1 else ''} ago"
    return "just now"


def count(n: int, one: str, many: str | None = None) -> str:
    """Return ``1 item`` or ``2 items``."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def count_of(things: Sized, one: str, many: str | None = None) -> str:
    """Return how many there are, like ``2 items``."""
    return count(len(things), one, many)


def capitalize_first(text: str) -> str:
    """Return ``text`` with a capital at the beginning, and as it is behind it."""
    return f"{text[:1].upper()}{text[1:]}"


def codes(text: str) -> Markup:
    """Return ``text`` with what stands between backquotes as code."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if i % 2 else part for i, part in enumerate(parts)
    )


def _at(us: int) -> datetime:
    return datetime.fromtimestamp(us / 1_000_000, UTC)


FILTERS: Mapping[str, Callable[..., Any]] = {
    one.__name__: one
    for one in (
        number,
        money,
        percent,
        moment,
        day,
        day_of,
        moment_of,
        ago,
        count,
        count_of,
        capitalize_first,
        codes,
    )
}
