"""Discounted cumulative gain: what a place in a list is worth.

Järvelin, Kekäläinen: Cumulated gain-based evaluation of IR techniques (ACM TOIS 2002).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def discounts(places: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
    """Return what ``places``, 0 for the first, are worth: ``1 / log2(rank + 1)``; float64, of the same shape."""
    return np.asarray(1 / np.log2(places + 2.0), dtype=np.float64)


def ideal_dcg(n_targets: NDArray[np.integer[Any]], k: int) -> NDArray[np.float64]:
    """Return the gain of a list that begins with ``min(k, n_targets)`` hits; float64, shape (n_users,)."""
    ideal: NDArray[np.float64] = np.cumsum(discounts(np.arange(k)))
    return np.asarray(ideal[np.minimum(k, n_targets) - 1])
