"""The decisions by themselves: inputs whose answer can be seen."""

import pytest

from recsvc.store.interest import Look
from recsvc.store.item_changes import ItemChange
from recsvc.store.notice_memory import Told, ToldState
from recsvc.webhooks.occasion import (
    SAME_ORDER_US,
    Fall,
    Kind,
    Limits,
    back_since,
    fall,
    is_back_for,
    is_settled,
    is_state_told,
    seen_price,
)

LIMITS = Limits(price_drop=0.1, look_us=1000, settle_us=10, per_week=3)


def price(at_us: int, was: float, now: float) -> ItemChange:
    return ItemChange(at_us, "tea", at_us, None, was, now)


def stock(at_us: int, *, in_stock: bool) -> ItemChange:
    return ItemChange(at_us, "tea", at_us, in_stock, None, None)


def test_the_price_at_a_look_is_that_before_the_next_change() -> None:
    changes = [price(10, 5.0, 6.0), stock(15, in_stock=True), price(20, 6.0, 4.0)]
    assert [seen_price(changes, at_us, 4.0) for at_us in (5, 10, 19, 20, 99)] == [5.0, 6.0, 6.0, 4.0, 4.0]


@pytest.mark.parametrize(
    ("seen", "now", "told", "expected"),
    [
        (10.0, 9.0, None, Fall(10.0, 9.0)),
        (10.0, 9.01, None, None),
        (10.0, 0.0, None, None),
        (10.0, 8.0, Told(1, 8.5), None),
        (10.0, 7.65, Told(1, 8.5), Fall(10.0, 7.65)),
        (8.0, 8.0, Told(1, 12.0), None),
    ],
)
def test_a_price_falls_by_enough_below_what_was_seen_and_told(
    seen: float, now: float, told: Told | None, expected: Fall | None
) -> None:
    assert fall(Look("ada", "tea", 5), seen, now, told, LIMITS) == expected
    assert fall(Look("ada", "tea", 5, bought_at_us=6), seen, now, told, LIMITS) is None
    assert fall(Look("ada", "tea", 5, disliked_at_us=1), seen, now, told, LIMITS) is None


def test_an_item_is_back_for_who_looked_before_and_was_not_told_since() -> None:
    look = Look("ada", "tea", 5)
    assert is_back_for(look, 6, None)
    assert not is_back_for(look, 5, None)
    assert is_back_for(look, 6, Told(4))
    assert not is_back_for(look, 6, Told(5))
    assert is_back_for(Look("ada", "tea", 5, bought_at_us=4), 6, None)
    assert not is_back_for(Look("ada", "tea", 5, bought_at_us=5), 6, None)


def test_what_was_away_for_a_moment_was_not_sold_out() -> None:
    out, back = stock(100, in_stock=False), stock(110, in_stock=True)
    assert back_since([out, back], LIMITS) == 110
    assert back_since([stock(101, in_stock=False), back], LIMITS) is None
    assert back_since([back], LIMITS) == 110
    assert back_since([back, stock(120, in_stock=False)], LIMITS) is None
    assert back_since([price(1, 2, 3)], LIMITS) is None


def test_a_change_of_a_clock_that_was_wrong_is_looked_at() -> None:
    assert [is_settled(price(at_us, 1, 2), 100, LIMITS) for at_us in (90, 91, 100, 110, 111)] == [
        True,
        False,
        False,
        False,
        True,
    ]


def test_a_state_is_told_once_an_order_and_none_after_a_later_one() -> None:
    late = [ToldState(Kind.LATE, 5 * SAME_ORDER_US)]
    same = 5 * SAME_ORDER_US + SAME_ORDER_US // 2
    assert [is_state_told(kind, same, late) for kind in (Kind.DUE, Kind.LATE, Kind.LOST)] == [
        True,
        True,
        False,
    ]
    assert not is_state_told(Kind.DUE, 6 * SAME_ORDER_US, late)
