"""What sells, and what sells more than it did."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from recsvc.model.model import ALL_TIME
from training.history.interactions import Interactions

WINDOWS_DAYS = (365, 90, 56, 28, 7)
"""Windows kept beside all time; those longer than the history are left out."""

RECENT_DAYS = 28
BEFORE_DAYS = 84

COUNTED_DAYS = (ALL_TIME, *WINDOWS_DAYS, RECENT_DAYS + BEFORE_DAYS)
"""Ages of orders up to which the orders with each item are counted."""


@dataclass(frozen=True, eq=False)
class Popularity:
    """Sales by window, in orders.

    Attributes:
        windows_days: int32, shape (n_windows,): ``ALL_TIME`` first, then descending.
        orders: float32, shape (n_windows, n_items).
        trending: float32, shape (n_items,).
    """

    windows_days: NDArray[np.int32]
    orders: NDArray[np.float32]
    trending: NDArray[np.float32]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return them under their names in the model."""
        return {
            "popularity_windows_days": self.windows_days,
            "popularity": self.orders,
            "trending": self.trending,
        }

    @classmethod
    def of(cls, interactions: Interactions) -> "Popularity":
        """Count the orders of each item, guests' included."""
        age_days = interactions.ages_days(interactions.purchases["ordered_at"])
        span = float(age_days.max(initial=0))
        return cls.counted(
            {days: _orders_within(interactions, age_days, days) for days in COUNTED_DAYS}, span
        )

    @classmethod
    def counted(cls, within: Mapping[int, NDArray[np.float32]], span_days: float) -> "Popularity":
        """Return what the counts say.

        Args:
            within: for each of ``COUNTED_DAYS`` the orders with each item that are younger; float32, shape (n_items,).
            span_days: age of the oldest order.
        """
        windows = (ALL_TIME, *(days for days in WINDOWS_DAYS if days < span_days))
        orders = np.stack([within[days] for days in windows])
        rising = _rising(within[RECENT_DAYS], within[RECENT_DAYS + BEFORE_DAYS])
        return cls(np.asarray(windows, dtype=np.int32), orders, rising)


def _rising(recent: NDArray[np.float32], with_before: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return by how many standard deviations each item outsells what the weeks before let expect; at least 0.

    Recent sales are compared, as a Poisson count, with those of the time before, scaled to what the shop as
    a whole sold: an item does not rise because it is December.
    """
    before = with_before - recent
    if before.sum() == 0:
        return np.zeros(len(recent), dtype=np.float32)
    expected = before * (recent.sum() / before.sum())
    rising: NDArray[np.float32] = np.maximum((recent - expected) / np.sqrt(expected + 1), 0).astype(
        np.float32
    )
    return rising


def _orders_within(
    interactions: Interactions, age_days: NDArray[np.float64], days: int
) -> NDArray[np.float32]:
    is_young = pl.Series(age_days < (np.inf if days == ALL_TIME else days))
    items = interactions.purchases.get_column("item_index").filter(is_young).to_numpy()
    return np.bincount(items, minlength=len(interactions.items)).astype(np.float32)
