"""What the features of candidates are computed from."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recsvc.model.arrays import ITEM_STATISTICS
from recsvc.model.model import Model
from recsvc.ranking.sources.category import NEVER_DAYS, category_columns
from recsvc.ranking.sources.sales import positive, sales
from recsvc.ranking.user_state import UserState

NEVER_ORDERS = 999.0
"""Stands for the age, in orders, of what never happened."""

Column = NDArray[np.generic]


@dataclass(frozen=True, eq=False)
class FeatureInputs:
    """One user and ``items``, int32, shape (n,), ascending; a column has a value for each of them."""

    model: Model
    user: UserState
    items: NDArray[np.int32]

    @cached_property
    def _own(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Where items of the history are among the candidates, ascending ones: places in both."""
        history, items = self.user.history, self.items
        place = np.searchsorted(items, history.items)
        known = np.flatnonzero(place < len(items))
        known = known[items[place[known]] == history.items[known]]
        return known, place[known]

    def own(self, values: Column, missing: float) -> NDArray[np.float32]:
        """Return the value that the history has for each item; ``missing`` where it was never bought."""
        known, place = self._own
        found = np.full(len(self.items), missing, dtype=np.float32)
        found[place] = values[known]
        return found

    @cached_property
    def orders(self) -> NDArray[np.float32]:
        """In how many orders of the user each item is."""
        return self.own(self.user.history.orders, 0)

    @cached_property
    def last_days(self) -> NDArray[np.float32]:
        """Days since the user last bought each item."""
        return self.own(self.user.history.age_days, NEVER_DAYS)

    @cached_property
    def first_days(self) -> NDArray[np.float32]:
        """Days since the user first bought each item."""
        return self.own(self.user.history.first_age_days, NEVER_DAYS)

    @cached_property
    def interval_days(self) -> NDArray[np.floating]:
        """Mean days between the user's orders with each item; NaN where there are no two."""
        between = (self.first_days - self.last_days) / np.maximum(self.orders - 1, 1)
        return np.where(self.orders > 1, between, np.nan)

    @cached_property
    def quantity(self) -> NDArray[np.float32]:
        """Pieces of each item that the user bought."""
        return self.own(self.user.history.quantity, 0)

    def statistic(self, name: str) -> NDArray[np.float32]:
        """Return a statistic of each item."""
        return self.model.item_statistic(name)[self.items]

    def per_mean(self, name: str) -> NDArray[np.float32]:
        """Return a statistic against that of the mean item."""
        return self.statistic(name) / positive(self.model.mean_statistics[ITEM_STATISTICS.index(name)])

    def sales(self, days: int) -> NDArray[np.float32]:
        """Return the sales of each item in a window."""
        return sales(self.model, days)[self.items]

    @cached_property
    def month(self) -> NDArray[np.float32]:
        """Sales of each item in four weeks."""
        return self.sales(28)

    @cached_property
    def quarter(self) -> NDArray[np.float32]:
        """Sales of each item in 90 days."""
        return self.sales(90)

    @cached_property
    def lines(self) -> float:
        """Items bought in all orders of the user, one counting once an order."""
        return float(self.user.history.orders.sum())

    @cached_property
    def newest_days(self) -> float:
        """Days since the user's last order."""
        return float(self.user.history.age_days.min(initial=NEVER_DAYS))

    @cached_property
    def oldest_days(self) -> float:
        """Days since the user's first order."""
        return float(self.user.history.first_age_days.max(initial=0))

    def usual(self, name: str) -> float:
        """Return the mean of a statistic over the items that the user buys."""
        items = self.user.history.items
        return float(self.model.item_statistic(name)[items].mean()) if len(items) else 0.0

    @cached_property
    def category(self) -> Mapping[str, NDArray[np.float32]]:
        """What ``category_columns`` says of the items."""
        return category_columns(self.model, self.user.history, self.items)
