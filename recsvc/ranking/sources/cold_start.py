"""Which cold-start items a user may like, and why."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.ranking.cold_start import ColdStartItems, unit
from recsvc.ranking.content_map import content_of, products, purchase_weights
from recsvc.ranking.query import Source
from recsvc.ranking.ranking import Ranking
from recsvc.ranking.scores import best_first
from recsvc.ranking.sources.als import user_parts
from recsvc.ranking.sources.base import Terms
from recsvc.ranking.user_state import UserState

BY_CONTENT, BY_BUYERS = "cold_start_content", "cold_start_buyers"
PUBLIC_NAMES: Mapping[str, Source] = {BY_CONTENT: Source.CATEGORY, BY_BUYERS: Source.ALS}
"""What proposes a cold-start item, and what it is called in answers."""

FEW_BUYERS = 3.0
"""Evidence of so many first buyers is worth half of that of very many."""

OF_BUYERS = 10.0
"""What the cosine with the first buyers counts, on the scale of logarithms."""

USUAL = 5.0
"""Each user is taken to have bought so much as everybody does: of few purchases little is learned."""

LEAST_TASTE = 0.2
"""So much of the mean product with the taste is added to each: it may be nothing, or less."""

FLOOR = 1.0
"""A cold-start item is shown to a user only above this affinity."""

HIGHEST = 50.0
"""No logarithm of an affinity is larger."""

SIMILAR_ITEMS = 300
"""A list for a cold-start item is made from so many items of each source."""

LIKENESS, SALES = 3.0, 0.1
"""What counts how much in it, as it usually does in what training finds to be alternatives."""

ALIKE, MANY_ITEMS = 0.3, 20_000
"""Where no category is known, what is less alike is no alternative, and of more items none is looked for.

