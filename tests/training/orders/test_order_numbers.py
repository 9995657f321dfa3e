"""Orders of two shoppers are two; lines of one order that are days apart are said or asked about."""

import random
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from support.order_files import NOW, clean, read

from recsvc.errors import OpenQuestionError
from training.orders import CleaningRules, Orders, check_orders, clean_orders

FIRST = date(2023, 1, 2)


def history(*, again: int = 0, days_apart: int = 0, n_apart: int = 0) -> str:
    """Return 200 orders of two lines; ``again`` numbers come once more, the dates of ``n_apart`` differ."""
    chance, rows = random.Random(5), ["order_id,customer_id,sku,date"]  # noqa: S311  # a shop, not a secret
    for order in [*range(200), *range(again)]:
        at = FIRST + timedelta(days=len(rows))
        shopper = 7 + len(rows) % 60
        for line, item in enumerate(chance.sample(range(30), 2)):
            day = at + timedelta(days=days_apart * line * (order < n_apart))
            rows.append(f"{order},u{shopper},SK-{item},{day}")
    return "\n".join(rows) + "\n"


def baskets(orders: Orders) -> set[int]:
    """Return how many shoppers orders have."""
    return set(orders.lines.group_by("order_id").agg(n=pl.col("user_id").n_unique())["n"].to_list())


def test_a_number_of_two_shoppers_is_two_orders(tmp_path: Path) -> None:
    orders = clean(tmp_path, history(again=9))
    check_orders(orders, CleaningRules())
    assert orders.lines["order_id"].n_unique() == 209
    assert baskets(orders) == {1}
    (question,) = orders.summary.questions
    assert (question.code, question.stops) == ("order_of_several_shoppers", False)
    assert "9 order numbers stand beside several shoppers" in question.text


@pytest.mark.parametrize(("n_apart", "expected"), [(0, []), (3, []), (15, [False]), (60, [True])])
def test_orders_of_several_days_are_said_or_asked_about(
    tmp_path: Path, n_apart: int, expected: list[bool]
) -> None:
    orders = clean(tmp_path, history(days_apart=40, n_apart=n_apart))
    assert [one.stops for one in orders.summary.questions if one.code == "order_of_several_days"] == expected


def test_two_days_are_one_order(tmp_path: Path) -> None:
    assert not clean(tmp_path, history(days_apart=2, n_apart=200)).summary.questions


def test_columns_named_by_hand_answer_the_question(tmp_path: Path) -> None:
    text = history(days_apart=40, n_apart=100)
    with pytest.raises(
        OpenQuestionError, match=r"100 of 200 orders .* more than 2 days apart .*--column order_id="
    ):
        check_orders(clean(tmp_path, text), CleaningRules())
    for name in ("order_id", ""):
        raw = read(tmp_path, text, columns={"order_id": name})
        check_orders(clean_orders(raw, CleaningRules(), NOW), CleaningRules())
