"""Candidates of several sources -> one ranking.

For now a fixed blend: what the shopper's taste suggests, tempered by what sells at present, beside what
the shopper buys again and again.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsvc.ranking.candidates import Candidates
from recsvc.ranking.query import Source

POPULARITY_EXPONENT = 0.3
"""How much present sales temper taste: 0 not at all, 1 in proportion."""

WEIGHTS = {Source.ALS: 1.0, Source.CO_PURCHASE: 1.0, Source.REPURCHASE: 1.0}


@dataclass(frozen=True, eq=False)
class Ranking:
    """Items in the order in which they are to be shown.

    Attributes:
        items: int32, shape (n,): distinct item indices.
        scores: float32, shape (n,): falling, in (0, 1].
        sources: one an item: the source that contributed most to its score.
    """

    items: NDArray[np.int32]
    scores: NDArray[np.float32]
    sources: tuple[Source, ...]

    def __len__(self) -> int:
        return len(self.items)

    @classmethod
    def empty(cls) -> "Ranking":
        """Return a ranking without items."""
        return cls(np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32), ())

    def first(self, n: int) -> "Ranking":
        """Return the first ``n`` items."""
        return Ranking(self.items[:n], self.scores[:n], self.sources[:n])

    def filled_from(self, fallback: "Ranking") -> "Ranking":
        """Return this ranking with the items of ``fallback`` that are new to it behind it."""
        new = np.flatnonzero(~np.isin(fallback.items, self.items))
        # Scaled below the last score, so that scores fall over the whole list.
        ceiling = self.scores.min(initial=1.0)
        return Ranking(
            np.concatenate([self.items, fallback.items[new]]),
            np.concatenate([self.scores, fallback.scores[new] * ceiling]),
            self.sources + tuple(fallback.sources[i] for i in new),
        )


def rank(candidates: Candidates) -> Ranking:
    """Rank one source's candidates by its own score."""
    best = candidates.best(len(candidates.items))
    scores = best.scores / best.scores.max(initial=1e-9)
    return Ranking(best.items, scores.astype(np.float32), (best.source,) * len(best.items))


def blend(sources: list[Candidates], popularity: NDArray[np.float32]) -> Ranking:
    """Rank the candidates of several sources together.

    Args:
        sources: what each proposes; scores are scaled to at most 1 in each.
        popularity: float32, shape (n_items,): present sales; tempers all sources but repurchase.
    """
    items = np.unique(np.concatenate([source.items for source in sources]))
    share = (popularity[items] + 1) / (popularity.max(initial=0) + 1)
    terms = np.zeros((len(items), len(sources)), dtype=np.float32)
    for column, source in enumerate(sources):
        scaled = WEIGHTS[source.source] * source.scores / source.scores.max(initial=1e-9)
        terms[np.searchsorted(items, source.items), column] = scaled
        if source.source is not Source.REPURCHASE:
            terms[:, column] *= share**POPULARITY_EXPONENT
    scores = terms.sum(axis=1) / sum(WEIGHTS[source.source] for source in sources)
    order = np.lexsort((items, -scores))
    strongest = terms.argmax(axis=1)
    return Ranking(items[order], scores[order], tuple(sources[strongest[i]].source for i in order))
