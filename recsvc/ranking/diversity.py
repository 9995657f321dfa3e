"""Fewer items of one category in a list, for some of its relevance."""

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.ranking.ranking import Ranking

POOL = 5
"""A list is chosen from the first so many times as many items."""


def diversified(model: Model, ranking: Ranking, diversity: float, n: int) -> Ranking:
    """Return at most ``n`` items, chosen one after the other by maximal marginal relevance.

    Carbonell, Goldstein: The use of MMR, diversity-based reranking (SIGIR 1998): each place goes to the item
    with the highest ``(1 - diversity) * score - diversity * overlap`` with what is chosen already. The overlap
    of two items is the share of their categories, of all levels, that they have in common. The ranking itself is
    returned where ``diversity`` is 0 or the model knows no categories.
    """
    if not diversity or not len(model.categories) or not len(ranking):
        return ranking
    pool = ranking.first(POOL * n)
    overlaps = _overlaps(model, pool.items)
    relevance = (1 - diversity) * pool.scores.astype(np.float64)
    nearest = np.zeros(len(pool))
    chosen: list[int] = []
    for _ in range(min(n, len(pool))):
        marginal = relevance - diversity * nearest
        marginal[chosen] = -np.inf
        best = int(marginal.argmax())
        chosen.append(best)
        nearest = np.maximum(nearest, overlaps[best])
    return pool.chosen(np.asarray(chosen, dtype=np.int64))


def _overlaps(model: Model, items: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return the Jaccard similarity of the categories of each two items; float64, shape (n, n)."""
    place, categories, _ = model.item_categories.entries(items)
    known, column = np.unique(categories, return_inverse=True)
    within = np.zeros((len(items), len(known)))
    within[place, column] = 1
    common = within @ within.T
    sizes = within.sum(axis=1)
    return np.asarray(common / np.maximum(sizes[:, np.newaxis] + sizes - common, 1), dtype=np.float64)
