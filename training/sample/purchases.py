"""What was taken, before it is bundled into orders."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Purchases:
    """One row a thing taken: columns, int32, shape (n,) each."""

    user: NDArray[np.int32]
    day: NDArray[np.int32]
    item: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.user)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Purchases":
        """Return the chosen rows."""
        return Purchases(self.user[rows], self.day[rows], self.item[rows])

    def __add__(self, other: "Purchases") -> "Purchases":
        return Purchases(
            np.concatenate((self.user, other.user)),
            np.concatenate((self.day, other.day)),
            np.concatenate((self.item, other.item)),
        )
