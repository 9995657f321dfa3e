import polars as pl
from support.orders import NEWEST, order_lines

from training.gate.order_profile import RECENT_DAYS, OrderProfile
from training.history.interactions import Interactions
from training.orders.dates import iso_moment


def profile(*lines: tuple, **columns: object) -> OrderProfile:
    table = order_lines(*lines).with_columns(**columns)
    return OrderProfile.of(Interactions.of(table, order_lines().clear()))


def test_the_orders_of_each_day_are_counted_once_and_empty_days_are_there() -> None:
    found = profile(
        ("ada", "tea", 2, "1"), ("ada", "saw", 2, "1"), ("bob", "tea", 2, "2"), ("bob", "tea", 0, "3")
    )
    assert list(found.orders_by_day.values()) == [2, 0, 1]
    assert list(found.orders_by_day)[-1] == iso_moment(NEWEST)[:10]
    assert (found.users, found.items, found.purchases) == (2, 2, 4)


def test_only_recent_days_are_kept() -> None:
    found = profile(("ada", "tea", 200), ("ada", "tea", RECENT_DAYS - 1), ("ada", "tea", 0))
    assert len(found.orders_by_day) == RECENT_DAYS
    assert sum(found.orders_by_day.values()) == 2


def test_undated_orders_have_no_days() -> None:
    found = profile(("ada", "tea", None))
    assert (found.orders_by_day, found.data_through) == ({}, None)


def test_the_share_of_purchases_with_a_price_is_told() -> None:
    prices = pl.Series([1.5, None, 0.0, 2.0])
    lines = [("ada", item, 0) for item in ("a", "b", "c", "d")]
    assert profile(*lines, unit_price=prices).priced_share == 0.5


def test_what_is_written_is_read_and_anything_else_is_nothing() -> None:
    found = profile(("ada", "tea", 0))
    assert OrderProfile.from_dict(found.as_dict()) == found
    assert OrderProfile.from_dict({"users": 3}) is None
    assert OrderProfile.from_dict(None) is None
