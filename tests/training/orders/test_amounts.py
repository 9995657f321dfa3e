"""Numbers of many countries."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.orders.amounts import parse_amounts


def parsed(*texts: str | None) -> list[float | None]:
    return parse_amounts(pl.Series(texts, dtype=pl.String), 1e9).numbers.to_list()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2", 2.0),
        ("-2.50", -2.5),
        (" 2.55 ", 2.55),
        ("2,55", 2.55),
        ("1.234,56", 1234.56),
        ("1,234.56", 1234.56),
        ("1,234,567", 1234567.0),
        ("1.234.567", 1234567.0),
        ("1 234,50", 1234.5),
        ("1\u00a0234.50", 1234.5),
        ("1'234.50", 1234.5),
        ("£2.55", 2.55),
        ("2,55 €", 2.55),
        ("EUR 2.55", 2.55),
        ("-$2.55", -2.55),
        ("$-2.55", -2.55),
        ("(2.55)", -2.55),
        ("5-", -5.0),
        ("\u22125", -5.0),
        (".5", 0.5),
        ("1e3", 1000.0),
    ],
)
def test_numbers_are_read(text: str, expected: float) -> None:
    assert parsed(text) == [pytest.approx(expected)]


@pytest.mark.parametrize(
    "text", ["two", "1.2.3", "1,23,4", "12 months", "inf", "1e12", "2 + 2", "50%%%%%%", "--5", "1/2"]
)
def test_what_is_no_number_is_unreadable(text: str) -> None:
    amounts = parse_amounts(pl.Series([text]), 1e9)
    assert (amounts.numbers.to_list(), amounts.unreadable.to_list()) == ([None], [True])


@pytest.mark.parametrize("text", [None, "", " ", "nan", "NULL", "n/a"])
def test_missing_is_not_unreadable(text: str | None) -> None:
    amounts = parse_amounts(pl.Series([text], dtype=pl.String), 1e9)
    assert (amounts.numbers.to_list(), amounts.unreadable.to_list()) == ([None], [False])


def test_the_column_decides_what_a_lone_separator_means() -> None:
    assert parsed("1,234", "5") == [1234.0, 5.0]
    assert parsed("1,234", "2,5") == [1.234, 2.5]
    assert parsed("1.234", "2,5") == [1234.0, 2.5]
    assert parsed("1.234", "2.5") == [1.234, 2.5]


@given(cents=st.integers(-(10**8), 10**8))
def test_both_conventions_give_the_same_number(cents: int) -> None:
    english = f"{cents / 100:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert parsed(english) == parsed(german) == [pytest.approx(cents / 100)]
