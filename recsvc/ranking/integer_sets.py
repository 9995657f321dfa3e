"""Sets of integers, such as items, as arrays: sorted, where numpy's own functions hash."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Integer = TypeVar("Integer", bound=np.integer)


def distinct(values: NDArray[Integer]) -> NDArray[Integer]:
    """Return the distinct ``values``, shape (n,), ascending."""
    ascending = np.sort(values)
    is_first = np.ones(len(ascending), dtype=bool)
    is_first[1:] = ascending[1:] != ascending[:-1]
    return ascending[is_first]


def among(items: NDArray[np.int32], ascending: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return which of ``items`` are in ``ascending``, distinct ones; bool, shape (n_items,)."""
    if not len(ascending):
        return np.zeros(len(items), dtype=bool)
    place = np.minimum(np.searchsorted(ascending, items), len(ascending) - 1)
    return np.asarray(ascending[place] == items)
