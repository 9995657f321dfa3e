"""Items in the order in which they are to be shown."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsvc.ranking.candidates import SOURCES, Candidates
from recsvc.ranking.query import History, Source
from recsvc.ranking.scores import among

_OUTSIDE: Mapping[str, Source] = {
    "als": Source.ALS,
    "forward_all": Source.ALS,
    "forward_new": Source.ALS,
    "audience": Source.ALS,
    "similar": Source.CO_PURCHASE,
    "similar_recent": Source.CO_PURCHASE,
    "similar_even": Source.CO_PURCHASE,
    "together": Source.CO_PURCHASE,
    "week_sales": Source.POPULAR,
    "month_sales": Source.POPULAR,
    "all_sales": Source.POPULAR,
    "category": Source.CATEGORY,
    "new_category": Source.CATEGORY,
    "new_buyers": Source.ALS,
    "cart": Source.CO_PURCHASE,
}
"""How each source is called to the outside; five of them look at the ALS factors."""

_PROPOSERS = (*SOURCES, Source.REPURCHASE)


def source_of(proposer: str) -> Source:
    """Return how a source is called to the outside; raises ValueError for one that does not exist."""
    return _OUTSIDE[proposer] if proposer in _OUTSIDE else Source(proposer)


@dataclass(frozen=True, eq=False)
class Ranking:
    """Items, best first.

    Attributes:
        items: int32, shape (n,): distinct item indices; at the end of the pipeline those of newcomers too.
        scores: float32, shape (n,): falling, in [0, 1].
        proposers: one an item: one of ``SOURCES``, ``cart``, one of ``affinity``, or a ``Source``.
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
            items[order], scaled[order].astype(np.float32), tuple(proposers[i] for i in order.tolist())
        )

    def first(self, n: int) -> "Ranking":
        """Return the first ``n`` items."""
        return Ranking(self.items[:n], self.scores[:n], self.proposers[:n])

    def chosen(self, places: NDArray[np.int64]) -> "Ranking":
        """Return the items at ``places``, in that order; where a score would rise, the one before it stands."""
        scores = np.minimum.accumulate(self.scores[places])
        return Ranking(self.items[places], scores, tuple(self.proposers[i] for i in places.tolist()))

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


def proposers_of(candidates: Candidates, history: History) -> tuple[str, ...]:
    """Return for each candidate the source that ranks it highest; the shopper's own items are repurchases."""
    order = np.argsort(-candidates.scores, axis=0, kind="stable")
    ranks = np.empty(order.shape, dtype=np.int32)
    np.put_along_axis(ranks, order, np.arange(len(order), dtype=np.int32)[:, np.newaxis], axis=0)
    # A source that gives no score has nothing to do with the item.
    ranks[candidates.scores <= 0] = len(order)
    best = ranks.argmin(axis=1)
    best[among(candidates.items, np.sort(history.items))] = len(SOURCES)
    return tuple(map(_PROPOSERS.__getitem__, best.tolist()))
