"""Items in the order in which they are to be shown."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Ranking:
    """Items, best first.

    Attributes:
        items: int32, shape (n,): distinct item indices; at the end of the pipeline those of cold-start items too.
        scores: float32, shape (n,): falling, in [0, 1].
        proposers: what proposed each item: the name of a candidate source or of a kind of affinity, or a ``Source``.
    """

    items: NDArray[np.int32]
    scores: NDArray[np.float32]
    proposers: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.items)

    @classmethod
    def empty(cls) -> "Ranking":
        """Return a ranking without items."""
        return cls(np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32), ())

    @classmethod
    def of(
        cls, items: NDArray[np.int32], scores: NDArray[np.float32], proposers: tuple[str, ...]
    ) -> "Ranking":
        """Put ``items`` in order; equal scores in that of the item index. Scores are scaled to (0, 1]."""
        order = np.lexsort((items, -scores))
        above = scores.astype(np.float64) - scores.min(initial=np.inf)
        # From the lowest just above 0 to the highest, 1: raw scores of trees mean nothing to a reader.
        scaled = (above + 1e-3) / (above.max(initial=0) + 1e-3)
        return cls(
            items[order], scaled[order].astype(np.float32), tuple(map(proposers.__getitem__, order.tolist()))
        )

    @classmethod
    def of_positive(cls, items: NDArray[np.int32], scores: NDArray[np.float32], proposer: str) -> "Ranking":
        """Put those of ``items`` in order that have a positive score, all by the same proposer."""
        positive = scores > 0
        return cls.of(items[positive], scores[positive], (proposer,) * int(positive.sum()))

    def first(self, n: int) -> "Ranking":
        """Return the first ``n`` items."""
        return Ranking(self.items[:n], self.scores[:n], self.proposers[:n])

    def chosen(self, places: NDArray[np.int64]) -> "Ranking":
        """Return the items at ``places``, in that order; where a score would rise, the one before it stands."""
        scores = np.minimum.accumulate(self.scores[places])
        return Ranking(self.items[places], scores, tuple(map(self.proposers.__getitem__, places.tolist())))

    def filled_from(self, fallback: "Ranking") -> "Ranking":
        """Return this ranking with the items of ``fallback`` that are new to it behind it."""
        new = np.flatnonzero(~np.isin(fallback.items, self.items))
        # Scaled below the last score, so that scores fall over the whole list.
        ceiling = self.scores.min(initial=1.0)
        return Ranking(
            np.concatenate([self.items, fallback.items[new]]),
            np.concatenate([self.scores, fallback.scores[new] * ceiling]),
            self.proposers + tuple(fallback.proposers[i] for i in new),
        )
