"""What sells, and what sells more than it did."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from recsvc.model.model import ALL_TIME
from training.history.interactions import Interactions

WINDOWS_DAYS = (365, 90, 56, 28, 7)
"""Windows kept beside all time; those longer than the history are left out."""

RECENT_DAYS = 28
BEFORE_DAYS = 84


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

    @classmethod
    def of(cls, interactions: Interactions) -> "Popularity":
        """Count the orders of each item, guests' included."""
        age_days = interactions.ages_days(interactions.purchases["ordered_at"])
        span = float(age_days.max(initial=0))
        windows = (ALL_TIME, *(days for days in WINDOWS_DAYS if days < span))
        counts = [_orders_within(interactions, age_days, days or np.inf) for days in windows]
        return cls(np.asarray(windows, dtype=np.int32), np.stack(counts), _rising(interactions, age_days))


def _rising(interactions: Interactions, age_days: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return by how many standard deviations each item outsells what the weeks before let expect; at least 0.

    Recent sales are compared, as a Poisson count, with those of the time before, scaled to what the shop as
    a whole sold: an item does not rise because it is December.
    """
    recent = _orders_within(interactions, age_days, RECENT_DAYS)
    before = _orders_within(interactions, age_days, RECENT_DAYS + BEFORE_DAYS) - recent
    if before.sum() == 0:
        return np.zeros(len(interactions.items), dtype=np.float32)
    expected = before * (recent.sum() / before.sum())
    rising: NDArray[np.float32] = np.maximum((recent - expected) / np.sqrt(expected + 1), 0).astype(
        np.float32
    )
    return rising


def _orders_within(
    interactions: Interactions, age_days: NDArray[np.float64], days: float
) -> NDArray[np.float32]:
    items = interactions.purchases.get_column("item_index").filter(pl.Series(age_days < days)).to_numpy()
    return np.bincount(items, minlength=len(interactions.items)).astype(np.float32)
