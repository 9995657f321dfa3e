"""Quantities and prices as people and programs of many countries write them."""

import math
import re
from dataclasses import dataclass

import polars as pl

from training.sources.identifiers import MISSING_WORDS, tidy_text

PLAIN = r"^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?$"
COMMA_DECIMALS = r"^[^.]*,(?:\d{1,2}|\d{4,})(?:\D*)$|\.\d{3},\d"
POINT_DECIMALS = r"^[^,]*\.(?:\d{1,2}|\d{4,})(?:\D*)$|,\d{3}\.\d"
CURRENCY = re.compile(
    r"^(?P<sign>[+-]?)[^\d\s.,+-]{0,4}\.?(?P<number>[+-]?[\d.,']+)[^\d\s.,+-]{0,4}\.?(?P<after>-?)$"
)
GROUPED = re.compile(r"\d{1,3}(?:[,.']\d{3})+")


@dataclass(frozen=True)
class Amounts:
    """Numbers Float64 (null where missing or unreadable) and whether each was unreadable, Boolean."""

    numbers: pl.Series
    unreadable: pl.Series


def parse_amounts(texts: pl.Series, largest: float) -> Amounts:
    """Parse the distinct texts of one column; whether a comma is the decimal point shows from all of them.

    A number that is not finite or beyond `largest` in size is unreadable.
    """
    tidy = tidy_text(texts)
    tidy = tidy.set(tidy.str.to_lowercase().is_in(MISSING_WORDS), None)
    comma = uses_decimal_comma(tidy)
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


def uses_decimal_comma(texts: pl.Series) -> bool:
    """Return whether `1,234` and `1.234` of this column mean 1.234 and 1234, as in most of Europe."""
    comma = texts.str.contains(COMMA_DECIMALS).sum()
    return comma > texts.str.contains(POINT_DECIMALS).sum()


def parse_amount(text: str, comma: bool) -> float | None:
    """Return one number with currency sign, thousands separators, brackets or trailing minus; else None."""
    compact = re.sub(r"(?<=\d)\s(?=\d{3}(?!\d))", "", text).replace("−", "-").replace("’", "'")  # noqa: RUF001  typographic signs
    brackets = compact.startswith("(") and compact.endswith(")")
    match = CURRENCY.match(compact.strip("()").replace(" ", "") if brackets else re.sub(r"\s", "", compact))
    if match is None or (match["sign"] and match["number"][0] in "+-"):
        return None
    number = decimal_point(match["number"], comma)
    if number is None:
        return None
    negative = brackets or match["after"] == "-" or match["sign"] == "-"
    return -number if negative else number


def decimal_point(number: str, comma: bool) -> float | None:
    """Return the value of digits with separators."""
    last = max(number.rfind(","), number.rfind("."))
    separators = {character for character in number if character in ",."}
    if len(separators) == 2:
        whole, fraction = number[:last], number[last + 1 :]
    elif separators and is_grouping(number, comma):
        whole, fraction = number, ""
    else:
        whole, fraction = (number[:last], number[last + 1 :]) if last >= 0 else (number, "")
        if "," in whole or "." in whole:
            return None
    if len(separators) == 2 and not GROUPED.fullmatch(whole.lstrip("+-")):
        return None
    try:
        value = float(re.sub(r"[,.']", "", whole) + "." + fraction)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def is_grouping(number: str, comma: bool) -> bool:
    """Return whether the only kind of separator groups thousands."""
    if not GROUPED.fullmatch(number.lstrip("+-")):
        return False
    once = number.count(",") + number.count(".") == 1
    return not once or ("," in number) != comma