Of a category with more items those that sell best are looked at.
"""

Floats = NDArray[np.floating[Any]]


def affinity_of(model: Model, cold_start: ColdStartItems, user: UserState) -> NDArray[np.float32]:
    """Return how much more readily than anybody a user buys the cold-start items; float32, shape (n_new,).

    It is 1 for what is as readily bought, and 0 where neither a feature nor a buyer is known. It orders items; larger
    values are no measured ratios. The user has factors.
    """
    return _affinity(cold_start, _evidence(model, cold_start, user))


def _affinity(cold_start: ColdStartItems, evidence: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    # A model may hold values that no shop has: what is no number says nothing.
    evident = np.nan_to_num(sum(evidence.values()), nan=-HIGHEST)
    affinity = np.exp(np.clip(evident, -HIGHEST, HIGHEST))
    is_known = (cold_start.content_sold > 0) | (cold_start.n_buyers > 0)
    return np.where(is_known, affinity, 0).astype(np.float32)


def content_evidence(
    alike: Floats,
    sold: Floats,
    bought: Floats,
    product: Floats,
    weights: tuple[float, float],
) -> NDArray[np.float32]:
    """Return the logarithm of how many times as readily as anybody a user buys items, by what these are.

    The shapes are (n_items,), or (n_users, n_items) with ``bought`` of shape (n_users, 1).

    Args:
        alike: how much of what the user bought is like the item.
        sold: how much of all purchases is.
        bought: how much the user bought.
        product: of the direction of the user's factors and the factors that the features of the item foretell.
        weights: ``Model.cold_start_weights``.
    """
    taste, mean = weights
    least = max(LEAST_TASTE * mean, 1e-9)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        ratio = (alike / np.maximum(sold, 1e-9) + USUAL) / (bought + USUAL)
        tasted = (np.maximum(product, 0) + least) / (max(mean, 0) + least)
        return np.asarray(np.log(ratio) + taste * np.log(tasted), dtype=np.float32)


def liked(model: Model, cold_start: ColdStartItems, user: UserState) -> Ranking:
    """Return the cold-start items that a user buys more readily than anybody, and may see, the likest first."""
    evidence = _evidence(model, cold_start, user)
    affinity = _affinity(cold_start, evidence)
    excluded = user.excluded
    affinity[(affinity <= FLOOR) | ~cold_start.is_sold] = 0
    affinity[excluded[excluded >= cold_start.first_index] - cold_start.first_index] = 0
    shown = best_first(affinity, len(cold_start))
    by_buyers = evidence[BY_BUYERS][shown] > evidence[BY_CONTENT][shown]
    proposers = tuple(BY_BUYERS if is_nearer else BY_CONTENT for is_nearer in by_buyers)
    return Ranking.of((cold_start.first_index + shown).astype(np.int32), affinity[shown], proposers)


def trust(cold_start: ColdStartItems) -> NDArray[np.float32]:
    """Return how much the first buyers of each item say, 0..1: one says little; float32, shape (n_new,)."""
    return np.asarray(cold_start.n_buyers / (cold_start.n_buyers + FEW_BUYERS), dtype=np.float32)


def _evidence(model: Model, cold_start: ColdStartItems, user: UserState) -> dict[str, NDArray[np.float32]]:
    """Return what content and first buyers add to the logarithm of the affinity; float32, shape (n_new,) each."""
    factors, history = user.factors_in(model), user.history
    if factors is None:
        factors = np.zeros(model.n_factors, dtype=np.float32)
    by_content = content_evidence(
        products(cold_start.content, content_of(model, history)),
        cold_start.content_sold,
        purchase_weights(history).sum(keepdims=True),
        cold_start.content_tastes @ unit(factors),
        _weights(model),
    )
    nearness = np.maximum(cold_start.buyer_tastes @ unit(factors), 0)
    return {
        BY_CONTENT: np.where(cold_start.content_sold > 0, by_content, np.float32(0)),
        BY_BUYERS: np.asarray(OF_BUYERS * trust(cold_start) * nearness, dtype=np.float32),
    }


def _weights(model: Model) -> tuple[float, float]:
    taste, mean = model.cold_start_weights.tolist()
    return taste, mean


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
    model: Model, cold_start: ColdStartItems, user: UserState, proposer: str, items: NDArray[np.int32]
) -> Terms:
    """Return what the evidence that ``proposer`` has would lose without each purchase, at least 0.

    float64, shape (n_items, n_history).
    """
    places = items - cold_start.first_index
    if proposer == BY_BUYERS:
        return np.asarray(cold_start.buyer_tastes[places] @ user.once(user_parts, model).T, dtype=np.float64)
    lost = [_lost_content(model, cold_start, user, place) for place in places.tolist()]
    return np.stack(lost) if lost else np.zeros((0, len(user.history)))


def _lost_content(model: Model, cold_start: ColdStartItems, user: UserState, place: int) -> Terms:
    columns, values = cold_start.content.row(place)
    vector = np.zeros(cold_start.content.n_columns, dtype=np.float32)
    vector[columns] = values
    row, features, shares = model.item_content.entries(user.history.items)
    weights = purchase_weights(user.history)
    alike = np.bincount(row, shares * vector[features], len(weights)) * weights
    parts = user.once(user_parts, model)
    # The direction of the factors is what counts, and their length is taken as it is with all purchases.
    length = max(float(np.linalg.norm(parts.sum(axis=0))), 1e-9)
    tasted = parts @ cold_start.content_tastes[place] / length

    def evidence(kept: Terms) -> Terms:
        """Return the evidence of the purchases that are ``kept``; shape (n_kept, n_history)."""
        alike_, bought, tasted_ = kept @ alike, kept @ weights, kept @ tasted
        sold = cold_start.content_sold[[place]]
        return content_evidence(alike_, sold, bought, tasted_, _weights(model)).astype(np.float64)

    n = len(weights)
    return np.maximum(evidence(np.ones((1, n))) - evidence(1 - np.eye(n)), 0)


def similar_to_cold_start(
    model: Model, cold_start: ColdStartItems, looked_at: NDArray[np.int32], excluded: NDArray[np.int32]
) -> Ranking:
    """Return what is like the cold-start items at the indices ``looked_at``: int32, shape (n,).

    Of their narrowest categories, or of all items where none is known, the likest by title, categories and what else is
    said, and of these what sells; and what goes with the tastes of their first buyers.
    """
    places = looked_at - cold_start.first_index
    _, categories, weights = cold_start.narrowest.entries(places)
    by_category = np.zeros(model.n_items, dtype=np.float32)
    found, (sums,) = model.category_items.weighted_sums(categories, weights[np.newaxis])
    is_of_kind = len(found) > 0
    if len(found) > MANY_ITEMS:
        best = np.sort(np.argpartition(-sums, MANY_ITEMS)[:MANY_ITEMS])
        found, sums = found[best], sums[best]
    if not is_of_kind and model.n_items <= MANY_ITEMS:
        found, sums = np.arange(model.n_items, dtype=np.int32), model.popularity[0]
    alike = _alike(model, cold_start, places, found)
    if not is_of_kind:
        found, sums, alike = found[alike >= ALIKE], sums[alike >= ALIKE], alike[alike >= ALIKE]
    by_category[found] = _scaled(LIKENESS * _scaled(alike) + SALES * _scaled(sums))
    taste = trust(cold_start)[places] @ cold_start.buyer_tastes[places]
    by_buyers = np.zeros(model.n_items, dtype=np.float32)
    if taste.any():  # the product with all items is most of what the list costs in a large catalogue
        by_buyers = _scaled(np.maximum(model.item_factors @ taste, 0)) * trust(cold_start)[places].max()
    scores = by_category + by_buyers
    scores[excluded[excluded < model.n_items]] = 0
    items = np.flatnonzero(scores > 0).astype(np.int32)
    items = items[np.argsort(-scores[items], kind="stable")][:SIMILAR_ITEMS]
    proposers = tuple(Source.ALS if by_buyers[i] > by_category[i] else Source.CATEGORY for i in items)
    return Ranking.of(items, scores[items], proposers)


def _alike(
    model: Model, cold_start: ColdStartItems, places: NDArray[np.int32], items: NDArray[np.int32]
) -> NDArray[np.float32]:
    """Return how like ``items`` of the model are to the cold-start items at ``places``; float32, shape (n_items,)."""
    _, features, values = cold_start.content.entries(places)
    said = np.bincount(features, values, cold_start.content.n_columns)
    item, columns, of_items = model.item_content.entries(items)
    return np.bincount(item, of_items * said[columns], len(items)).astype(np.float32)


def _scaled(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(values / max(float(values.max(initial=0)), 1e-9), dtype=np.float32)
