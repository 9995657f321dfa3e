"""What one training run learned."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsvc.errors import DamagedModelError
from recsvc.model.sparse import SparseRows
from recsvc.model.vocabulary import TextColumn, Vocabulary

ALL_TIME = 0
"""The popularity window (in days) that stands for the whole history."""


@dataclass(frozen=True, eq=False)
class Model:
    """Plain arrays that check their own shapes and values; nothing here computes.

    Attributes:
        users, items: the ids; an index into any array below is an index here.
        titles: one string an item, "" where none is known.
        user_factors: float32, shape (n_users, n_factors).
        item_factors: float32, shape (n_items, n_factors).
        item_gramian: float32, shape (n_factors, n_factors): ``item_factors.T @ item_factors`` plus the
            regularization on the diagonal, the part of the ALS equations that all users share.
        history: confidence of each user (row) in each item bought (column).
        history_orders: int32, shape (history nnz,): in how many orders the user bought the item.
        history_age_days: float32, shape (history nnz,): days between the last such order and the newest
            one of all; 0 throughout when the orders carried no dates.
        similar: co-purchase neighbours of each item over users' whole histories, best first.
        together: co-purchase neighbours of each item within one order, best first.
        popularity_windows_days: int32, shape (n_windows,): ``ALL_TIME`` first, then descending.
        popularity: float32, shape (n_windows, n_items): orders with the item in each window.
        trending: float32, shape (n_items,): how strongly sales of the item rise, 0 for none.
    """

    users: Vocabulary
    items: Vocabulary
    titles: TextColumn
    user_factors: NDArray[np.float32]
    item_factors: NDArray[np.float32]
    item_gramian: NDArray[np.float32]
    history: SparseRows
    history_orders: NDArray[np.int32]
    history_age_days: NDArray[np.float32]
    similar: SparseRows
    together: SparseRows
    popularity_windows_days: NDArray[np.int32]
    popularity: NDArray[np.float32]
    trending: NDArray[np.float32]

    def __post_init__(self) -> None:
        """Refuse arrays that do not belong together or are not finite."""
        self._check_shapes()
        for name in (
            "user_factors",
            "item_factors",
            "item_gramian",
            "history_age_days",
            "popularity",
            "trending",
        ):
            if not bool(np.isfinite(getattr(self, name)).all()):
                raise DamagedModelError(f"{name} has values that are not finite")
        if len(self.popularity_windows_days) == 0 or self.popularity_windows_days[0] != ALL_TIME:
            raise DamagedModelError("the first popularity window must be the whole history")

    def _check_shapes(self) -> None:
        nnz = len(self.history.indices)
        expected: dict[str, tuple[int, ...]] = {
            "user_factors": (self.n_users, self.n_factors),
            "item_factors": (self.n_items, self.n_factors),
            "item_gramian": (self.n_factors, self.n_factors),
            "history_orders": (nnz,),
            "history_age_days": (nnz,),
            "popularity": (len(self.popularity_windows_days), self.n_items),
            "trending": (self.n_items,),
        }
        for name, shape in expected.items():
            if getattr(self, name).shape != shape:
                raise DamagedModelError(f"{name} has shape {getattr(self, name).shape}, expected {shape}")
        for name, rows in (("history", self.n_users), ("similar", self.n_items), ("together", self.n_items)):
            matrix = getattr(self, name)
            if (len(matrix), matrix.n_columns) != (rows, self.n_items):
                found = (len(matrix), matrix.n_columns)
                raise DamagedModelError(f"{name} has shape {found}, expected {(rows, self.n_items)}")
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

    @property
    def is_dated(self) -> bool:
        """Whether the orders carried dates, so that recency means something."""
        return len(self.popularity_windows_days) > 1
