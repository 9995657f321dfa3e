"""Chooses what makes an alternative: by what shoppers turned to instead of what they had bought before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsvc.model.model import Model
from recsvc.model.sparse import SparseRows
from training.fit.alternatives import AlikePairs, AlternativeWeights, alike_pairs
from training.fit.counts import Counts
from training.fit.item_content import ItemContent
from training.history.sorting import best_of_rows

CHOICES = tuple(
    AlternativeWeights(title, price, sales)
    for title in (3.0, 2.0, 6.0)
    for price in (0.3, 1.0)
    for sales in (0.1, 0.5)
)
"""What is tried; the first stays unless another is clearly better."""

CLEARLY_BETTER = 1.1
"""Another choice is better if its share is so many times as large."""

SHOWN = 10
MOST_ITEMS = 2_000
"""Choices are compared on the alternatives of at most so many items, those that most often gave way to others."""

MOST_USERS = 5_000
"""Shoppers whose turns are looked at, at most."""

FEWEST = 100
"""With fewer shoppers' turns to something else nothing is chosen."""


@dataclass(frozen=True)
class ChosenAlternatives:
    """What was chosen, and why.

    Attributes:
        weights: what counts how much.
        turns: how often a shopper turned from an item to one they had never bought; 0 where nothing was chosen by them.
        shares: by choice, the share of the turns to an item that was among the first ten alternatives; turns to what
            sells well count less.
    """

    weights: AlternativeWeights = CHOICES[0]
    turns: int = 0
    shares: Mapping[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return what the manifest says."""
        return {"weights": self.weights.as_dict(), "turns": self.turns, "shares": dict(self.shares)}


def choose_weights(earlier: Model | None, counts: Counts, content: ItemContent) -> ChosenAlternatives:
    """Return the weights whose alternatives shoppers turned to most in the newest past window.

    A shopper turns from an item to another who bought the one before the window and not in it, and the other in it for
    the first time. Each new item of a shopper counts once, shared out among all that they had bought, over the root
    of its sales: what everybody buys would else decide alone. Variants of the item do not count: no list shows them.

    Args:
        earlier: what was known at the beginning of the window; None where there was none.
        counts: of the whole history, the window included.
        content: of its items.
    """
    if earlier is None:
        return ChosenAlternatives()
    turns, n_turns = _turns(earlier, counts)
    if n_turns < FEWEST:
        return ChosenAlternatives()
    neighbours = _known_neighbours(earlier, counts)
    weight = np.bincount(turns.row, turns.data, len(content))
    items = np.sort(np.argsort(-weight, kind="stable")[: min(MOST_ITEMS, np.count_nonzero(weight))]).astype(
        np.int32
    )
    turned = sparse.csr_matrix(turns)
    total = float(turned[items].sum())
    won = dict.fromkeys(CHOICES, 0.0)
    for pairs in alike_pairs(content, neighbours, items):
        gained = np.asarray(turned[pairs.first, pairs.second]).ravel()
        groups = content.variants.groups
        other = (groups[pairs.first] < 0) | (groups[pairs.first] != groups[pairs.second])
        for choice in CHOICES:
            won[choice] += _gain(pairs, pairs.scores(choice), gained, other)
    best = max(CHOICES, key=lambda choice: won[choice])
    if won[best] < CLEARLY_BETTER * won[CHOICES[0]]:
        best = CHOICES[0]
    shares = {
        f"title {one.title:g}, price {one.price:g}, sales {one.sales:g}": round(
            won[one] / max(total, 1e-12), 5
        )
        for one in CHOICES
    }
    return ChosenAlternatives(best, n_turns, shares)


def _gain(
    pairs: AlikePairs, scores: NDArray[np.float32], gained: NDArray[np.float64], other: NDArray[np.bool_]
) -> float:
    """Return what the first ten alternatives of all items gain."""
    first, second = pairs.first[other], pairs.second[other]
    best = best_of_rows(first, second, scores[other], SHOWN)
    return float(gained[other][best].sum())


def _turns(earlier: Model, counts: Counts) -> tuple[sparse.coo_matrix, int]:
    """Return how much shoppers turned from each item to each other, shape (n_items, n_items), and how often any did."""
    now = counts.user_items.matrix(counts.user_items.orders.astype(np.float32))
    known, users, items = earlier.history, counts.interactions.users, counts.interactions.items
    user_of = _places(earlier.users.ids, users.ids)
    item_of = _places(earlier.items.ids, items.ids)
    rows = user_of[np.repeat(np.arange(len(known)), np.diff(known.indptr))]
    columns = item_of[known.indices]
    both = (rows >= 0) & (columns >= 0)
    orders = earlier.history_columns["orders"][both]
    before = sparse.csr_matrix((orders, (rows[both], columns[both])), shape=now.shape)
    since = sparse.csr_matrix(now - before)
    since.data = np.maximum(since.data, 0)
    since.eliminate_zeros()
    is_known = np.zeros(now.shape[0])
    is_known[user_of[user_of >= 0]] = 1
    had, bought = before.sign(), since.sign()
    new = sparse.csr_matrix(sparse.diags(is_known) @ (bought - bought.multiply(had)))
    left = sparse.csr_matrix(had - had.multiply(bought))
    new.eliminate_zeros()
    left.eliminate_zeros()
    share = 1 / np.maximum(np.asarray(had.sum(axis=1)).ravel(), 1)
    rarity = 1 / np.sqrt(np.maximum(np.asarray(now.getnnz(axis=0)), 1))
    busy = np.flatnonzero((left.getnnz(axis=1) > 0) & (new.getnnz(axis=1) > 0))
    busy = busy[:: max(len(busy) // MOST_USERS, 1)]
    turned = left[busy].T @ sparse.diags(share[busy]) @ new[busy] @ sparse.diags(rarity)
    n_turns = int(left[busy].getnnz(axis=1) @ new[busy].getnnz(axis=1))
    return sparse.coo_matrix(turned), n_turns


def _known_neighbours(earlier: Model, counts: Counts) -> SparseRows:
    """Return the item-item neighbours that were known earlier, in the items of today; shape (n_items, n_items)."""
    n_items, neighbours = len(counts.interactions.items), earlier.item_neighbours
    item_of = _places(earlier.items.ids, counts.interactions.items.ids)
    rows = item_of[np.repeat(np.arange(len(neighbours)), np.diff(neighbours.indptr))]
    columns = item_of[neighbours.indices]
    both = (rows >= 0) & (columns >= 0)
    today = sparse.csr_matrix(
        (neighbours.values[both], (rows[both], columns[both])), shape=(n_items, n_items)
    )
    return SparseRows(
        today.indptr.astype(np.int64), today.indices.astype(np.int32), today.data.astype(np.float32), n_items
    )


def _places(ids: Iterable[str], among: Iterable[str]) -> NDArray[np.int32]:
    """Return where each of ``ids`` is ``among`` others; -1 for those that are not."""
    place = {one: i for i, one in enumerate(among)}
    return np.asarray([place.get(one, -1) for one in ids], dtype=np.int32)
