"""Sets of items as arrays; for so few of them numpy's own functions, which hash, take several times as long."""

import numpy as np
from numpy.typing import NDArray


def distinct(items: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the distinct ``items``, int32, shape (n,), ascending."""
    ascending = np.sort(items)
    is_first = np.ones(len(ascending), dtype=bool)
    is_first[1:] = ascending[1:] != ascending[:-1]
    return ascending[is_first]


def among(items: NDArray[np.int32], ascending: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return which of ``items`` are in ``ascending``, distinct ones; bool, shape (n_items,)."""
    if not len(ascending):
        return np.zeros(len(items), dtype=bool)
    place = np.minimum(np.searchsorted(ascending, items), len(ascending) - 1)
    return np.asarray(ascending[place] == items)
