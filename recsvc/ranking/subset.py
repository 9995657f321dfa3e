"""Some items of a catalogue."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Subset:
    """Which items of a catalogue are meant, in the forms in which that is asked.

    Attributes:
        mask: bool, shape (n_items,): of the items of the model.
        items: int32, shape (n,): the same items, ascending.
        whole: bool, shape (n_items + n_new,): of newcomers too.
    """

    mask: NDArray[np.bool_]
    items: NDArray[np.int32]
    whole: NDArray[np.bool_]

    @classmethod
    def of(cls, whole: NDArray[np.bool_], n_items: int) -> "Subset":
        """Return the items for which ``whole`` is true; those from ``n_items`` on are newcomers."""
        mask = whole[:n_items]
        return cls(mask, np.flatnonzero(mask).astype(np.int32), whole)
