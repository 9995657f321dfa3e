import numpy as np
import polars as pl
import pytest
from support.orders import NEWEST, order_lines

from training.history.interactions import Interactions
from training.report.order_facts import MAX_TAIL_POINTS, long_tail, totals, weeks_of

NOBODY = order_lines()
NEWEST_MONDAY = np.datetime64(NEWEST, "s") - np.timedelta64(7, "D")


def known_of(lines: pl.DataFrame, guest_lines: pl.DataFrame = NOBODY) -> Interactions:
    return Interactions.of(lines, guest_lines)


def test_orders_are_counted_week_by_week_back_from_the_newest() -> None:
    lines = order_lines(
        ("ada", "tea", 20, "o1"), ("ada", "milk", 20, "o1"),
        ("bob", "tea", 6.5, "o2"), ("ada", "tea", 0, "o3"),
    )  # fmt: skip
    weeks = weeks_of(known_of(lines, order_lines((None, "tea", 1, "o4"))))
    assert weeks is not None
    assert weeks.orders.tolist() == [1, 0, 3]
    assert weeks.starts[-1] == NEWEST_MONDAY


def test_repeats_are_what_the_shopper_bought_at_an_earlier_moment() -> None:
    lines = order_lines(
        ("ada", "tea", 10, "o1"), ("ada", "tea", 10, "o1"), ("bob", "milk", 10, "o2"),
        ("ada", "tea", 0, "o3"), ("ada", "milk", 0, "o3"),
    )  # fmt: skip
    weeks = weeks_of(known_of(lines))
    assert weeks is not None
    assert weeks.repeat_share.tolist() == [0, 0.5]


def test_a_week_without_purchases_has_no_repeat_share() -> None:
    weeks = weeks_of(known_of(order_lines(("ada", "tea", 14, "o1"), ("ada", "tea", 0, "o2"))))
    assert weeks is not None
    assert np.isnan(weeks.repeat_share).tolist() == [False, True, False]


def test_without_dates_there_are_no_weeks() -> None:
    assert weeks_of(known_of(order_lines(("ada", "tea", None, "o1")))) is None


def test_without_order_ids_who_bought_when_tells_orders_apart() -> None:
    lines = order_lines(("ada", "tea", 1), ("ada", "milk", 1), ("ada", "tea", 0), ("bob", "tea", 0))
    guests = order_lines((None, "tea", 0), (None, "milk", 0))
    assert totals(known_of(lines, guests), 6).orders == 3 + 2


def test_totals() -> None:
    lines = order_lines(("ada", "tea", 1, "o1"), ("ada", "tea", 0, "o2"), ("bob", "tea", 0, "o3"))
    found = totals(known_of(lines, order_lines((None, "jam", 0, "o4"))), 4)
    assert (found.shoppers, found.items, found.orders, found.lines) == (2, 2, 4, 4)
    assert found.one_order_share == 1 / 2


def test_the_long_tail_begins_with_the_bestsellers() -> None:
    sold = ["d", *"cc", *"bbb", *"aaaaaa"]
    tail = long_tail(known_of(order_lines(*(("ada", item, age) for age, item in enumerate(sold)))))
    assert tail.item_share.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert tail.sales_share == pytest.approx([0, 6 / 12, 9 / 12, 11 / 12, 1])
    assert (tail.n_items, tail.n_items_of_half) == (4, 1)


def test_guests_sales_count_in_the_long_tail() -> None:
    guests = order_lines((None, "jam"), (None, "jam"), (None, "jam"))
    tail = long_tail(known_of(order_lines(("ada", "tea")), guests))
    assert tail.sales_share.tolist() == [0, 0.75, 1]


def test_a_single_item_makes_all_sales() -> None:
    tail = long_tail(known_of(order_lines(("ada", "tea"), ("bob", "tea"))))
    assert tail.sales_share.tolist() == [0, 1]
    assert tail.n_items_of_half == 1


def test_the_tail_of_a_large_catalogue_is_thinned_and_still_reaches_its_end() -> None:
    n_items = 100_000
    items = pl.int_range(n_items, eager=True).cast(pl.String)
    lines = (
        order_lines(("ada", "tea"))
        .select(pl.exclude("item_id"))
        .join(items.alias("item_id").to_frame(), how="cross")
        .select(NOBODY.columns)
    )
    tail = long_tail(known_of(lines))
    assert len(tail.item_share) == MAX_TAIL_POINTS
    assert (tail.item_share[-1], tail.sales_share[-1]) == (1, 1)
    assert tail.n_items_of_half == n_items / 2
    assert tail.share_of_fifth == pytest.approx(0.2)
