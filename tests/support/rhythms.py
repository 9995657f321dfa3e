"""Shops whose shoppers order in a way that is known."""

from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from training.moments.order_days import OrderDays

START_DAYS = datetime(2025, 1, 6, tzinfo=UTC).timestamp() / 86_400
"""A Monday."""


def order_days(times: list[NDArray[np.float64]], n_days: float, day_starts_hour: int = 0) -> OrderDays:
    """Return the orders of shoppers who ordered ``times`` days after the start, in a history of ``n_days``."""
    kept = [np.sort(one[(one >= 0) & (one <= n_days)]) for one in times]
    users = np.repeat(np.arange(len(kept)), [len(one) for one in kept])
    return OrderDays(
        len(kept),
        users.astype(np.int64),
        START_DAYS + np.concatenate(kept),
        START_DAYS + n_days,
        day_starts_hour,
    )


def renewals(
    n_users: int, n_days: float, seed: int = 0, shape: float = 3.0, lost: float = 0.1
) -> list[NDArray[np.float64]]:
    """Return the order times of shoppers with gaps of a rhythm of their own, who may be lost after each order."""
    rng = np.random.default_rng(seed)
    times = []
    for gap in rng.gamma(4.0, 7.0, n_users):
        n_orders = rng.geometric(lost)
        gaps = np.maximum(rng.gamma(shape, gap / shape, n_orders), 1.0)
        times.append(rng.uniform(0, 0.8 * n_days) + np.concatenate([[0.0], np.cumsum(gaps)[:-1]]))
    return times
