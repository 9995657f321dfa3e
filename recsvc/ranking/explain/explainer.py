"""Why an item is at its place in a list, or what kept it out."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

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
from recsvc.ranking.query import Placement, Query, Source
from recsvc.ranking.recommender import RankingTrace, Recommender
from recsvc.ranking.scores import Scores
from recsvc.ranking.sources.repurchase import due, own_scores


def source_views(item_trace: ItemTrace) -> tuple[SourceView, ...]:
    """Return the sources that took part in the list: all twelve, or what goes with the context, or what sells."""
    views: list[SourceView] = []
    if item_trace.is_ranked:
        views.extend(_of_ranker(item_trace))
    elif len(item_trace.user.history):
        views.extend(_of_context(item_trace))
    if item_trace.is_filled or not views:
        views.extend(_of_fallback(item_trace))
    return tuple(views)


def _of_ranker(item_trace: ItemTrace) -> Iterator[SourceView]:
    user, item, proposer = item_trace.user, item_trace.item, item_trace.recommender.judge.proposer
    scores, repeats = proposer.scores(user), item_trace.placement.repeats
    proposed = proposer.proposed(user, scores, repeats=repeats)
    for source, of in scores.items():
        yield _of_scores(item_trace, source.name, of, is_proposed=item in proposed[source.name])
    if repeats:
        history = user.history.bought()
        own = own_scores(history)
        mine = float(own[history.items == item].sum())
        yield _view(Source.REPURCHASE, own, mine, item in proposed[Source.REPURCHASE])


def _of_context(item_trace: ItemTrace) -> Iterator[SourceView]:
    item, everything = item_trace.item, np.arange(item_trace.model.n_items, dtype=np.int32)
    for source in item_trace.placement.context_sources:
        values = source(item_trace.model).terms(item_trace.user, everything).sum(axis=1).astype(np.float32)
        yield _view(
            source.name,
            values,
            float(values[item]),
            item in item_trace.trace.ranking.items and values[item] > 0,
        )


def _of_fallback(item_trace: ItemTrace) -> Iterator[SourceView]:
    fallback, place = item_trace.recommender.fallback, item_trace.place
    proposer = None if place is None else item_trace.visible.proposers[place]
    for source, scores in ((Source.TRENDING, fallback.rising), (Source.POPULAR, fallback.selling)):
        yield _of_scores(item_trace, source, scores, is_proposed=proposer == source)


def _of_scores(item_trace: ItemTrace, name: str, scores: Scores, *, is_proposed: bool) -> SourceView:
    values = scores.of(np.arange(item_trace.model.n_items, dtype=np.int32))
    return _view(name, values, float(values[item_trace.item]), is_proposed)


def _view(name: str, values: NDArray[np.float32], value: float, is_proposed: bool) -> SourceView:
    rank = 1 + int((values > np.float32(value)).sum()) if value > 0 else None
    return SourceView(name, value, rank, int((values > 0).sum()), is_proposed)


MAX_PURCHASES = 10
"""At most so many purchases are named behind an item."""

ORDINARY = Circumstances()


def explain(
    recommender: Recommender, query: Query, item_id: str, circumstances: Circumstances = ORDINARY
) -> Explanation:
    """Return why ``item_id`` is at its place in the list for ``query``, or what kept it out.

    The list is made once more, and its trace is looked at. Raises what ``Recommender.recommend`` raises.
    """
    cold_start = circumstances.cold_start or recommender.no_cold_start
    trace = recommender.trace(
        query, circumstances.live, circumstances.over_fetch, circumstances.selection, cold_start
    )
    item = cold_start.known.index_of(item_id)
    if item is None:
        n_shown = len(visible(trace, query, circumstances))
        return _of_unknown(trace, n_shown, query.placement)
    item_trace = ItemTrace(recommender, query, circumstances, trace, cold_start, item)
    explanation = Explanation(
        strategy=trace.strategy,
        n_shown=len(item_trace.visible),
        n_candidates=len(item_trace.candidates),
        placement=query.placement,
        candidate_rank=None if item_trace.candidate_place is None else item_trace.candidate_place + 1,
        sources=() if item_trace.is_new else source_views(item_trace),
        judgement=_judgement(item_trace) if item_trace.is_ranked and not item_trace.is_new else None,
        due_within_week=_due(item_trace),
        because_of=_because_of(item_trace),
    )
    place = item_trace.place
    if place is None:
        return replace(explanation, kept_out_by=kept_out_by(item_trace))
    reason = trace.reasons[int(np.flatnonzero(trace.shown.items == item)[0])]
    score = round(float(item_trace.visible.scores[place]), 4)
    return replace(explanation, rank=place + 1, score=score, reason=reason)


def _of_unknown(trace: RankingTrace, n_shown: int, placement: Placement) -> Explanation:
    detail = "the model has never seen it: the training data has no order of it"
    unknown = KeptOut(Obstacle.UNKNOWN_ITEM, detail)
    return Explanation(trace.strategy, n_shown, len(trace.ranking), placement, unknown)


def _judgement(item_trace: ItemTrace) -> Judgement:
    judge, judged, row = item_trace.recommender.judge, item_trace.judged, item_trace.judged_row
    terms = judge.rankers[item_trace.placement.repeats].contributions(judged.features, row)
    rows = zip(judge.feature_topics, judged.features[row].tolist(), terms.of_features.tolist(), strict=True)
    views = (
        FeatureView(name, value if np.isfinite(value) else None, term, judge.feature_topics[name])
        for name, value, term in rows
    )
    ordered = tuple(sorted(views, key=lambda view: -abs(view.contribution)))
    return Judgement(float(judged.scores[row]), terms.base, ordered, item_trace.placement.repeats)


def _due(item_trace: ItemTrace) -> float | None:
    is_said = item_trace.placement.shows_when_due and item_trace.is_ranked
    if not is_said or not item_trace.model.is_dated:
        return None
    history = item_trace.user.history.bought()
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
    history, proposer = item_trace.user.history, item_trace.proposer
    if proposer == Source.REPURCHASE:
        return np.asarray(history.items == item_trace.item, dtype=np.float64)
    item = np.asarray([item_trace.item], dtype=np.int32)
    if item_trace.is_ranked and not item_trace.is_new:
        return np.asarray(item_trace.trace.evidence.causes(item_trace.judged, item).lifts()[0])
    return np.asarray(item_trace.trace.evidence.terms(proposer, item)[0])


def _purchase(item_trace: ItemTrace, place: int, share: float) -> Purchase:
    history = item_trace.user.history
    item_id = item_trace.model.items.id_of(int(history.items[place]))
    if item_trace.user.factors_in(item_trace.model) is None:
        return Purchase(item_id, share)
    days = int(history.age_days[place]) if item_trace.model.is_dated else None
    return Purchase(item_id, share, int(history.orders[place]), days)
