"""Numbers of many countries."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.orders.amounts import parse_amounts
from training.orders.decimal_marks import DecimalMark, Decision, decide_marks, mark_evidence


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
        ("1,23,456.00", 123456.0),
        ("₹1,23,456", 123456.0),
        ("Rs. 12,34,567.50", 1234567.5),
        ("1 23 456,5", 123456.5),
        ("1.234.567,89 €", 1234567.89),
        ("CHF 1’234.50", 1234.5),  # noqa: RUF001  as the Swiss write it
        ("12.–", 12.0),  # noqa: RUF001  as the Swiss write it
        ("5,-", 5.0),
        ("R$ 1.234,56", 1234.56),
        ("US$12.50", 12.5),
        ("12,50 kr.", 12.5),
        ("1 234,50 zł", 1234.5),
        ("1\u202f234,50\u00a0€", 1234.5),
        ("12,50 руб.", 12.5),  # noqa: RUF001  roubles
        ("S/. 12.50", 12.5),
        ("USD $12.50", 12.5),
        ("¥1,200.00", 1200.0),
        ("１２００円", 1200.0),
        ("١٢٫٥", 12.5),  # noqa: RUF001  Arabic digits
        ("($2.55)", -2.55),
        ("$(2.55)", -2.55),
        ("(2,55) €", -2.55),
        ("2,55-", -2.55),
        ("2.55 €-", -2.55),
        ("1,234.56-", -1234.56),
        ("- 2,50 €", -2.5),
        ("0,500", 0.5),
        ("1234,500", 1234.5),
        ("2 pcs", 2.0),
    ],
)
def test_numbers_are_read(text: str, expected: float) -> None:
    assert parsed(text) == [pytest.approx(expected)]


@pytest.mark.parametrize(
    "text",
    [
        "two",
        "1.2.3",
        "1,23,4",
        "12 months",
        "inf",
        "1e12",
        "2 + 2",
        "50%%%%%%",
        "--5",
        "1/2",
        "1,234.567,8",
        "(5",
        "1.234,56.7",
        "1,2345,678",
    ],
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


def decided(said: str | None = None, is_typed: bool = False, **columns: list[str]) -> dict[str, Decision]:
    evidence = {
        name: mark_evidence(pl.Series(texts), of_pieces=name == "quantity") for name, texts in columns.items()
    }
    return decide_marks(evidence, said, is_typed)


COMMA, POINT = DecimalMark.COMMA, DecimalMark.POINT


@pytest.mark.parametrize(
    ("quantity", "price", "expected"),
    [
        (["1,000", "2,000"], ["12,50"], Decision(COMMA, is_certain=True)),
        (["1,000", "0,500"], ["3"], Decision(COMMA, is_certain=True)),
        (["1.000", "12"], ["12,50"], Decision(COMMA, is_certain=True)),
        (["1.000", "2.000"], ["12.50"], Decision(POINT, is_certain=True)),
        (["1,000", "12"], ["12.50"], Decision(POINT, is_certain=True)),
        (["1,000", "12"], ["1,04,021"], Decision(POINT, is_certain=True)),
        (["1,000", "12"], ["1.234.567"], Decision(COMMA, is_certain=True)),
        (["1,000", "1,500"], ["12.50"], Decision(POINT, is_certain=False)),
        (["1,000", "2,000"], ["3"], Decision(POINT, is_certain=False)),
        (["1,000", "20", "5"], ["3"], Decision(POINT, is_certain=False, is_likely=True)),
        (["1.000", "20", "5"], ["3"], Decision(COMMA, is_certain=False, is_likely=True)),
        (["1,125", "20", "5"], ["3"], Decision(POINT, is_certain=False)),
        (["1,000", "20", "5000"], ["3"], Decision(POINT, is_certain=False)),
    ],
)
def test_all_number_columns_decide_together(
    quantity: list[str], price: list[str], expected: Decision
) -> None:
    assert decided(quantity=quantity, unit_price=price)["quantity"] == expected


@pytest.mark.parametrize("open_text", ["1,249", "1.249"])
def test_a_price_with_three_digits_behind_the_mark_beside_whole_ones_is_a_thousand(open_text: str) -> None:
    expected = POINT if "," in open_text else COMMA
    decision = decided(quantity=["1", "2"], unit_price=["3", "12", open_text])["unit_price"]
    assert decision == Decision(expected, is_certain=False, is_likely=True)


def test_a_column_that_shows_its_mark_is_not_overruled_by_others() -> None:
    both = decided(quantity=["0,500", "1,000"], unit_price=["1.50", "2.50", "3.50"])
    assert (both["quantity"].mark, both["unit_price"].mark) == (COMMA, POINT)


def test_what_somebody_said_decides() -> None:
    assert decided(",", quantity=["1,000"], unit_price=["2.50"])["quantity"] == Decision(
        COMMA, is_certain=True
    )


def test_typed_numbers_have_a_point() -> None:
    assert decided(is_typed=True, quantity=["1.125"])["quantity"] == Decision(POINT, is_certain=True)
    assert not decided(is_typed=True, quantity=["1,125"])["quantity"].is_certain


@given(cents=st.integers(-(10**8), 10**8))
def test_both_conventions_give_the_same_number(cents: int) -> None:
    english = f"{cents / 100:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert parsed(english) == parsed(german) == [pytest.approx(cents / 100)]


@given(rupees=st.integers(0, 10**11))
def test_lakhs_are_set_apart_as_thousands_are(rupees: int) -> None:
    digits = str(rupees)
    head, tail = digits[:-3], digits[-3:]
    pairs = [head[max(0, end - 2) : end] for end in range(len(head), 0, -2)][::-1]
    assert parse_amounts(pl.Series([",".join([*pairs, tail]) + ".00"]), 1e12).numbers.to_list() == [rupees]
