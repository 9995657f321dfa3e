from collections import defaultdict

import numpy as np
import polars as pl
import pytest
from support.orders import order_lines

from training.history import user_items as module
from training.history.interactions import Interactions
from training.history.user_items import UserItems

NO_LINES = order_lines().clear()


def test_two_lines_of_an_item_in_one_order_are_one_purchase() -> None:
    lines = order_lines(("ada", "tea", 0, "o1"), ("ada", "tea", 0, "o1"), ("ada", "tea", 1, "o2"))
    user_items = UserItems.of(Interactions.of(lines, NO_LINES), half_life_days=100, recent_half_life_days=10)
    assert user_items.orders.tolist() == [2]


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


def test_it_is_what_can_be_counted_line_by_line_however_many_purchases_are_summed_up_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(3)
    drawn = zip(*(rng.integers(n, size=600) for n in (40, 12, 90)), strict=True)
    bought = sorted(
        {(f"u{user:02}", f"i{item:02}", int(age)) for user, item, age in drawn}, key=lambda b: -b[2]
    )
    guests = order_lines(*((None, f"i{n:02}", n) for n in range(12)))
    interactions = Interactions.of(order_lines(*bought), guests)
    moments: dict[str, set[int]] = defaultdict(set)
    ages: dict[tuple[str, str], list[int]] = defaultdict(list)
    newest = min(age for _, _, age in [*bought, (None, None, 0)])
    for user, item, age in bought:
        moments[user].add(age)
        ages[user, item].append(age - newest)
    monkeypatch.setattr(module, "PURCHASES_AT_ONCE", 50)
    counted = UserItems.of(interactions, half_life_days=100, recent_half_life_days=10)
    pairs = [
        (interactions.users.ids[user], interactions.items.ids[item])
        for user in range(counted.n_users)
        for item in counted.items[counted.indptr[user] : counted.indptr[user + 1]]
    ]
    assert pairs == sorted(ages)
    assert counted.orders.tolist() == [len(ages[pair]) for pair in pairs]
    assert counted.age_days.tolist() == [min(ages[pair]) for pair in pairs]
    assert counted.first_age_days.tolist() == [max(ages[pair]) for pair in pairs]
    np.testing.assert_allclose(
        counted.recent, [sum(0.5 ** (age / 10) for age in ages[pair]) for pair in pairs], 1e-6
    )
    since = [sum(other < min(ages[pair]) + newest for other in moments[pair[0]]) for pair in pairs]
    assert counted.orders_ago.tolist() == since
    assert counted.user_orders.tolist() == [len(moments[user]) for user in interactions.users.ids]


def test_an_order_of_several_moments_is_as_old_as_its_last_line() -> None:
    lines = order_lines(("ada", "tea", 3, "o1"), ("ada", "tea", 2, "o2"), ("ada", "tea", 1, "o1"))
    lines = lines.with_columns(quantity=pl.Series([1.0, 5.0, 2.0]))
    user_items = UserItems.of(Interactions.of(lines, NO_LINES), half_life_days=100, recent_half_life_days=50)
    assert user_items.orders.tolist() == [2]
    assert (user_items.age_days.tolist(), user_items.first_age_days.tolist()) == ([0], [1])
    assert (user_items.orders_ago.tolist(), user_items.first_orders_ago.tolist()) == ([0], [1])
    assert user_items.last_quantity.tolist() == [3]
