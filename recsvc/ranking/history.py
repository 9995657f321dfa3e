"""What a user bought, as lists are made from it."""

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model


@dataclass(frozen=True, eq=False)
class History:
    """What a user bought, one entry an item; and, with 0 orders, what else they showed interest in.

    ``recsvc.model.arrays.HISTORY_COLUMNS`` says of each column what it is; beside those:

    Attributes:
        items: int32, shape (n,): item indices.
        confidence: float32, shape (n,): the weight that ALS gave each; grows with repeats, decays with age.
        n_orders: orders of the user in all.
    """

    items: NDArray[np.int32]
    confidence: NDArray[np.float32]
    recent: NDArray[np.float32]
    orders: NDArray[np.int32]
    age_days: NDArray[np.float32]
    first_age_days: NDArray[np.float32]
    orders_ago: NDArray[np.int32]
    first_orders_ago: NDArray[np.int32]
    quantity: NDArray[np.float32]
    last_quantity: NDArray[np.float32]
    n_orders: int

    def __len__(self) -> int:
        return len(self.items)

    def at(self, places: NDArray[np.intp]) -> "History":
        """Return the entries at ``places``."""
        columns = {name: getattr(self, name)[places] for name in _COLUMNS}
        return History(**columns, n_orders=self.n_orders)

    def bought(self) -> "History":
        """Return the entries with orders."""
        return self if self._bought is None else self._bought

    @cached_property
    def _bought(self) -> "History | None":
        """The entries with orders; None where all have some."""
        is_bought = self.orders > 0
        return None if is_bought.all() else self.at(is_bought.nonzero()[0])

    @property
    def shares(self) -> NDArray[np.float32]:
        """Share of each item in the confidence of all; float32, shape (n,)."""
        return np.asarray(self.confidence / max(float(self.confidence.sum()), 1e-9), dtype=np.float32)

    @property
    def even(self) -> NDArray[np.float32]:
        """1 for what was bought, however often, and less for what was only looked at; float32, shape (n,)."""
        return np.where(self.orders > 0, np.float32(1), np.minimum(self.recent, np.float32(1)))

    @property
    def recent_shares(self) -> NDArray[np.float32]:
        """Share of each item in the recent orders of all; float32, shape (n,)."""
        return np.asarray(self.recent / max(float(self.recent.sum()), 1e-9), dtype=np.float32)

    @classmethod
    def of_items(cls, items: list[int]) -> "History":
        """Return the history of a user who looks at ``items``, as if all had just been bought together."""
        ones, zeros = np.ones(len(items), dtype=np.float32), np.zeros(len(items), dtype=np.float32)
        indices, none_ago = np.asarray(items, dtype=np.int32), np.zeros(len(items), dtype=np.int32)
        n_orders = min(1, len(items))
        return cls(indices, ones, ones, none_ago + 1, zeros, zeros, none_ago, none_ago, ones, ones, n_orders)


_COLUMNS = tuple(column.name for column in fields(History) if column.name != "n_orders")


def history_of(model: Model, user_index: int) -> History:
    """Return what the model knows of a user's purchases."""
    span = model.history.span(user_index)
    columns = {name: values[span] for name, values in model.history_columns.items()}
    items, confidence = model.history.indices[span], model.history.values[span]
    return History(items, confidence, **columns, n_orders=int(model.user_orders[user_index]))
