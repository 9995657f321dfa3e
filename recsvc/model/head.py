"""The part of an item table that is enough to find its best items."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsvc.errors import DamagedModelError
from recsvc.model.sparse import is_finite


@dataclass(frozen=True, eq=False)
class TableHead:
    """The longest rows of a table, kept together so that they are read in one go.

    The product of a short row with any taste is small. In a large catalogue, where most items hardly sell, the
    best items of a user are almost always among a few of the rows (Teflioudi, Gemulla, Mykytiuk: LEMP: Fast
    Retrieval of Large Entries in a Matrix Product, SIGMOD 2015, prune by length likewise).

    Attributes:
        items: int32, shape (n,): which rows, ascending.
        rows: float32, shape (n, width): their values.
    """

    items: NDArray[np.int32]
    rows: NDArray[np.float32]

    def check(self, name: str, shape: tuple[int, ...]) -> None:
        """Raise DamagedModelError unless this is part of a table of ``shape``."""
        if self.rows.shape != (len(self.items), *shape[1:]):
            found = (self.items.shape, self.rows.shape)
            raise DamagedModelError(f"{name}_head has shapes {found}, which do not fit {shape} of {name}")
        ascending = bool(np.all(self.items[1:] > self.items[:-1]))
        if len(self.items) == 0 or not ascending or self.items[0] < 0 or self.items[-1] >= shape[0]:
            raise DamagedModelError(f"{name}_head_items are not ascending indices in 0..{shape[0] - 1}")
        if not is_finite(self.rows):
            raise DamagedModelError(f"{name}_head has values that are not finite")
