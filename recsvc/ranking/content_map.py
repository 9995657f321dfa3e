"""From what an item is to whom it suits: its features as a vector, and that as a taste."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from recsvc.model.content import features_of
from recsvc.model.model import Model
from recsvc.model.sparse import SparseRows
from recsvc.ranking.history import History

ITEMS_AT_ONCE = 2_000
"""The rows of the features of so many items are added up in one go."""

MAX_KNOWN = 4_000
"""Of so many items it is remembered which features they have."""


def weighted_rows(features: Sequence[Sequence[int]], rarity: NDArray[np.float32]) -> SparseRows:
    """Return a row of length 1 for each item with the rarity of each of its features, none for an item without any.

    Shape (n_items, n_content); ``features``: of each item, as columns; ``rarity``: float32, shape (n_content,).
    """
    lengths = np.asarray([len(of_item) for of_item in features], dtype=np.int64)
    columns = np.fromiter((one for of_item in features for one in of_item), np.int32, int(lengths.sum()))
    row = np.repeat(np.arange(len(features)), lengths)
    values = rarity[columns]
    norms = np.sqrt(np.bincount(row, values.astype(np.float64) ** 2, len(features)))
    values = np.asarray(values / np.maximum(norms, 1e-12)[row], dtype=np.float32)
    return SparseRows(np.concatenate([[0], np.cumsum(lengths)]), columns, values, len(rarity))


@dataclass(frozen=True, eq=False)
class ContentMap:
    """What a model knows of the features of items."""

    model: Model

    @cached_property
    def _columns(self) -> Mapping[str, int]:
        return {feature: column for column, feature in enumerate(self.model.content_features.ids)}

    @cached_property
    def _known(self) -> LRUCache[tuple[str, tuple[str, ...], str], list[int]]:
        return LRUCache(MAX_KNOWN)

    def rows(self, items: Iterable[tuple[str, tuple[str, ...], str]]) -> SparseRows:
        """Return a row for each item: title, categories, what else is said; shape (n_items, n_content)."""
        return weighted_rows([self._features(item) for item in items], self.model.content_rarity)

    def tastes(self, rows: SparseRows) -> NDArray[np.float32]:
        """Return the factors that each row foretells; float32, shape (n_rows, n_factors)."""
        table = self.model.content_factors
        tastes = np.zeros((len(rows), self.model.n_factors), dtype=np.float32)
        for start in range(0, len(rows), ITEMS_AT_ONCE):
            some = np.arange(start, min(start + ITEMS_AT_ONCE, len(rows)), dtype=np.int32)
            _, columns, values = rows.entries(some)
            filled = some[rows.indptr[some + 1] > rows.indptr[some]]
            if len(filled):
                parts = table[columns] * values[:, np.newaxis]
                tastes[filled] = np.add.reduceat(parts, rows.indptr[filled] - rows.indptr[start], axis=0)
        return tastes

    def _features(self, item: tuple[str, tuple[str, ...], str]) -> list[int]:
        found = self._known.get(item)
        if found is None:
            columns = self._columns
            found = [columns[feature] for feature in features_of(*item) if feature in columns]
            self._known[item] = found
        return found


def purchase_weights(history: History) -> NDArray[np.float32]:
    """Return how much each purchase says of what a user turns to, 0 where nothing was bought; float32, shape (n,)."""
    return np.log1p(np.maximum(history.orders, 0)).astype(np.float32)


def content_of(model: Model, history: History) -> NDArray[np.float32]:
    """Return the features of what a user bought, weighted and added up; float32, shape (n_content,)."""
    row, columns, values = model.item_content.entries(history.items)
    weights = purchase_weights(history)
    return np.bincount(columns, values * weights[row], len(model.content_features)).astype(np.float32)


def products(rows: SparseRows, vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the product of each row with ``vector``, float32, shape (n_columns,); float32, shape (n_rows,)."""
    row = np.repeat(np.arange(len(rows)), np.diff(rows.indptr))
    return np.bincount(row, rows.values * vector[rows.indices], len(rows)).astype(np.float32)
