import numpy as np
import polars as pl
import pytest
from support.orders import order_lines
from support.rhythms import START_DAYS, order_days

from recsvc.model.arrays import RHYTHM
from training.history.interactions import Interactions
from training.moments.order_days import OrderDays, quietest_hour


def days_of(*lines: tuple) -> OrderDays:
    found = OrderDays.of(Interactions.of(order_lines(*lines), order_lines((None, "tea", 0, "guest"))))
    assert found is not None
    return found


def test_three_orders_on_a_day_count_once() -> None:
    lines = [("ada", "tea", age, f"o{age}") for age in (10.1, 10.2, 10.3, 3.2)]
    orders = days_of(*lines)
    assert orders.n_repeat_buyers == 1
    assert orders.users.tolist() == [0, 0]
    assert (orders.now_days - orders.at_days).tolist() == pytest.approx([10.3, 3.2])


def test_items_of_one_order_are_one_order() -> None:
    assert days_of(("ada", "tea", 5.5, "o"), ("ada", "milk", 5.5, "o")).users.tolist() == [0]


def test_an_evening_with_midnight_in_it_is_one_day_where_the_shop_sells_then() -> None:
    busy = [("bob", "tea", age, f"b{age}") for age in np.arange(30, 60) + 1 / 24]  # at eleven at night
    busy += [("bob", "tea", age, f"c{age}") for age in np.arange(100, 130) - 1 / 24]  # at one in the morning
    orders = days_of(("ada", "tea", 10 + 0.5 / 24, "o1"), ("ada", "tea", 10 - 0.5 / 24, "o2"), *busy)
    assert (orders.users == 0).sum() == 1
    assert 2 < orders.day_starts_hour < 22


def test_guests_do_not_count_but_their_newest_order_is_the_end() -> None:
    orders = days_of(("ada", "tea", 9, "o1"))
    assert orders.n_users == 1
    assert orders.now_days - orders.at_days[0] == pytest.approx(9)


def test_orders_without_dates_have_no_days() -> None:
    assert OrderDays.of(Interactions.of(order_lines(("ada", "tea", None, "o")), order_lines())) is None


def test_the_rhythm_after_each_order_is_that_of_all_before_it() -> None:
    orders = order_days([np.asarray([0.0, 4.0, 20.0]), np.asarray([7.0]), np.asarray([1.0, 3.0])], 30)
    rhythms = orders.rhythms()
    assert rhythms.orders.tolist() == [1, 2, 3, 1, 1, 2]
    assert rhythms.tenure_days.tolist() == [0, 4, 20, 0, 0, 2]
    assert np.exp(rhythms.log_gaps).tolist() == pytest.approx([1, 4, 64, 1, 1, 2])


def test_the_array_of_a_version_has_a_row_for_each_user_in_it() -> None:
    array = order_days([np.asarray([0.0, 4.0]), np.asarray([]), np.asarray([6.0])], 10).user_rhythm()
    assert array[:, RHYTHM.index("orders")].tolist() == [2, 0, 1]
    assert array[:, RHYTHM.index("age_days")].tolist() == [6, 0, 4]
    assert array[:, RHYTHM.index("tenure_days")].tolist() == [4, 0, 0]


def test_a_day_on_which_nobody_orders_weighs_next_to_nothing() -> None:
    workdays = np.asarray([day + 0.5 for day in range(70) if day % 7 < 5])
    assert START_DAYS % 1 == 0
    weights = order_days([workdays] * 20, 70).day_weights()
    assert weights[:5] == pytest.approx((1.4,) * 5, abs=0.01)
    assert max(weights[5:]) < 0.01


def test_the_quietest_hour_lies_between_the_busy_ones() -> None:
    assert quietest_hour(np.repeat([0, 10], [8, 16])) in range(1, 7)


def test_a_history_with_dates_alone_begins_its_days_at_some_hour_and_loses_none() -> None:
    lines = pl.concat([order_lines(("ada", "tea", age, f"o{age}")) for age in (0, 1, 2, 5)])
    orders = OrderDays.of(Interactions.of(lines, order_lines()))
    assert orders is not None
    assert len(orders.users) == 4
