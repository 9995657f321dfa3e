"""How much longer than asked for a list is made, so that it stays full when items go out of stock."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

MAX_MORE = 200
"""However many items cannot be shown, a list is at most so much longer than was asked."""


@dataclass(frozen=True, eq=False)
class Room:
    """What is added to a list.

    Attributes:
        spare: so many more items than asked, for each ten of them but at least once.
        unavailable: int32, shape (n,): items that cannot be shown now; each in the list makes it one longer.
    """

    spare: int = 0
    unavailable: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))

    def length(self, items: NDArray[np.int32], n: int) -> int:
        """Return how many of ``items``, best first, hold ``n`` and the spare ones beside those unavailable."""
        wanted = n + max(self.spare, self.spare * n // 10)
        if not len(self.unavailable):
            return wanted
        available = np.cumsum(~np.isin(items[: wanted + MAX_MORE], self.unavailable))
        missing = wanted - int(available[-1]) if len(available) else wanted
        if missing > 0:
            return min(len(available) + missing + len(self.unavailable), wanted + MAX_MORE)
        return int(np.searchsorted(available, wanted)) + 1


EXACTLY_N = Room()
