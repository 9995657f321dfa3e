"""Quantities and prices as people and programs of many countries write them."""

import math
import re
import unicodedata
from dataclasses import dataclass

import polars as pl

from training.orders.decimal_marks import DecimalMark, mark_evidence
from training.sources.identifiers import MISSING_WORDS, tidy_text

PLAIN = r"^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?$"
CURRENCY = r"[^\d\s.,+()'-]{0,5}(?:\.[^\d\s.,+()'-]{1,2})?\.?"
"""A sign, a code or a short word: €, R$, CHF, Rs., zł, kr., US$."""

AMOUNT = re.compile(
    rf"^(?P<sign>[+-]?){CURRENCY}(?P<inner>[+-]?)(?P<number>[\d.,'][\d.,']*(?:[eE][+-]?\d{{1,2}})?){CURRENCY}(?P<after>-?)$"
)
NO_CENTS = re.compile(r"(?<=\d)[.,](?:-{1,2}|[–—])(?!\d)")  # noqa: RUF001  dashes
BRACKETS = re.compile(r"^(?P<before>[^\d()]*)\((?P<inside>[^()]*\d[^()]*)\)(?P<after>[^\d()]*)$")
THOUSANDS = re.compile(r"\d{1,3}(?:([,.'])\d{3})(?:\1\d{3})*")
LAKHS = re.compile(r"\d{1,2}(?:,\d{2})*,\d{3}")


@dataclass(frozen=True)
class Amounts:
    """Numbers Float64 (null where missing or unreadable) and whether each was unreadable, Boolean."""

    numbers: pl.Series
    unreadable: pl.Series


def tidy_amounts(texts: pl.Series) -> pl.Series:
    """Return distinct texts without needless blanks; null where no amount is given."""
    tidy = tidy_text(texts)
    return tidy.set(tidy.str.to_lowercase().is_in(MISSING_WORDS), None)


def parse_amounts(texts: pl.Series, largest: float, mark: DecimalMark | None = None) -> Amounts:
    """Parse the distinct texts of one column; without a `mark`, the texts show what stands before decimals.

    A number that is not finite or beyond `largest` in size is unreadable.
    """
    tidy = tidy_amounts(texts)
    comma = (mark or mark_evidence(tidy).mark) is DecimalMark.COMMA
    plain = tidy.set(~tidy.str.contains(PLAIN), None)
    if comma:
        plain = plain.set(plain.str.contains(".", literal=True), None)
    numbers = plain.cast(pl.Float64, strict=False)
    odd = numbers.is_null() & tidy.is_not_null()
    if odd.any():
        read = pl.Series([parse_amount(text, comma) for text in tidy.filter(odd).to_list()], dtype=pl.Float64)
        numbers = numbers.scatter(odd.arg_true(), read)
    numbers = numbers.set((numbers.abs() > largest) | ~numbers.is_finite(), None)
    return Amounts(numbers, numbers.is_null() & tidy.is_not_null())


def parse_amount(text: str, comma: bool) -> float | None:
    """Return one number with currency, thousands set apart, brackets or trailing minus; else None."""
    compact, is_negative = without_brackets(in_ascii(text))
    compact = re.sub(r"(?<=\d)\s(?=\d{2,3}(?!\d))", "", compact)
    match = AMOUNT.match(re.sub(r"\s", "", compact))
    if match is None or (match["sign"] and match["inner"]) or (match["after"] and match["sign"]):
        return None
    number = decimal_point(match["number"], comma)
    if number is None:
        return None
    minus = is_negative or "-" in (match["sign"], match["inner"], match["after"])
    return -number if minus else number


def in_ascii(text: str) -> str:
    """Return the text with the digits, signs and blanks of a plain keyboard, and without the dash of whole amounts."""
    text = unicodedata.normalize("NFKC", text).translate(LOOK_ALIKES)
    digits = "".join(str(unicodedata.decimal(one)) if one.isdecimal() else one for one in text)
    return NO_CENTS.sub("", digits)


LOOK_ALIKES = str.maketrans({"−": "-", "’": "'", "‘": "'", "`": "'", "´": "'", "٫": ".", "٬": "'"})  # noqa: RUF001


def without_brackets(text: str) -> tuple[str, bool]:
    """Return the text, and whether brackets around the number said that it is negative."""
    match = BRACKETS.match(text)
    return ("".join(match.groups()), True) if match else (text, False)


def decimal_point(number: str, comma: bool) -> float | None:
    """Return the value of digits with separators."""
    number, e, exponent = number.lower().partition("e")
    last = max(number.rfind(","), number.rfind("."))
    separators = {character for character in number if character in ",."}
    if len(separators) == 2:
        whole, fraction = number[:last], number[last + 1 :]
        if not is_grouping(whole):
            return None
    elif separators and groups_thousands(number, comma):
        whole, fraction = number, ""
    else:
        whole, fraction = (number[:last], number[last + 1 :]) if last >= 0 else (number, "")
        if "," in whole or "." in whole or "'" in fraction:
            return None
    try:
        value = float(re.sub(r"[,.']", "", whole) + "." + fraction + (e + exponent))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def is_grouping(number: str) -> bool:
    """Return whether thousands, or lakhs as in India, are set apart in the number."""
    return bool(THOUSANDS.fullmatch(number) or LAKHS.fullmatch(number))


def groups_thousands(number: str, comma: bool) -> bool:
    """Return whether the only kind of point or comma sets thousands apart."""
    if not is_grouping(number):
        return False
    once = number.count(",") + number.count(".") == 1
    return not once or ("," in number) != comma
