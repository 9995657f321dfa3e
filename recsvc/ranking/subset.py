"""Some items of a catalogue."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Subset:
    """Which items of a catalogue are meant, in the two forms in which that is asked.

    Attributes:
        mask: bool, shape (n_items,).
        items: int32, shape (n,): the same items, ascending.
    """

    mask: NDArray[np.bool_]
    items: NDArray[np.int32]

    @classmethod
    def of(cls, mask: NDArray[np.bool_]) -> "Subset":
        """Return the items for which ``mask`` is true."""
        return cls(mask, np.flatnonzero(mask).astype(np.int32))
