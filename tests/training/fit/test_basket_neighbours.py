from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse
from support.order_files import clean

from recsvc.model.sparse import SparseRows
from recsvc.ranking.sources.neighbours import SHARPNESS
from training.fit import basket_neighbours as together
from training.fit.basket_neighbours import added_value, count_pairs, fit_basket_neighbours
from training.history.interactions import Interactions

TEA, MILK, SAW, BREAD = range(4)


def baskets(*orders: list[int], n_items: int = 4) -> sparse.csr_matrix:
    """Return orders, each given as its items."""
    rows = np.repeat(np.arange(len(orders)), [len(order) for order in orders])
    columns = np.asarray([item for order in orders for item in order], dtype=np.int32)
    return sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(orders), n_items))


# tea in four of ten orders, milk in three, always with tea
TEA_WITH_MILK = baskets([TEA, MILK], [TEA, MILK], [TEA, MILK], [TEA, SAW], *[[BREAD]] * 6)


def summed(fitted: SparseRows, cart: list[int]) -> NDArray[np.float64]:
    """Return the scores of a cart, as ``recsvc.ranking.sources.neighbours.Cart`` sums them."""
    _, items, values = fitted.entries(np.asarray(cart, np.int32))
    return np.bincount(items, values.astype(np.float64) ** SHARPNESS, fitted.n_columns)


def test_the_added_value_is_how_much_more_often_it_is_there_than_anywhere() -> None:
    (pairs,) = count_pairs(TEA_WITH_MILK)
    at = (pairs.first == TEA) & (pairs.second == MILK)
    assert (pairs.both[at].item(), pairs.expected[at].item()) == (3, pytest.approx(4 * 3 / 10))
    # with ten orders more of tea in which nothing is unexpected
    assert added_value(pairs)[at] == pytest.approx((3 - 1.2) / (4 + 10))


def test_what_goes_into_the_same_order_are_neighbours() -> None:
    neighbours, scores = fit_basket_neighbours(TEA_WITH_MILK, 3).row(TEA)
    assert neighbours.tolist() == [MILK]
    assert scores[0] == pytest.approx((3 - 1.2) / 14)


def test_one_order_is_not_enough() -> None:
    assert SAW not in fit_basket_neighbours(TEA_WITH_MILK, 3).row(TEA)[0]


def test_what_everybody_buys_is_no_neighbour_when_it_is_not_bought_more() -> None:
    # bread is in each order, with tea or without
    everywhere = baskets(*[[BREAD, TEA]] * 4, *[[BREAD, MILK]] * 4)
    assert len(fit_basket_neighbours(everywhere, 3).row(TEA)[0]) == 0


def test_only_the_best_are_kept_best_first() -> None:
    both, often, seldom = [[TEA, MILK, SAW]] * 2, [[TEA, MILK]] * 3, [[TEA, BREAD]] * 2
    others = [[SAW]] * 9
    neighbours, scores = fit_basket_neighbours(baskets(*both, *often, *seldom, *others), 2).row(TEA)
    assert neighbours.tolist() == [MILK, BREAD]
    assert scores[0] > scores[1]


def test_an_item_bound_to_two_things_in_the_cart_wins_against_the_friend_of_one() -> None:
    # milk is in 6 of 10 orders with tea and in 6 of 10 with bread; saw in 6 of 10 with tea, and elsewhere
    orders = [
        *[[TEA, MILK]] * 3, *[[TEA, MILK, SAW]] * 3, *[[TEA, SAW]] * 3, [TEA],
        *[[BREAD, MILK]] * 6, *[[BREAD]] * 4, *[[SAW]] * 6, *[[4]] * 34,
    ]  # fmt: skip
    fitted = fit_basket_neighbours(baskets(*orders, n_items=5), 4)
    scores = summed(fitted, [TEA, BREAD])
    assert scores[MILK] > scores[SAW] > 0


def test_one_strong_bond_counts_more_than_many_weak_ones() -> None:
    # weak is in 3 of 10 orders with each of eight things in the cart, strong in 8 of 10 with the ninth
    weak, strong, n = 10, 9, 12
    orders = [[i, weak] for i in range(8) for _ in range(3)] + [[i] for i in range(8) for _ in range(7)]
    orders += [[8, strong]] * 8 + [[8]] * 2 + [[11]] * 100
    fitted = fit_basket_neighbours(baskets(*orders, n_items=n), 9)
    scores = summed(fitted, [*range(9)])
    assert scores[strong] > scores[weak] > 0


def test_it_is_the_same_however_many_pairs_are_counted_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    many = sparse.csr_matrix((rng.random((200, 30)) < 0.2).astype(np.float64))
    whole = fit_basket_neighbours(many, 5)
    monkeypatch.setattr(together, "PAIRS_AT_ONCE", 500)
    assert len(list(count_pairs(many))) > 3
    parts = fit_basket_neighbours(many, 5)
    np.testing.assert_array_equal(whole.indices, parts.indices)
    np.testing.assert_array_equal(whole.values, parts.values)


def test_pairs_are_those_of_the_product_of_the_baskets_with_themselves() -> None:
    rng = np.random.default_rng(1)
    many = sparse.csr_matrix((rng.random((300, 40)) < 0.1).astype(np.float64))
    expected = (many.T @ many).toarray()
    np.fill_diagonal(expected, 0)
    expected[expected < 2] = 0
    counted = np.zeros((40, 40))
    for pairs in count_pairs(many):
        counted[pairs.first, pairs.second] = pairs.both
    np.testing.assert_array_equal(counted, expected)


@pytest.mark.parametrize("empty", [sparse.csr_matrix((0, 5)), sparse.csr_matrix((3, 5))])
def test_no_orders_give_no_neighbours(empty: sparse.csr_matrix) -> None:
    fitted = fit_basket_neighbours(empty, 3)
    assert len(fitted) == 5
    assert len(fitted.indices) == 0


def test_what_was_returned_was_not_bought_together(tmp_path: Path) -> None:
    header = "user_id,item_id,ordered_at,order_id,quantity"
    orders = [(f"u{i}", f"2025-12-0{1 + i}", f"o{i}") for i in range(3)]
    bought = [f"{user},{item},{day},{order},1" for user, day, order in orders for item in ("tea", "milk")]
    others = [f"u{i},saw,2025-12-01,s{i},1" for i in range(9)]
    returned = [f"{user},milk,2025-12-08,r{user},-1" for user, *_ in orders[1:]]

    def neighbours(*lines: str) -> list[int]:
        cleaned = clean(tmp_path, "\n".join([header, *lines]))
        known = Interactions.of(cleaned.lines, cleaned.guest_lines)
        return fit_basket_neighbours(known.baskets(), 3).row(known.items.indices_of(["tea"])[0])[0].tolist()

    assert len(neighbours(*bought, *others)) == 1
    assert neighbours(*bought, *others, *returned) == []
