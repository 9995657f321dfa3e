"""What the features of candidates are computed from."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recsvc.model.arrays import ITEM_STATISTICS
from recsvc.model.model import Model
from recsvc.ranking.scores import among
from recsvc.ranking.sources.category import NEVER_DAYS, category_columns
from recsvc.ranking.sources.sales import mean_sales, positive, window
from recsvc.ranking.user_state import UserState

Column = NDArray[np.generic]

_STATISTICS: Mapping[str, int] = {name: place for place, name in enumerate(ITEM_STATISTICS)}


@dataclass(frozen=True, eq=False)
class FeatureInputs:
    """One user and ``items``, int32, shape (n,), ascending; a column has a value for each of them."""

    model: Model
    user: UserState
    items: NDArray[np.int32]

    @cached_property
    def _statistics(self) -> NDArray[np.float32]:
        """The statistics of the items, gathered at once: float32, shape (n, n_statistics)."""
        return np.asarray(self.model.item_statistics.take(self.items, axis=0))

    @cached_property
    def _sales(self) -> NDArray[np.float32]:
        """The sales of the items, gathered at once: float32, shape (n_windows, n)."""
        return np.asarray(self.model.popularity.take(self.items, axis=1))

    def statistic(self, name: str) -> NDArray[np.float32]:
        """Return a statistic of each item."""
        return self._statistics[:, _STATISTICS[name]]

    def per_mean(self, name: str) -> NDArray[np.float32]:
        """Return a statistic against that of the mean item."""
        return self.statistic(name) / positive(self.model.mean_statistics[_STATISTICS[name]])

    def sales(self, days: int) -> NDArray[np.float32]:
        """Return the sales of each item in a window."""
        return np.asarray(self._sales[window(self.model, days)])

    def mean_sales(self, days: int) -> np.float32:
        """Return the sales of the mean item in a window."""
        return mean_sales(self.model, days)

    @cached_property
    def month(self) -> NDArray[np.float32]:
        """Sales of each item in four weeks."""
        return self.sales(28)

    @cached_property
    def quarter(self) -> NDArray[np.float32]:
        """Sales of each item in 90 days."""
        return self.sales(90)

    @cached_property
    def n_orders(self) -> int:
        """Number of orders of the user, but at least 1."""
        return max(self.user.history.n_orders, 1)

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

    @cached_property
    def usual_log_price(self) -> float:
        """Mean log price of what the user buys."""
        return self._usual("log_price")

    @cached_property
    def usual_log_quantity(self) -> float:
        """Mean log quantity of what the user buys."""
        return self._usual("log_quantity")

    def _usual(self, name: str) -> float:
        items = self.user.history.items
        return float(self.model.item_statistics[items, _STATISTICS[name]].mean()) if len(items) else 0.0

    @cached_property
    def category(self) -> Mapping[str, NDArray[np.float32]]:
        """What ``category_columns`` says of the items."""
        return category_columns(self.model, self.user.history, self.items)


@dataclass(frozen=True, eq=False)
class OwnInputs(FeatureInputs):
    """Those of the ``items`` of one user that they bought; a column has a value for each of them.

    Attributes:
        rows: intp, shape (n,): where they are among all candidates.
        places: intp, shape (n,): where they are in the history.
    """

    rows: NDArray[np.intp]
    places: NDArray[np.intp]

    @classmethod
    def of(cls, inputs: FeatureInputs) -> "OwnInputs":
        """Return those of the items of ``inputs``."""
        history, items = inputs.user.history, inputs.items
        is_candidate = among(history.items, items)
        places = is_candidate.nonzero()[0]
        rows = items.searchsorted(history.items[places])
        return cls(inputs.model, inputs.user, items[rows], rows, places)

    def own(self, name: str) -> NDArray[np.float32]:
        """Return a column of the history for each item."""
        values: Column = getattr(self.user.history, name)
        return values[self.places].astype(np.float32)

    @cached_property
    def orders(self) -> NDArray[np.float32]:
        """In how many orders of the user each item is; at least 1."""
        return self.own("orders")

    @cached_property
    def last_days(self) -> NDArray[np.float32]:
        """Days since the user last bought each item."""
        return self.own("age_days")

    @cached_property
    def interval_days(self) -> NDArray[np.floating]:
        """Mean days between the user's orders with each item; NaN where there are no two."""
        between = (self.own("first_age_days") - self.last_days) / np.maximum(self.orders - 1, 1)
        return np.where(self.orders > 1, between, np.nan)

    @cached_property
    def quantity(self) -> NDArray[np.float32]:
        """Pieces of each item that the user bought."""
        return self.own("quantity")
