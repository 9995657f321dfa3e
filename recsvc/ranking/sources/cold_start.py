"""Which cold-start items a user may like, and why."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.ranking.cold_start import ColdStartItems, unit
from recsvc.ranking.query import Source
from recsvc.ranking.ranking import Ranking
from recsvc.ranking.scores import best_first

BY_CATEGORY, BY_BUYERS = "cold_start_category", "cold_start_buyers"
PUBLIC_NAMES: Mapping[str, Source] = {BY_CATEGORY: Source.CATEGORY, BY_BUYERS: Source.ALS}
"""What proposes a cold-start item, and what it is called in answers."""

FEW_BUYERS = 3.0
"""Evidence of so many first buyers is worth half of that of very many."""

FLOOR = 0.1
"""Below this affinity a cold-start item is bought no more often than any; see ``benchmarks/new_items.py``."""

SIMILAR_ITEMS = 300
"""A list for a cold-start item is made from so many items of each source."""

_TASTES: Mapping[str, str] = {BY_CATEGORY: "category_tastes", BY_BUYERS: "buyer_tastes"}


def affinity_of(cold_start: ColdStartItems, taste: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how near the cold-start items are to ``taste``, 0..1; float32, shape (n_new,).

    ``1 - (1 - by category) * (1 - by buyers)``: either is enough, and both say more.
    """
    return np.asarray(
        1 - np.prod([1 - near for near in _near(cold_start, taste).values()], axis=0), np.float32
    )


def liked(
    cold_start: ColdStartItems, taste: NDArray[np.float32], excluded: NDArray[np.int32], n: int
) -> Ranking:
    """Return the ``n`` cold-start items nearest to ``taste`` that are sold and not ``excluded``, nearest first."""
    near, affinity = _near(cold_start, taste), affinity_of(cold_start, taste)
    indices = np.arange(cold_start.first_index, len(cold_start.known), dtype=np.int32)
    affinity[(affinity < FLOOR) | ~cold_start.is_sold] = 0
    affinity[excluded[excluded >= cold_start.first_index] - cold_start.first_index] = 0
    shown = best_first(affinity, n)
    by_buyers = near[BY_BUYERS][shown] > near[BY_CATEGORY][shown]
    proposers = tuple(BY_BUYERS if is_nearer else BY_CATEGORY for is_nearer in by_buyers)
    return Ranking.of(indices[shown], affinity[shown], proposers)


def trust(cold_start: ColdStartItems) -> NDArray[np.float32]:
    """Return how much the first buyers of each item say, 0..1: one says little; float32, shape (n_new,)."""
    return np.asarray(cold_start.n_buyers / (cold_start.n_buyers + FEW_BUYERS), dtype=np.float32)


def _near(cold_start: ColdStartItems, taste: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """Return the mean cosine with what sells in the categories of each item, and with its first buyers."""
    own = unit(taste)
    near = {name: np.maximum(getattr(cold_start, table) @ own, 0) for name, table in _TASTES.items()}
    near[BY_BUYERS] *= trust(cold_start)
    return near


def with_cold_start(ranking: Ranking, liked_ones: Ranking, share: float, n: int) -> Ranking:
    """Return ``ranking`` with cold-start items at some of its first ``n`` places, as long as before.

    Of each ``1 / share`` places one is theirs, behind the middle: never the first. Such an item has the score of
    what stood there, because its own is not comparable.
    """
    places = cold_start_places(share, min(n, len(ranking)))[: len(liked_ones)]
    if not len(places):
        return ranking
    before = places - np.arange(len(places))  # as many fewer as were put in above
    items = np.insert(ranking.items, before, liked_ones.items[: len(places)])
    scores = np.insert(ranking.scores, before, ranking.scores[before])
    proposers = list(ranking.proposers)
    for place, proposer in zip(places, liked_ones.proposers, strict=False):
        proposers.insert(int(place), proposer)
    return Ranking(items, scores, tuple(proposers)).first(len(ranking))


def cold_start_places(share: float, n: int) -> NDArray[np.int64]:
    """Return the places, 0 for the first, that cold-start items have in a list of ``n``; int64, shape (n_places,)."""
    count = int(share * n + 1e-9)
    return ((np.arange(count) + 0.65) / max(share, 1e-9)).astype(np.int64)


def cold_start_terms(
    parts: NDArray[np.float64], cold_start: ColdStartItems, proposer: str, items: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Return what each purchase adds to the affinity that ``proposer`` sees; float64, shape (n_items, n_history).

    ``parts``: as ``als.factor_parts`` returns them.
    """
    table = getattr(cold_start, _TASTES[proposer])[items - cold_start.first_index]
    return np.asarray(table @ parts.T, dtype=np.float64)


def similar_to_cold_start(
    model: Model, cold_start: ColdStartItems, looked_at: NDArray[np.int32], excluded: NDArray[np.int32]
) -> Ranking:
    """Return what is like the cold-start items at the indices ``looked_at``: int32, shape (n,).

    The best sellers of their narrowest categories, and what goes with the tastes of their first buyers.
    """
    places = looked_at - cold_start.first_index
    _, categories, weights = cold_start.narrowest.entries(places)
    by_category = np.zeros(model.n_items, dtype=np.float32)
    found, (sums,) = model.category_items.weighted_sums(categories, weights[np.newaxis])
    by_category[found] = _scaled(sums)
    taste = trust(cold_start)[places] @ cold_start.buyer_tastes[places]
    by_buyers = _scaled(np.maximum(model.item_factors @ taste, 0)) * trust(cold_start)[places].max(initial=0)
    scores = by_category + by_buyers
    scores[excluded[excluded < model.n_items]] = 0
    items = np.flatnonzero(scores > 0).astype(np.int32)
    items = items[np.argsort(-scores[items], kind="stable")][:SIMILAR_ITEMS]
    proposers = tuple(Source.ALS if by_buyers[i] > by_category[i] else Source.CATEGORY for i in items)
    return Ranking.of(items, scores[items], proposers)


def _scaled(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(values / max(float(values.max(initial=0)), 1e-9), dtype=np.float32)
