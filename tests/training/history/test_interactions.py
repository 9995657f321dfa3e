import numpy as np
import polars as pl
import pytest
from support.orders import DAY, order_lines

from recsvc.errors import TooLittleDataError
from training.history.interactions import Interactions
from training.history.user_items import UserItems

NO_LINES = order_lines().clear()


def test_vocabularies_hold_users_with_an_id_and_items_of_guests_too() -> None:
    interactions = Interactions.of(order_lines(("bob", "saw"), ("ada", "tea")), order_lines((None, "jam")))
    assert list(interactions.users.ids) == ["ada", "bob"]
    assert list(interactions.items.ids) == ["jam", "saw", "tea"]


def test_without_order_ids_the_moment_tells_orders_apart() -> None:
    lines = order_lines(("ada", "tea", 0), ("ada", "milk", 0), ("ada", "tea", 1), ("bob", "tea", 1))
    baskets = Interactions.of(lines, NO_LINES).baskets().toarray()
    assert sorted(baskets.sum(axis=1)) == [1, 1, 2]


def test_without_order_ids_and_dates_each_line_is_a_purchase_and_there_are_no_baskets() -> None:
    lines = order_lines(("ada", "tea", None), ("ada", "tea", None), ("ada", "milk", None))
    interactions = Interactions.of(lines, NO_LINES)
    assert interactions.data_through is None
    assert interactions.baskets().shape == (0, 2)
    user_items = UserItems.of(interactions, half_life_days=100, recent_half_life_days=10)
    assert user_items.orders.tolist() == [1, 2]
    assert user_items.age_days.tolist() == [0, 0]


def test_guests_baskets_count() -> None:
    interactions = Interactions.of(
        order_lines(("ada", "tea", 0, "o1")), order_lines((None, "tea", 0, "g1"), (None, "jam", 0, "g1"))
    )
    assert interactions.baskets().toarray().tolist() == [[0, 1], [1, 1]] or (
        interactions.baskets().toarray().tolist() == [[1, 1], [0, 1]]
    )


def test_an_item_is_called_by_its_most_frequent_title() -> None:
    lines = order_lines(("ada", "tea"), ("bob", "tea"), ("eve", "tea"), ("eve", "jam")).with_columns(
        pl.Series("title", ["Green tea", "Black tea", "Black tea", None])
    )
    assert Interactions.of(lines, NO_LINES).titles == ["", "Black tea"]


def test_nothing_but_guests_is_too_little() -> None:
    with pytest.raises(TooLittleDataError, match="no purchase by a known customer"):
        Interactions.of(NO_LINES, order_lines((None, "tea", 0, "g1")))


def test_ages_are_counted_from_the_newest_order() -> None:
    interactions = Interactions.of(order_lines(("ada", "tea", 3), ("ada", "milk", 1)), NO_LINES)
    ages = interactions.ages_days(interactions.purchases["ordered_at"])
    np.testing.assert_allclose(sorted(ages), [0, 2])
    assert interactions.data_through % DAY == 0
