"""Notations that the values of a file decide together, and the questions where they do not."""

from pathlib import Path

import pytest
from support.order_files import NOW, clean, read_files, write

from recsvc.errors import OpenQuestionError, TooManyRejectedError
from training.orders import CleaningRules, Orders, check_orders, clean_orders


def test_each_kind_of_export_has_its_own_notation(tmp_path: Path) -> None:
    american = write(
        tmp_path, 'user_id,item_id,date,price\na,x,1/2/2024,"1,234"\na,x,1/31/2024,1.5\n', "1.csv"
    )
    german = write(tmp_path, "Kunde;Artikel;Datum;Preis\na;y;1.2.2024;1,234\na;y;31.1.2024;1,5\n", "2.csv")
    lines = clean_orders(read_files([american, german]), CleaningRules(), NOW).lines.sort(
        "item_id", "ordered_at"
    )
    assert lines["unit_price"].to_list() == [1234.0, 1.5, 1.5, 1.234]


def questions(orders: Orders) -> list[tuple[str, bool]]:
    return [(question.code, question.stops) for question in orders.summary.questions]


def test_undecided_dates_stop_and_the_question_names_the_remedy(tmp_path: Path) -> None:
    orders = clean(tmp_path, "user_id,item_id,date\na,x,1/2/2024 5:56 PM\n")
    assert questions(orders) == [("date_format", True)]
    with pytest.raises(OpenQuestionError, match=r"“1/2/2024 5:56 PM”.* --date-format '%d/%m/%Y %I:%M %p' or"):
        check_orders(orders, CleaningRules())


def test_the_remedy_of_undecided_dates_settles_them(tmp_path: Path) -> None:
    rules = CleaningRules(date_format="%d/%m/%Y %I:%M %p")
    orders = clean(tmp_path, "user_id,item_id,date\na,x,1/2/2024 5:56 PM\n", rules)
    assert questions(orders) == []
    assert orders.lines["ordered_at"].to_list() == [1706810160]


def test_dates_with_points_have_the_day_first_and_this_is_said(tmp_path: Path) -> None:
    orders = clean(tmp_path, "user_id,item_id,date\na,x,1.2.2024\n")
    assert questions(orders) == [("date_format", False)]
    assert orders.lines["ordered_at"].to_list() == [1706745600]


def test_a_text_that_cannot_be_read_is_quoted(tmp_path: Path) -> None:
    orders = clean(
        tmp_path,
        "user_id,item_id,date,qty\na,x,someday,1\na,x,someday,1\na,x,2024-13-01,1\na,x,2024-01-01,few\n",
    )
    assert questions(orders) == [("unreadable_quantity", False), ("unreadable_date", False)]
    with pytest.raises(
        TooManyRejectedError,
        match=r"quantities in 1 row cannot be read: “few”.*dates in 3 rows cannot be read: “someday”, “2024-13-01”",
    ):
        check_orders(orders, CleaningRules())


def test_german_quantities_are_read_by_the_commas_of_the_prices(tmp_path: Path) -> None:
    orders = clean(tmp_path, "Kunde;Artikel;Menge;Einzelpreis\na;x;1,000;6,50\nb;x;12,000;1.006,50\n")
    assert orders.lines.select("quantity", "unit_price").rows() == [(1.0, 6.5), (12.0, 1006.5)]
    assert questions(orders) == []


def test_quantities_that_nothing_decides_stop_and_the_option_settles_them(tmp_path: Path) -> None:
    text = "user_id;item_id;qty;price\na;x;1,000;6\nb;x;2,000;6\n"
    assert questions(clean(tmp_path, text)) == [("decimal_mark", True)]
    with pytest.raises(OpenQuestionError, match=r"“1,000”, “2,000”, 1,000 was read as 1000.*--decimal-mark"):
        check_orders(clean(tmp_path, text), CleaningRules())
    settled = clean(tmp_path, text, CleaningRules(decimal_mark=","))
    assert (questions(settled), settled.lines["quantity"].to_list()) == ([], [1.0, 2.0])


def test_prices_that_nothing_decides_do_not_stop(tmp_path: Path) -> None:
    assert questions(clean(tmp_path, "user_id;item_id;price\na;x;1,000\nb;x;2,125\n")) == [
        ("decimal_mark", False)
    ]
