"""What the last weeks were against the long run, and how far back to look for that."""

import numpy as np
from numpy.typing import NDArray

from recsvc.moments.hazard import LEAST_LOG_RATE, MOST_LOG_RATE
from training.moments.spells import Rows

WEEK_DAYS = 7
MOST_WEEKS = 52
AHEAD_WEEKS = 4
"""The level of some weeks is judged by how well it foretells so many weeks after them, as far as they are known."""

HALF_LIVES_WEEKS = (26.0, 8.0, 4.0, 2.0, 1.0)
PRIOR_ORDERS = 30.0
"""The level is drawn towards that of the long run as by so many orders."""

LARGEST_LOG_LEVEL = float(np.log(3))

Floats = NDArray[np.float64]


def log_level(rows: Rows, weights: Floats) -> float:
    """Return the log of the orders of the last weeks against those that ``weights`` expect.

    The level is smoothed exponentially. That half-life is taken which foretold most, from the end of each week of the
    last half year, of the weeks after it.
    """
    week = (rows.ago_days // WEEK_DAYS).astype(np.int64)
    used = (week >= 0) & (week < MOST_WEEKS)
    came = np.bincount(week[used], rows.is_order[used], MOST_WEEKS)
    log_rates = np.clip(rows.terms @ weights, LEAST_LOG_RATE, MOST_LOG_RATE)  # as curves have them
    expected = np.bincount(week[used], (rows.days * np.exp(log_rates))[used], MOST_WEEKS)

    def level(from_week: int, half_life: float) -> float:
        counts = np.exp2(-np.arange(MOST_WEEKS - from_week) / half_life)
        return float(
            np.log(
                (counts @ came[from_week:] + PRIOR_ORDERS) / (counts @ expected[from_week:] + PRIOR_ORDERS)
            )
        )

    def gain(half_life: float) -> float:
        gained = 0.0
        for end in range(1, MOST_WEEKS // 2):
            found, after = level(end, half_life), slice(max(end - AHEAD_WEEKS, 0), end)
            gained += found * came[after].sum() - np.expm1(found) * expected[after].sum()
        return gained

    found = level(0, max(HALF_LIVES_WEEKS, key=gain))
    return float(np.clip(found, -LARGEST_LOG_LEVEL, LARGEST_LOG_LEVEL))
