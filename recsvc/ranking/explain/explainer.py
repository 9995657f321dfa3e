"""Why an item is at its place in a list, or what kept it out."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from recsvc.ranking.als import tastes
from recsvc.ranking.candidates import SOURCES, own_scores
from recsvc.ranking.contributions import contributions
from recsvc.ranking.explain.explanation import (
    Circumstances,
    Explanation,
    FeatureView,
    Judgement,
    KeptOut,
    Obstacle,
    Purchase,
    SourceView,
)
from recsvc.ranking.explain.item_trace import ItemTrace, visible
from recsvc.ranking.explain.obstacles import kept_out_by
from recsvc.ranking.features import FEATURES
from recsvc.ranking.query import Placement, Query, Source
from recsvc.ranking.recommender import Recommender
from recsvc.ranking.repurchase import due
from recsvc.ranking.sources.cold_start import NEW_PROPOSERS, cold_start_terms
from recsvc.ranking.trace import RankingTrace


def source_views(item_trace: ItemTrace) -> tuple[SourceView, ...]:
    """Return the sources that took part in the list: all twelve, or what goes with the context, or what sells."""
    views: list[SourceView] = []
    if item_trace.has_taste:
        views.extend(_of_ranker(item_trace))
    elif len(item_trace.shopper.history):
        views.append(_of_context(item_trace))
    if item_trace.is_filled or not views:
        views.extend(_of_fallback(item_trace))
    return tuple(views)


def _of_ranker(item_trace: ItemTrace) -> Iterator[SourceView]:
    shopper, item = item_trace.shopper, item_trace.item
    scores = item_trace.recommender.proposer.scores(shopper)
    proposed = item_trace.recommender.proposer.proposed(shopper, scores, repeats=item_trace.repeats)
    everything = np.arange(item_trace.model.n_items, dtype=np.int32)
    for source in SOURCES:
        values = scores[source].of(everything)
        yield _view(source, values, float(values[item]), item in proposed[source])
    if item_trace.repeats:
        history = shopper.history.bought()
        own = own_scores(history)
        mine = float(own[history.items == item].sum())
        yield _view(Source.REPURCHASE, own, mine, item in proposed[Source.REPURCHASE])


def _of_context(item_trace: ItemTrace) -> SourceView:
    name = "cart" if item_trace.query.placement is Placement.BOUGHT_TOGETHER else "similar"
    everything = np.arange(item_trace.model.n_items, dtype=np.int32)
    values = (
        contributions(item_trace.model, item_trace.shopper.history, name, everything)
        .sum(axis=1)
        .astype(np.float32)
    )
    return _view(
        name, values, float(values[item_trace.item]), item_trace.item in item_trace.steps.ranking.items
    )


def _of_fallback(item_trace: ItemTrace) -> Iterator[SourceView]:
    fallback, shown = item_trace.recommender.fallback, item_trace.visible
    everything = np.arange(item_trace.model.n_items, dtype=np.int32)
    for source, scores in ((Source.TRENDING, fallback.rising), (Source.POPULAR, fallback.selling)):
        values = scores.of(everything)
        is_proposed = item_trace.place is not None and shown.proposers[item_trace.place] == source
        yield _view(source, values, float(values[item_trace.item]), is_proposed)


def _view(name: str, values: NDArray[np.float32], value: float, proposed: bool) -> SourceView:
    rank = 1 + int((values > np.float32(value)).sum()) if value > 0 else None
    return SourceView(name, value, rank, int((values > 0).sum()), proposed)


MAX_PURCHASES = 10
"""At most so many purchases are named behind an item."""

ORDINARY = Circumstances()


def explain(
    recommender: Recommender, query: Query, item_id: str, circumstances: Circumstances = ORDINARY
) -> Explanation:
    """Return why ``item_id`` is at its place in the list for ``query``, or what kept it out.

    The list is made as for the shopper, and its steps are looked at. Raises what ``Recommender.recommend`` raises.
    """
    cold_start = circumstances.cold_start or recommender.no_cold_start
    steps = recommender.steps(
        query, circumstances.live, circumstances.over_fetch, circumstances.selection, cold_start
    )
    item = cold_start.known.index_of(item_id)
    if item is None:
        return _of_unknown(steps, len(visible(steps, query, circumstances)))
    item_trace = ItemTrace(recommender, query, circumstances, steps, cold_start, item)
    place, candidate_place = item_trace.place, item_trace.candidate_place
    is_shown = place is not None
    return Explanation(
        strategy=steps.strategy,
        n_shown=len(item_trace.visible),
        n_candidates=len(item_trace.candidates),
        kept_out_by=None if is_shown else kept_out_by(item_trace),
        rank=None if place is None else place + 1,
        score=None if place is None else round(float(item_trace.visible.scores[place]), 4),
        reason=None
        if place is None
        else steps.evidence.explain(item_trace.visible.chosen(np.asarray([place])))[0],
        candidate_rank=None if candidate_place is None else candidate_place + 1,
        sources=() if item_trace.is_new else source_views(item_trace),
        judgement=_judgement(item_trace) if item_trace.has_taste and not item_trace.is_new else None,
        due_within_week=_due(item_trace),
        because_of=_because_of(item_trace),
    )


def _of_unknown(steps: RankingTrace, n_shown: int) -> Explanation:
    detail = "the model has never seen it: the training data has no order of it"
    return Explanation(steps.strategy, n_shown, len(steps.ranking), KeptOut(Obstacle.UNKNOWN_ITEM, detail))


def _judgement(item_trace: ItemTrace) -> Judgement:
    row, values = item_trace.judged_row, item_trace.judged.features[item_trace.judged_row].tolist()
    terms = item_trace.recommender.rankers[item_trace.repeats].contributions(item_trace.judged.features, row)
    added = terms.of_features.tolist()
    views = (
        FeatureView(name, value if np.isfinite(value) else None, term)
        for name, value, term in zip(FEATURES, values, added, strict=True)
    )
    ordered = tuple(sorted(views, key=lambda one: -abs(one.contribution)))
    return Judgement(float(item_trace.judged.scores[row]), terms.base, ordered)


def _due(item_trace: ItemTrace) -> float | None:
    if (
        item_trace.query.placement is not Placement.BUY_AGAIN
        or not item_trace.has_taste
        or not item_trace.model.is_dated
    ):
        return None
    history = item_trace.shopper.history.bought()
    chance = due(item_trace.model, history)[history.items == item_trace.item]
    return float(chance[0]) if len(chance) else None


def _because_of(item_trace: ItemTrace) -> tuple[Purchase, ...]:
    """Return what the source that proposes the item sums over, as far as it speaks for the item."""
    terms = _terms(item_trace)
    if terms.sum() <= 0:
        return ()
    positive = np.maximum(terms, 0)
    strongest = np.argsort(-positive, kind="stable")[: min(MAX_PURCHASES, int((positive > 0).sum()))]
    return tuple(
        _purchase(item_trace, int(place), float(positive[place] / positive.sum())) for place in strongest
    )


def _terms(item_trace: ItemTrace) -> NDArray[np.float64]:
    history, proposer = item_trace.shopper.history, item_trace.proposer
    if proposer in NEW_PROPOSERS:
        items = np.asarray([item_trace.item], dtype=np.int32)
        return np.asarray(
            cold_start_terms(tastes(item_trace.model, history), item_trace.cold_start, proposer, items)[0]
        )
    if item_trace.is_new:
        return np.zeros(len(history))
    if proposer == Source.REPURCHASE:
        return np.asarray(history.items == item_trace.item, dtype=np.float64)
    terms = contributions(item_trace.model, history, proposer, np.asarray([item_trace.item], dtype=np.int32))
    return np.asarray(terms[0])


def _purchase(item_trace: ItemTrace, place: int, share: float) -> Purchase:
    history = item_trace.shopper.history
    item_id = item_trace.model.items.id_of(int(history.items[place]))
    if item_trace.shopper.taste_in(item_trace.model) is None:
        return Purchase(item_id, share)
    days = int(history.age_days[place]) if item_trace.model.is_dated else None
    return Purchase(item_id, share, int(history.orders[place]), days)
