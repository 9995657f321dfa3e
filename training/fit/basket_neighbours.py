"""What goes into the same order: neighbours of each item by how much more likely they are beside it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsvc.model.sparse import SparseRows
from training.fit.counted import Arrays, CountedHistory
from training.history.sorting import begins_run, best_of_rows
from training.settings import TrainingSettings

MIN_SUPPORT = 2
"""Two items were bought together if at least this many orders have both."""

PRIOR_ORDERS = 10
"""Rare items are judged with caution: as if so many orders more had them, none with anything unexpected beside it."""

PAIRS_AT_ONCE = 2_000_000


def basket_neighbours(history: CountedHistory, settings: TrainingSettings) -> Arrays:
    """Return the array of this name."""
    return {"basket_neighbours": fit_basket_neighbours(history.interactions.baskets(), settings.neighbours)}


@dataclass(frozen=True, eq=False)
class PairCounts:
    """Pairs of items that enough orders have both of.

    Attributes:
        first, second: int32, shape (n_pairs,): item indices, different ones; ``first`` ascending.
        both: float64, shape (n_pairs,): orders with both.
        with_first, with_second: float64, shape (n_pairs,): orders with the one, and with the other.
        n_orders: orders in all.
    """

    first: NDArray[np.int32]
    second: NDArray[np.int32]
    both: NDArray[np.float64]
    with_first: NDArray[np.float64]
    with_second: NDArray[np.float64]
    n_orders: int

    @property
    def expected(self) -> NDArray[np.float64]:
        """How many orders would have both by chance; float64, shape (n_pairs,)."""
        return self.with_first * self.with_second / max(self.n_orders, 1)

    @property
    def above_chance(self) -> NDArray[np.bool_]:
        """Whether more orders have both than by chance; bool, shape (n_pairs,)."""
        return self.both > self.expected


def fit_basket_neighbours(baskets: sparse.csr_matrix, n: int) -> SparseRows:
    """Return the ``n`` best neighbours of each item within one order, best first.

    The score of a neighbour is its added value: by how much larger its share is in the orders with the item than
    in all orders; where it is not larger there is none. One of the measures in Geng, Hamilton: Interestingness
    Measures for Data Mining (ACM Computing Surveys 2006), chosen with ``benchmarks/basket_completion.py``; the
    shrinking is ours.

    Args:
        baskets: shape (n_orders, n_items): 1 where the order has the item.
        n: how many neighbours.
    """
    parts = [_best(pairs, added_value(pairs), n) for pairs in count_pairs(baskets)]
    items, neighbours, scores = (np.concatenate([part[i] for part in parts]) for i in range(3))
    indptr = np.searchsorted(items, np.arange(baskets.shape[1] + 1)).astype(np.int64)
    return SparseRows(indptr, neighbours.astype(np.int32), scores, baskets.shape[1])


def added_value(pairs: PairCounts) -> NDArray[np.float64]:
    """Return P(second | first) - P(second), drawn towards 0 where the first is rare; float64, shape (n_pairs,)."""
    return (pairs.both - pairs.expected) / (pairs.with_first + PRIOR_ORDERS)


def count_pairs(baskets: sparse.csr_matrix) -> Iterator[PairCounts]:
    """Yield the pairs in parts, so that they need not all be in memory; each item's are in one part."""
    sizes = np.diff(baskets.indptr)
    n_orders, n_items = int((sizes > 0).sum()), baskets.shape[1]
    orders = np.bincount(baskets.indices, minlength=n_items).astype(np.float64)
    baskets = baskets[sizes > 1]
    by_item = baskets.T.tocsr()
    # An item can have no more pairs than its orders have items.
    at_most = by_item.astype(bool) @ np.diff(baskets.indptr)
    part = np.cumsum(at_most) // PAIRS_AT_ONCE
    starts = np.flatnonzero(begins_run(part))
    for start, end in zip(starts, [*starts[1:], n_items], strict=True):
        first, second, both = _in_same_orders(by_item[start:end], baskets)
        first += start
        other = first != second
        first, second, both = first[other], second[other], both[other].astype(np.float64)
        yield PairCounts(
            first.astype(np.int32), second.astype(np.int32), both, orders[first], orders[second], n_orders
        )


def _in_same_orders(
    by_item: sparse.csr_matrix, baskets: sparse.csr_matrix
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Count in how many orders each item, a row of ``by_item``, is together with each; itself included.

    Returns rows, items and counts of at least ``MIN_SUPPORT``, by row and item.
    """
    both = by_item.astype(np.int32) @ baskets.astype(np.int32)
    both.data[both.data < MIN_SUPPORT] = 0
    both.eliminate_zeros()
    both.sort_indices()
    rows = np.repeat(np.arange(by_item.shape[0], dtype=np.int64), np.diff(both.indptr))
    return rows, both.indices.astype(np.int64), both.data.astype(np.int64)


def _best(
    pairs: PairCounts, scores: NDArray[np.float64], n: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    """Return the ``n`` pairs above chance with the highest scores of each item: items, neighbours, scores."""
    keep = np.flatnonzero(pairs.above_chance & (scores > 0))
    chosen = scores[keep].astype(np.float32)
    best = best_of_rows(pairs.first[keep], pairs.second[keep], chosen, n)
    return pairs.first[keep][best], pairs.second[keep][best], chosen[best]
