"""How busy the shop is on the days to come: by the day of the week, and against the long run by what it sold lately."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DAY_HOURS = 24
EVERY_DAY_ALIKE = (1.0,) * 7
LEVEL_HALF_LIFE_DAYS = 56.0
"""After so many days, half of what the last weeks were above or below the long run is left."""


def day_number(moments: Floats, day_starts_hour: int) -> NDArray[np.int64]:
    """Return the day of each moment, in days since 1970 in UTC, for a shop whose day begins at ``day_starts_hour``."""
    return np.floor(moments - day_starts_hour / DAY_HOURS).astype(np.int64)


def day_of_week(days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 0 for a Monday to 6 for a Sunday; ``days`` are counted from 1 January 1970, a Thursday."""
    return (days + 3) % 7


@dataclass(frozen=True)
class Calendar:
    """What days are like in this shop.

    Attributes:
        known_until_days: the newest order, in days since 1970.
        day_starts_hour: the hour in UTC at which a day begins, 0..23: when the shop sells least.
        day_weights: orders on each day of the week, Monday first, against the mean day.
        log_level: log of the orders of the last weeks against what the long run makes of the same shoppers.
    """

    known_until_days: float = 0.0
    day_starts_hour: int = 0
    day_weights: tuple[float, ...] = EVERY_DAY_ALIKE
    log_level: float = 0.0

    def weights(self, now_days: float, edges: Floats) -> Floats:
        """Return how busy the days between ``edges``, days after ``now_days``, are; float64, shape (n_edges - 1,)."""
        by_day = np.diff(self._days_until(now_days + edges)) / np.diff(edges)
        middle = now_days + (edges[:-1] + edges[1:]) / 2
        left = np.exp2(-np.maximum(middle - self.known_until_days, 0) / LEVEL_HALF_LIFE_DAYS)
        return np.asarray(by_day * np.exp(self.log_level * left), np.float64)

    def _days_until(self, moments: Floats) -> Floats:
        """Return the days since a Monday long ago, busy ones counting more: those of a week make 7."""
        since_monday = moments - self.day_starts_hour / DAY_HOURS + 3
        whole = np.floor(since_monday).astype(np.int64)
        before = np.concatenate([[0.0], np.cumsum(self.day_weights)])[whole % 7]
        today = (since_monday - whole) * np.asarray(self.day_weights)[whole % 7]
        return np.asarray(whole // 7 * 7 + before + today, np.float64)
