import numpy as np
import polars as pl
import pytest
from support.orders import DAY, order_lines

from recsvc.errors import TooLittleDataError
from training.interactions import Interactions, UserItems

NO_LINES = order_lines().clear()


def test_vocabularies_hold_users_with_an_id_and_items_of_guests_too() -> None:
    interactions = Interactions.of(order_lines(("bob", "saw"), ("ada", "tea")), order_lines((None, "jam")))
    assert list(interactions.users.ids) == ["ada", "bob"]
    assert list(interactions.items.ids) == ["jam", "saw", "tea"]


def test_two_lines_of_an_item_in_one_order_are_one_purchase() -> None:
    lines = order_lines(("ada", "tea", 0, "o1"), ("ada", "tea", 0, "o1"), ("ada", "tea", 1, "o2"))
    user_items = UserItems.of(Interactions.of(lines, NO_LINES), half_life_days=100, recent_half_life_days=10)
    assert user_items.orders.tolist() == [2]


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


def test_what_was_bought_grows_with_repeats_and_halves_with_age() -> None:
    lines = order_lines(
        ("ada", "tea", 200, "o1"),
        ("ada", "tea", 100, "o2"),
        ("ada", "milk", 200, "o1"),
        ("bob", "jam", 0, "o3"),
    )
    user_items = UserItems.of(Interactions.of(lines, NO_LINES), half_life_days=100, recent_half_life_days=50)
    # jam is item 0, milk 1, tea 2; the newest order of all is today's
    assert user_items.matrix(user_items.decayed).toarray().tolist() == [[0, 1 / 4, 1 / 2 + 1 / 4], [1, 0, 0]]
    assert user_items.recent.tolist() == [1 / 16, 1 / 4 + 1 / 16, 1]
    assert user_items.age_days.tolist() == [200, 100, 0]
    assert user_items.first_age_days.tolist() == [200, 200, 0]
    assert (user_items.orders_ago.tolist(), user_items.first_orders_ago.tolist()) == ([1, 0, 0], [1, 1, 0])
    assert user_items.user_orders.tolist() == [2, 1]


def test_pieces_are_counted_in_all_orders_and_in_the_last() -> None:
    lines = order_lines(("ada", "tea", 200, "o1"), ("ada", "milk", 200, "o1"), ("ada", "tea", 100, "o2"))
    lines = lines.with_columns(quantity=pl.Series([2.0, 5.0, 0.5])).sort("ordered_at", maintain_order=True)
    user_items = UserItems.of(Interactions.of(lines, NO_LINES), half_life_days=100, recent_half_life_days=50)
    assert (user_items.quantity.tolist(), user_items.last_quantity.tolist()) == ([5, 2.5], [5, 0.5])


def test_a_users_row_is_found_where_the_matrix_has_it() -> None:
    lines = order_lines(("c", "x"), ("a", "y"), ("b", "x"), ("b", "y"))
    user_items = UserItems.of(Interactions.of(lines, NO_LINES), half_life_days=1, recent_half_life_days=1)
    assert (user_items.matrix(user_items.decayed).toarray() > 0).tolist() == [
        [False, True],
        [True, True],
        [True, False],
    ]


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
