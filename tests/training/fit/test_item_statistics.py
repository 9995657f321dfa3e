from math import log, log1p

import numpy as np
import polars as pl
import pytest
from support.orders import order_lines

from recsvc.model.arrays import ITEM_STATISTICS
from training.fit.item_statistics import LOWEST_PRICE, NO_INTERVAL_DAYS, PRIOR_BUYERS, count_item_statistics
from training.history.interactions import Interactions
from training.history.user_items import UserItems

NO_LINES = order_lines().clear()

LINES = order_lines(
    ("ada", "tea", 40, "o1"),
    ("ada", "tea", 20, "o2"),
    ("ada", "tea", 0, "o3"),
    ("bob", "tea", 10, "o4"),
    ("bob", "milk", 10, "o4"),
    ("eve", "milk", 30, "o5"),
    ("eve", "milk", 0, "o6"),
    ("zoe", "tea", 27, "o7"),
)


def statistics(lines: pl.DataFrame, guests: pl.DataFrame = NO_LINES) -> dict[str, dict[str, float]]:
    """Return the statistics by item id and name."""
    interactions = Interactions.of(lines, guests)
    user_items = UserItems.of(interactions, half_life_days=100, recent_half_life_days=10)
    table = count_item_statistics(interactions, user_items)
    assert table.dtype == np.float32
    rows = zip(interactions.items.ids, table.tolist(), strict=True)
    return {item_id: dict(zip(ITEM_STATISTICS, row, strict=True)) for item_id, row in rows}


def test_buyers_are_counted_once_and_new_ones_in_the_last_four_weeks() -> None:
    tea, milk = (statistics(LINES)[item] for item in ("tea", "milk"))
    assert (tea["buyers"], tea["new_buyers"]) == (3, 2)  # ada first bought it 40 days ago
    assert (milk["buyers"], milk["new_buyers"]) == (2, 1)


def test_first_and_last_sale_are_counted_from_the_newest_order() -> None:
    found = statistics(pl.concat([LINES, order_lines(("bob", "saw", 7))]))
    assert {item: (of["age_days"], of["last_age_days"]) for item, of in found.items()} == {
        "tea": (40, 0),
        "milk": (30, 0),
        "saw": (7, 7),
    }


def test_repeat_habits_are_drawn_towards_those_of_all() -> None:
    # One of three bought tea again, after (40 - 0) / 2 days; one of two milk, after 30: of all, 2/5 and 25.
    found, n = statistics(LINES), PRIOR_BUYERS
    assert found["tea"]["repeat_share"] == pytest.approx((1 + n * 2 / 5) / (3 + n))
    assert found["milk"]["repeat_share"] == pytest.approx((1 + n * 2 / 5) / (2 + n))
    assert found["tea"]["interval_days"] == pytest.approx((20 + n * 25) / (1 + n))
    assert found["milk"]["interval_days"] == pytest.approx((30 + n * 25) / (1 + n))


def test_where_nothing_is_bought_again_the_interval_is_a_guess() -> None:
    tea = statistics(order_lines(("ada", "tea", 3), ("bob", "tea", 0)))["tea"]
    assert tea["repeat_share"] == 0
    assert tea["interval_days"] == pytest.approx(NO_INTERVAL_DAYS * PRIOR_BUYERS / PRIOR_BUYERS)


def test_the_basket_size_is_the_mean_log_of_the_items_in_its_orders() -> None:
    found = statistics(LINES)
    assert found["tea"]["basket_size"] == pytest.approx((4 * log1p(1) + log1p(2)) / 5)
    assert found["milk"]["basket_size"] == pytest.approx((2 * log1p(1) + log1p(2)) / 3)


def test_prices_and_quantities_are_means_of_logs_and_missing_prices_do_not_count() -> None:
    lines = order_lines(*(("ada", "tea", age, f"o{age}") for age in range(4))).with_columns(
        pl.Series("unit_price", [2.0, 8.0, None, LOWEST_PRICE / 10]),
        pl.Series("quantity", [1.0, 3.0, 1.0, 1e8]),
    )
    tea = statistics(lines)["tea"]
    assert tea["log_price"] == pytest.approx((log(2) + log(8) + log(LOWEST_PRICE)) / 3)
    assert tea["log_quantity"] == pytest.approx((2 * log1p(1) + log1p(3) + log1p(1e8)) / 4)


def test_without_any_price_the_log_price_is_0() -> None:
    assert {of["log_price"] for of in statistics(LINES).values()} == {0}


def test_guests_count_as_sales_but_not_as_buyers() -> None:
    found = statistics(LINES, order_lines((None, "jam", 3, "g1"), (None, "tea", 60, "g2")))
    assert (found["jam"]["buyers"], found["jam"]["age_days"]) == (0, 3)
    assert (found["tea"]["buyers"], found["tea"]["age_days"]) == (3, 60)
    assert found["jam"]["repeat_share"] == pytest.approx(2 / 5)  # nothing but what is usual


def test_undated_orders_have_no_ages_and_unknown_orders_one_item() -> None:
    found = statistics(order_lines(("ada", "tea", None), ("ada", "tea", None), ("bob", "milk", None)))
    for of in found.values():
        assert (of["age_days"], of["last_age_days"], of["basket_size"]) == (0, 0, pytest.approx(log1p(1)))
