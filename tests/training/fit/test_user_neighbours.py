import numpy as np
from support.orders import order_lines

from training.fit.purchases import Purchases
from training.fit.user_neighbours import fit_user_neighbours
from training.history.interactions import Interactions

NO_LINES = order_lines().clear()


def test_the_user_neighbours_of_an_item_are_those_who_bought_it_lately() -> None:
    lines = order_lines(
        ("ada", "tea", 0, "o1"), ("ada", "tea", 7, "o2"), ("bob", "tea", 14, "o3"), ("bob", "saw", 7, "o4")
    )
    users = np.asarray([[3, 0], [0, 0.5]], np.float32)  # ada, bob: only the directions count
    summed = fit_user_neighbours(Purchases.of(Interactions.of(lines, order_lines((None, "saw", 0)))), users)
    # items: saw, tea; an order counts half after a week, a guest's has no taste
    mean = (1 / 2 + 1 + 1 / 2 + 1 / 4) / 2
    np.testing.assert_allclose(summed, np.asarray([[0, 1 / 2], [1 + 1 / 2, 1 / 4]]) / mean, rtol=1e-6)


def test_buyers_without_a_taste_add_nothing() -> None:
    interactions = Interactions.of(order_lines(("ada", "tea", 0)), NO_LINES)
    assert fit_user_neighbours(Purchases.of(interactions), np.zeros((1, 2), np.float32)).tolist() == [[0, 0]]


def test_without_dates_each_purchase_counts_the_same() -> None:
    lines = order_lines(
        ("ada", "tea", None, "o1"), ("ada", "tea", None, "o2"), ("bob", "tea", None), ("bob", "saw", None)
    )
    users = np.asarray([[3, 0], [0, 0.5]], np.float32)
    summed = fit_user_neighbours(Purchases.of(Interactions.of(lines, NO_LINES)), users)
    np.testing.assert_allclose(summed, np.asarray([[0, 1], [2, 1]]) / 2, rtol=1e-6)
