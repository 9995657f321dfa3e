from datetime import UTC, datetime

import pytest

from recsvc.catalogue.stock_words import NO, YES, says
from recsvc.catalogue.values import (
    Notation,
    NotationEvidence,
    as_link,
    read_attribute,
    read_moment,
    read_number,
    tidied,
)
from recsvc.clock import to_us

POINT, COMMA = Notation("."), Notation(",")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("19.90", 19.9), ("19,90", 19.9), ("0,500", 0.5), ("1.234,56", 1234.56), ("1,234.56", 1234.56),
        ("1,23,456.00", 123456.0), ("1'234.50", 1234.5), ("1 234,50", 1234.5), ("1.234.567", 1234567.0),
        ("12.50 USD", 12.5), ("EUR 12,50", 12.5), ("12,50 €", 12.5), ("$5", 5.0), ("-3", -3.0), ("11.900000", 11.9),
        ("cheap", None), ("12 or 13", None), ("nan", None), ("1_000", None), ("2026-01-01", None), ("", None),
    ],
)  # fmt: skip
def test_a_number_that_can_be_read_in_one_way_is_read_so_in_every_file(
    text: str, number: float | None
) -> None:
    assert read_number(text, POINT) == read_number(text, COMMA) == number


def test_a_number_that_can_be_read_in_two_ways_goes_by_the_others_of_the_file() -> None:
    assert (read_number("1,000", POINT), read_number("1,000", COMMA)) == (1000.0, 1.0)
    assert (read_number("1.000", POINT), read_number("1.000", COMMA)) == (1.0, 1000.0)
    evidence = NotationEvidence()
    evidence.look(["1,000", "12,50", "Mug, blue"])
    assert evidence.notation(0, is_semicolon=False).decimal_mark == ","
    assert NotationEvidence().notation(0, is_semicolon=True).decimal_mark == ","
    assert NotationEvidence().notation(0, is_semicolon=False).decimal_mark == "."


@pytest.mark.parametrize(
    ("text", "value"),
    [("100", 100.0), ("2,5", 2.5), ("16 OZ", "16 OZ"), ("0401", "0401"), ("0.5", 0.5), ("9" * 17, "9" * 17)],
)
def test_what_the_shop_alone_knows_the_meaning_of_stays_text_unless_it_is_a_bare_number(
    text: str, value: float | str
) -> None:
    assert read_attribute(text, POINT) == value


@pytest.mark.parametrize(
    "text",
    ["f", "N", "n", "nein", "non", "0", "0.0", "0,0", "-1", "off", "FALSE", "out of stock", "Out_Of_Stock", "sold out",
     "ausverkauft", "nicht verfügbar", "Épuisé", "Rupture de stock", "agotado", "esaurito", "uitverkocht", "loppu",
     "https://schema.org/OutOfStock", "no", "discontinued", "ej i lager", "tillfälligt slut", "tilapäisesti loppu",
     "ei saatavilla", "no hay stock", "fuera de stock", "non disponible", "pas en stock", "tijdelijk uitverkocht",
     "zurzeit nicht lieferbar", "temporarily unavailable"],
)  # fmt: skip
def test_words_that_say_no(text: str) -> None:
    assert says(text) is False


@pytest.mark.parametrize(
    "text",
    ["t", "Y", "ja", "oui", "sí", "1", "12", "3,0", "on", "TRUE", "in stock", "in_stock", "preorder", "verfügbar",
     "auf Lager", "En stock", "http://schema.org/InStock", "kyllä", "i lager", "finns i lager", "saatavilla",
     "sur commande", "leverbaar", "op bestelling"],
)  # fmt: skip
def test_words_that_say_yes(text: str) -> None:
    assert says(text) is True


def test_other_words_say_neither_and_no_word_says_both() -> None:
    assert [says(text) for text in ("-", "perhaps", "?", "ask us")] == [None] * 4
    assert not YES & NO


def us(*parts: int) -> int:
    return to_us(datetime(*parts, tzinfo=UTC))


def test_a_date_alone_begins_with_its_first_moment_and_ends_with_its_last() -> None:
    assert read_moment("2024-01-31", POINT) == us(2024, 1, 31)
    assert read_moment("2024-01-31", POINT, is_end=True) == us(2024, 2, 1)
    assert read_moment("31.01.2024", POINT) == read_moment("31/1/24", POINT) == us(2024, 1, 31)
    assert read_moment("2024-01-31T12:00:00Z", POINT, is_end=True) == us(2024, 1, 31, 12)
    assert read_moment("2016-02-24T13:00-0800", POINT) == us(2016, 2, 24, 21)


def test_day_and_month_are_told_apart_by_the_other_dates_of_the_file() -> None:
    assert read_moment("03/04/2024", POINT) is None
    for text, month in (("25/12/2024", 4), ("12/25/2024", 3)):
        evidence = NotationEvidence()
        evidence.look([text])
        day = 7 - month
        read = read_moment("03/04/2024", evidence.notation(0, is_semicolon=False))
        assert read == us(2024, month, day)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Tea &amp; <b>cake</b>\n for  two", "Tea & cake for two"),
        ("&lt;p&gt;Mug&lt;/p&gt;", "Mug"),
        ("size < 5 & > 3", "size < 5 & > 3"),
        ("<br>", None),
        ("x" * 600, "x" * 512),
        (None, None),
    ],
)
def test_a_title_is_tidied(text: str | None, title: str | None) -> None:
    assert tidied(text) == title


def test_what_is_no_link_is_none() -> None:
    assert [as_link(text) for text in ("https://a.example/b", "/b", "x.jpg", "javascript:alert(1)", None)] == [
        "https://a.example/b", "/b", None, None, None,
    ]  # fmt: skip
