"""What a cell of a product export says: a number, a moment, yes or no, a text for people, a link."""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from recsvc.catalogue.item import MAX_TITLE_LENGTH
from recsvc.clock import to_us

_NUMBER = re.compile(r"[+-]?\d(?:[\d.,'\u2019\s]*\d)?")
_UNIT = re.compile(r"[^\W\d_]{0,4}\.?|[$€£¥₹₽₺₩฿₫₪₴zł%]{1,4}")
"""What may stand beside the digits of a price: a currency."""
_AMBIGUOUS = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
_PLAIN = re.compile(r"[+-]?\d+([eE][+-]?\d{1,2})?")
_BARE = re.compile(r"[+-]?(0|[1-9][\d.,]*|0[.,]\d+)")
_LARGEST_EXACT = 2**53
_MARKS = re.compile(r"[.,]")
_TELLING = re.compile(r"\d[.,/-]\d")
_LONGEST_TOLD = 40
_BLANK = re.compile(r"\s+")
_TAG = re.compile(r"<[a-zA-Z/!][^<>]{0,500}>")
_LINK = re.compile(r"^(https?://|/)[^\x00-\x20<>\"\x7f]*$")
_ISO = re.compile(r"\d{4}-\d\d?-\d\d?")
_DAY_FIRST = re.compile(r"(\d\d?)\.(\d\d?)\.(\d{4}|\d\d)")
_SLASHES = re.compile(r"(\d\d?)[/-](\d\d?)[/-](\d{4}|\d\d)")


@dataclass(frozen=True)
class Notation:
    """How a file writes its numbers and dates, found out from all of them together.

    Attributes:
        decimal_mark: of numbers such as ``1,000`` that alone could be read in two ways.
        is_day_first: of dates such as ``03/04/2026``; None where no date of the file tells.
        now_us: decides which sale prices hold, in microseconds since 1970.
    """

    decimal_mark: str = "."
    is_day_first: bool | None = None
    now_us: int = 0


PLAIN = Notation()


@dataclass
class NotationEvidence:
    """What the values of a file, shown one by one, say of its notation."""

    _marks: dict[str, int] = field(default_factory=lambda: {".": 0, ",": 0})
    _first: int = 0
    _second: int = 0

    def look(self, values: Iterable[str]) -> None:
        """Take note of what is a number or a date among ``values``."""
        for text in values:
            if len(text) > _LONGEST_TOLD or _TELLING.search(text) is None:
                continue
            if (mark := _mark_of(text)) is not None:
                self._marks[mark] += 1
            elif dated := _SLASHES.match(text):
                self._first |= int(dated[1]) > 12
                self._second |= int(dated[2]) > 12

    def notation(self, now_us: int, *, is_semicolon: bool) -> Notation:
        """Return the notation; ``is_semicolon`` says what separates the columns, as where commas are decimal marks."""
        point, comma = self._marks["."], self._marks[","]
        mark = "," if comma > point or (comma == point and is_semicolon) else "."
        is_told = self._first != self._second
        return Notation(mark, bool(self._first) if is_told else None, now_us)


def _digits_of(text: str) -> str | None:
    """Return the number in ``text`` without its currency, or None where it is not one number."""
    found = _NUMBER.search(text)
    if found is None:
        return None
    before, after = text[: found.start()].strip(), text[found.end() :].strip()
    if not all(_UNIT.fullmatch(part) for part in (before, after)) or (before and after):
        return None
    return _BLANK.sub("", found[0]).replace("'", "").replace("\u2019", "")


def _mark_of(text: str) -> str | None:
    """Return the decimal mark that a number shows without doubt, if it shows one."""
    digits = _digits_of(text)
    if digits is None or _AMBIGUOUS.fullmatch(digits):
        return None
    marks = _MARKS.findall(digits)
    if not marks or (len(marks) > 1 and len(set(marks)) == 1):
        return None
    return str(marks[-1])


def read_number(text: str, notation: Notation) -> float | None:
    """Return the number that ``text`` is, with or without a currency; None where it is none."""
    return float(text) if _PLAIN.fullmatch(text) else _read_marked(text, notation)


def read_attribute(text: str, notation: Notation) -> float | str:
    """Return the number that ``text`` is, or the text: also where a unit, or a 0 before it, is part of what it says."""
    is_bare = _BARE.fullmatch(text) is not None
    number = read_number(text, notation) if is_bare else None
    return text if number is None or abs(number) >= _LARGEST_EXACT else number


def _read_marked(text: str, notation: Notation) -> float | None:
    digits = _digits_of(text)
    if digits is None:
        return None
    marks = _MARKS.findall(digits)
    decimal = _mark_of(text) or (notation.decimal_mark if len(marks) == 1 else None)
    whole, _, part = (
        digits.rpartition(decimal) if decimal is not None and decimal in marks else (digits, "", "")
    )
    return float(f"{_MARKS.sub('', whole)}.{part or 0}")


def read_moment(text: str, notation: Notation, *, is_end: bool = False) -> int | None:
    """Return the moment that ``text`` names, in microseconds since 1970; None where it names none.

    A moment without a zone is one of UTC. Of a date alone it is the first moment, and the last where ``is_end``.
    """
    dated, rest = _date_of(text.strip(), notation)
    if dated is None:
        return None
    day = timedelta(days=1) if is_end else timedelta()
    try:
        if not rest:
            return to_us(datetime.fromisoformat(dated).replace(tzinfo=UTC) + day)
        moment = datetime.fromisoformat(f"{dated}T{rest.lstrip('T ')}")
        return to_us(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


def _date_of(text: str, notation: Notation) -> tuple[str | None, str]:
    """Return the date at the beginning of ``text`` as ISO 8601 writes it, and what follows it."""
    if found := _ISO.match(text):
        year, month, day = found[0].split("-")
    elif found := _DAY_FIRST.match(text):
        day, month, year = found.groups()
    elif found := _SLASHES.match(text):
        first, second, year = found.groups()
        is_day_first = int(first) > 12 if max(int(first), int(second)) > 12 else notation.is_day_first
        if is_day_first is None and first != second:
            return None, ""
        day, month = (first, second) if is_day_first else (second, first)
    else:
        return None, ""
    year = year if len(year) == 4 else f"20{year}"
    return f"{year}-{int(month):02}-{int(day):02}", text[found.end() :].strip()


def tidied(text: str | None) -> str | None:
    """Return a title as people read it: without markup, on one line, not too long; None where nothing is left."""
    if text is None:
        return None
    if "<" in text or "&" in text:
        text = html.unescape(_TAG.sub(" ", html.unescape(text)))
    return _BLANK.sub(" ", text).strip()[:MAX_TITLE_LENGTH].strip() or None


def as_link(text: str | None) -> str | None:
    """Return ``text`` where it is a link, or a path on the shop's own site, else None."""
    return text if text is not None and len(text) <= 2048 and _LINK.match(text) else None
