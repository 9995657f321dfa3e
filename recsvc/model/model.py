"""What one training run learned."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsvc.errors import DamagedModelError
from recsvc.model.array_rows import Sizes
from recsvc.model.arrays import ARRAYS, COLD_START_WEIGHTS, ITEM_STATISTICS, RHYTHM
from recsvc.model.head import TableHead
from recsvc.model.sparse import SparseRows
from recsvc.model.vocabulary import ItemVocabulary, TextColumn, Vocabulary

ALL_TIME = 0
"""The popularity window (in days) that stands for the whole history."""


@dataclass(frozen=True, eq=False)
class Model:
    """Plain arrays that check their own shapes and values; nothing here computes.

    ``recsvc.model.arrays.ARRAYS`` says of each field its dtype, its shape and what it is. Beside those:

    Attributes:
        ranker_all, ranker_new: what orders the candidates of lists that may hold repeats, and of lists that
            hold only what the user never bought: a LightGBM model as text, or a blend as JSON.
        moments: what the shop's rhythm is, as JSON; empty where the version holds nothing of it.
        audience: what tells who buys an item, for ``recsvc.ranking.audience.likelihood``; empty where nothing does.
        heads: by name of an item table, the rows that are enough to find its best; only for large catalogues.
    """

    users: Vocabulary
    items: ItemVocabulary
    titles: TextColumn
    user_factors: NDArray[np.float32]
    item_factors: NDArray[np.float32]
    item_gramian: NDArray[np.float32]
    user_neighbours: NDArray[np.float32]
    forward_all: NDArray[np.float32]
    forward_new: NDArray[np.float32]
    user_orders: NDArray[np.int32]
    history: SparseRows
    history_columns: Mapping[str, NDArray[Any]]
    item_neighbours: SparseRows
    basket_neighbours: SparseRows
    alternatives: SparseRows
    variant_groups: NDArray[np.int32]
    product_digests: NDArray[np.int64]
    variant_words: Vocabulary
    content_features: Vocabulary
    content_rarity: NDArray[np.float32]
    content_factors: NDArray[np.float32]
    content_sold: NDArray[np.float32]
    item_content: SparseRows
    cold_start_weights: NDArray[np.float32]
    popularity_windows_days: NDArray[np.int32]
    popularity: NDArray[np.float32]
    trending: NDArray[np.float32]
    item_statistics: NDArray[np.float32]
    categories: TextColumn
    category_levels: NDArray[np.int32]
    item_categories: SparseRows
    category_items: SparseRows
    ranker_all: str
    ranker_new: str
    heads: Mapping[str, TableHead] = field(default_factory=dict)
    item_appeal: NDArray[np.float32] | None = None
    user_rhythm: NDArray[np.float32] | None = None
    moments: str = ""
    audience: str = ""

    def __post_init__(self) -> None:
        """Raise DamagedModelError for arrays that do not belong together or are not finite."""
        for row in ARRAYS:
            row.check(getattr(self, row.name), self.sizes)
        for name, head in self.heads.items():
            head.check(name, getattr(self, name).shape)
        if len(self.popularity_windows_days) == 0 or self.popularity_windows_days[0] != ALL_TIME:
            raise DamagedModelError("the first popularity window must be the whole history")

    @property
    def sizes(self) -> Sizes:
        """How long each dimension of the table of arrays is."""
        return {
            "n_users": self.n_users,
            "n_items": self.n_items,
            "n_factors": self.n_factors,
            "n_purchases": len(self.history.indices),
            "n_windows": len(self.popularity_windows_days),
            "n_statistics": len(ITEM_STATISTICS),
            "n_categories": len(self.categories),
            "n_content": len(self.content_features),
            "n_variant_words": len(self.variant_words),
            "n_cold_start_weights": len(COLD_START_WEIGHTS),
            "n_rhythm": len(RHYTHM),
        }

    @property
    def n_users(self) -> int:
        """Number of users."""
        return len(self.users)

    @property
    def n_items(self) -> int:
        """Number of items."""
        return len(self.items)

    @property
    def n_factors(self) -> int:
        """Number of latent factors."""
        return int(self.item_factors.shape[1]) if self.item_factors.ndim == 2 else 0

    @cached_property
    def window_of_days(self) -> Mapping[int, int]:
        """Which row of ``popularity`` counts the orders of so many days."""
        return {days: row for row, days in enumerate(self.popularity_windows_days.tolist())}

    @cached_property
    def mean_popularity(self) -> NDArray[np.float32]:
        """Mean of the orders of an item in each window; float32, shape (n_windows,)."""
        return np.asarray([window.mean() for window in self.popularity], dtype=np.float32)

    @cached_property
    def mean_statistics(self) -> NDArray[np.float32]:
        """Mean of each of ``ITEM_STATISTICS`` over the items; float32, shape (n_statistics,)."""
        return np.asarray(self.item_statistics.mean(axis=0), dtype=np.float32)

    def item_statistic(self, name: str) -> NDArray[np.float32]:
        """Return the column ``name`` of ``item_statistics``; float32, shape (n_items,)."""
        return self.item_statistics[:, ITEM_STATISTICS.index(name)]

    @property
    def is_dated(self) -> bool:
        """Whether the orders carried dates, so that recency means something."""
        return len(self.popularity_windows_days) > 1
