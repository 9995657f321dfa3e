"""What one training run learned."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recsvc.errors import DamagedModelError
from recsvc.model.head import TableHead
from recsvc.model.sparse import SparseRows, is_finite
from recsvc.model.vocabulary import TextColumn, Vocabulary

ALL_TIME = 0
"""The popularity window (in days) that stands for the whole history."""

ITEM_STATISTICS = (
    "buyers",
    "new_buyers",
    "age_days",
    "last_age_days",
    "log_price",
    "log_quantity",
    "repeat_share",
    "interval_days",
    "basket_size",
)
"""Columns of ``Model.item_statistics``.

Distinct buyers, and those of them who are new to the item in the last four weeks; days since its first and
last sale; mean log price and log quantity; share of buyers who bought it again, and after how many days; mean
log size of the orders it is in. Shares and intervals of rare items are drawn towards those of all.
"""

_FINITE = (
    "user_factors",
    "item_factors",
    "item_gramian",
    "audience",
    "forward_all",
    "forward_new",
    "history_recent",
    "history_age_days",
    "history_first_age_days",
    "history_quantity",
    "history_last_quantity",
    "popularity",
    "trending",
    "item_statistics",
)


@dataclass(frozen=True, eq=False)
class Model:
    """Plain arrays that check their own shapes and values; nothing here computes.

    Attributes:
        users, items: the ids; an index into any array below is an index here.
        titles: one string an item, "" where none is known.
        user_factors: float32, shape (n_users, n_factors): ALS on confidence with a long half-life.
        item_factors: float32, shape (n_items, n_factors).
        item_gramian: float32, shape (n_factors, n_factors): ``item_factors.T @ item_factors`` plus the
            regularization on the diagonal, the part of the ALS equations that all users share.
        audience: float32, shape (n_items, n_factors): the sum of the unit factors of those who bought the
            item lately, so that its product with a user's says how many like them did.
        forward_all, forward_new: float32, shape (n_items, n_factors + 1): a linear map from a user's unit
            factors, and a 1, to what users of that taste bought in the weeks after; anything, and only
            what was new to them.
        user_orders: int32, shape (n_users,): number of orders.
        history: confidence of each user (row) in each item bought (column).
        history_recent: float32, shape (history nnz,): number of orders, decayed with a short half-life.
        history_orders: int32, shape (history nnz,): in how many orders the user bought the item.
        history_age_days: float32, shape (history nnz,): days between the last such order and the newest
            one of all; 0 throughout when the orders carried no dates.
        history_first_age_days: float32, shape (history nnz,): the same of the first such order.
        history_orders_ago, history_first_orders_ago: int32, shape (history nnz,): how many orders the user
            has placed since the last and since the first such order.
        history_quantity, history_last_quantity: float32, shape (history nnz,): pieces of the item in all such
            orders, and in the last one.
        similar: co-purchase neighbours of each item over users' whole histories, best first.
        together: co-purchase neighbours of each item within one order, best first.
        popularity_windows_days: int32, shape (n_windows,): ``ALL_TIME`` first, then descending.
        popularity: float32, shape (n_windows, n_items): orders with the item in each window.
        trending: float32, shape (n_items,): how strongly sales of the item rise, 0 for none.
        item_statistics: float32, shape (n_items, len(ITEM_STATISTICS)).
        categories: names of the shop's categories, each with those above it: ``Kitchen > Baking``; none without a
            catalogue.
        category_levels: int32, shape (n_categories,): 1 for the broadest.
        item_categories: shape (n_items, n_categories): which share the item has in the recent sales of each of
            its categories.
        category_items: the same by category, best first.
        ranker_all, ranker_new: what orders the candidates of lists that may hold repeats, and of lists that
            hold only what the shopper never bought: a LightGBM model as text, or a blend as JSON.
        heads: by name of an item table, the rows that are enough to find its best; only for large catalogues.
    """

    users: Vocabulary
    items: Vocabulary
    titles: TextColumn
    user_factors: NDArray[np.float32]
    item_factors: NDArray[np.float32]
    item_gramian: NDArray[np.float32]
    audience: NDArray[np.float32]
    forward_all: NDArray[np.float32]
    forward_new: NDArray[np.float32]
    user_orders: NDArray[np.int32]
    history: SparseRows
    history_recent: NDArray[np.float32]
    history_orders: NDArray[np.int32]
    history_age_days: NDArray[np.float32]
    history_first_age_days: NDArray[np.float32]
    history_orders_ago: NDArray[np.int32]
    history_first_orders_ago: NDArray[np.int32]
    history_quantity: NDArray[np.float32]
    history_last_quantity: NDArray[np.float32]
    similar: SparseRows
    together: SparseRows
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

    def __post_init__(self) -> None:
        """Refuse arrays that do not belong together or are not finite."""
        self._check_shapes()
        for name in _FINITE:
            if not is_finite(getattr(self, name)):
                raise DamagedModelError(f"{name} has values that are not finite")
        if len(self.popularity_windows_days) == 0 or self.popularity_windows_days[0] != ALL_TIME:
            raise DamagedModelError("the first popularity window must be the whole history")

    def _check_shapes(self) -> None:
        nnz = len(self.history.indices)
        expected: dict[str, tuple[int, ...]] = {
            "user_factors": (self.n_users, self.n_factors),
            "item_factors": (self.n_items, self.n_factors),
            "item_gramian": (self.n_factors, self.n_factors),
            "audience": (self.n_items, self.n_factors),
            "forward_all": (self.n_items, self.n_factors + 1),
            "forward_new": (self.n_items, self.n_factors + 1),
            "user_orders": (self.n_users,),
            "history_recent": (nnz,),
            "history_orders": (nnz,),
            "history_age_days": (nnz,),
            "history_first_age_days": (nnz,),
            "history_orders_ago": (nnz,),
            "history_first_orders_ago": (nnz,),
            "history_quantity": (nnz,),
            "history_last_quantity": (nnz,),
            "popularity": (len(self.popularity_windows_days), self.n_items),
            "trending": (self.n_items,),
            "item_statistics": (self.n_items, len(ITEM_STATISTICS)),
            "category_levels": (len(self.categories),),
        }
        for name, shape in expected.items():
            if getattr(self, name).shape != shape:
                raise DamagedModelError(f"{name} has shape {getattr(self, name).shape}, expected {shape}")
        for name, head in self.heads.items():
            head.check(name, getattr(self, name).shape)
        matrices = {
            "history": (self.n_users, self.n_items),
            "similar": (self.n_items, self.n_items),
            "together": (self.n_items, self.n_items),
            "item_categories": (self.n_items, len(self.categories)),
            "category_items": (len(self.categories), self.n_items),
        }
        for name, shape in matrices.items():
            found = (len(getattr(self, name)), getattr(self, name).n_columns)
            if found != shape:
                raise DamagedModelError(f"{name} has shape {found}, expected {shape}")
        if len(self.titles) != self.n_items:
            raise DamagedModelError(f"there are {len(self.titles)} titles for {self.n_items} items")

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
    def mean_popularity(self) -> NDArray[np.float32]:
        """Mean of the orders of an item in each window; float32, shape (n_windows,)."""
        return np.asarray([window.mean() for window in self.popularity], dtype=np.float32)

    @cached_property
    def mean_statistics(self) -> NDArray[np.float32]:
        """Mean of each of ``ITEM_STATISTICS`` over the items; float32, shape (n_statistics,)."""
        return np.asarray(self.item_statistics.mean(axis=0), dtype=np.float32)

    @property
    def is_dated(self) -> bool:
        """Whether the orders carried dates, so that recency means something."""
        return len(self.popularity_windows_days) > 1
