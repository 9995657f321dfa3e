"""Sources of candidates: each proposes items with a score of its own."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.model.sparse import SparseRows
from recsvc.ranking import als
from recsvc.ranking.query import History, Source

CANDIDATES_PER_SOURCE = 300


@dataclass(frozen=True, eq=False)
class Candidates:
    """Items that one source proposes.

    Attributes:
        source: who proposes them.
        items: int32, shape (n,): distinct item indices.
        scores: float32, shape (n,): the source's own, positive; compare only within the source.
    """

    source: Source
    items: NDArray[np.int32]
    scores: NDArray[np.float32]

    def without(self, hidden: NDArray[np.int32]) -> "Candidates":
        """Drop the items in ``hidden``."""
        kept = ~np.isin(self.items, hidden)
        return Candidates(self.source, self.items[kept], self.scores[kept])

    def best(self, n: int) -> "Candidates":
        """Return the ``n`` highest-scored, best first; equal scores in order of the item index."""
        if n < len(self.items):
            kept = np.argpartition(-self.scores, n)[:n]
            items, scores = self.items[kept], self.scores[kept]
        else:
            items, scores = self.items, self.scores
        order = np.lexsort((items, -scores))
        return Candidates(self.source, items[order], scores[order])


def from_als(model: Model, user_index: int) -> Candidates:
    """Propose what the latent factors of the user and of the items agree on."""
    return _positive(Source.ALS, als.scores(model, user_index))


def from_co_purchase(
    neighbours: SparseRows, items: NDArray[np.int32], weights: NDArray[np.float32]
) -> Candidates:
    """Propose neighbours of ``items``, each scored by the weighted sum of its similarities to them."""
    rows = [neighbours.row(int(item)) for item in items]
    if not rows:
        return Candidates(Source.CO_PURCHASE, np.empty(0, np.int32), np.empty(0, np.float32))
    found, position = np.unique(np.concatenate([row[0] for row in rows]), return_inverse=True)
    weighted = np.concatenate([row[1] * weight for row, weight in zip(rows, weights, strict=True)])
    summed = np.bincount(position, weights=weighted, minlength=len(found)).astype(np.float32)
    return Candidates(Source.CO_PURCHASE, found, summed)


def from_repurchase(history: History) -> Candidates:
    """Propose what the shopper bought before, by how often and how recently."""
    return Candidates(Source.REPURCHASE, history.items, history.confidence)


def from_trending(model: Model) -> Candidates:
    """Propose items whose sales rise; none where the orders carried no dates."""
    return _positive(Source.TRENDING, model.trending)


def from_popular(model: Model) -> Candidates:
    """Propose the whole catalogue by recent sales; sales of all time decide between equals."""
    all_time, recent = model.popularity[0], recent_popularity(model)
    return Candidates(
        Source.POPULAR,
        np.arange(model.n_items, dtype=np.int32),
        (1 + recent + all_time / (1 + all_time.max(initial=0))).astype(np.float32),
    )


def recent_popularity(model: Model) -> NDArray[np.float32]:
    """Return orders with each item in about four weeks, or ever when undated; float32, shape (n_items,)."""
    distance = np.abs(model.popularity_windows_days - 28)
    recent: NDArray[np.float32] = model.popularity[int(np.argmin(distance)) if model.is_dated else 0]
    return recent


def _positive(source: Source, scores: NDArray[np.float32]) -> Candidates:
    items = np.flatnonzero(scores > 0).astype(np.int32)
    return Candidates(source, items, scores[items])
