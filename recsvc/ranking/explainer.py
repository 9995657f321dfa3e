"""Why an item is at its place in a list, or what kept it out."""

import numpy as np
from numpy.typing import NDArray

from recsvc.ranking.affinity import NEW_PROPOSERS, newcomer_terms
from recsvc.ranking.als import tastes
from recsvc.ranking.case import Case, visible
from recsvc.ranking.contributions import contributions
from recsvc.ranking.explanation import (
    Circumstances,
    Explanation,
    FeatureView,
    Judgement,
    KeptOut,
    Obstacle,
    Purchase,
)
from recsvc.ranking.features import FEATURES
from recsvc.ranking.obstacles import kept_out_by
from recsvc.ranking.query import Placement, Query, Source
from recsvc.ranking.recommender import Recommender
from recsvc.ranking.repurchase import due
from recsvc.ranking.source_views import source_views
from recsvc.ranking.steps import Steps

MAX_PURCHASES = 10
"""At most so many purchases are named behind an item."""

ORDINARY = Circumstances()


def explain(
    recommender: Recommender, query: Query, item_id: str, circumstances: Circumstances = ORDINARY
) -> Explanation:
    """Return why ``item_id`` is at its place in the list for ``query``, or what kept it out.

    The list is made as for the shopper, and its steps are looked at. Raises what ``Recommender.recommend`` raises.
    """
    newcomers = circumstances.newcomers or recommender.no_newcomers
    steps = recommender.steps(
        query, circumstances.live, circumstances.room, circumstances.selection, newcomers
    )
    item = newcomers.known.index_of(item_id)
    if item is None:
        return _of_unknown(steps, len(visible(steps, query, circumstances)))
    case = Case(recommender, query, circumstances, steps, newcomers, item)
    place, candidate_place = case.place, case.candidate_place
    is_shown = place is not None
    return Explanation(
        strategy=steps.strategy,
        n_shown=len(case.visible),
        n_candidates=len(case.candidates),
        kept_out_by=None if is_shown else kept_out_by(case),
        rank=None if place is None else place + 1,
        score=None if place is None else round(float(case.visible.scores[place]), 4),
        reason=None if place is None else steps.evidence.explain(case.visible.chosen(np.asarray([place])))[0],
        candidate_rank=None if candidate_place is None else candidate_place + 1,
        sources=() if case.is_new else source_views(case),
        judgement=_judgement(case) if case.has_taste and not case.is_new else None,
        due_within_week=_due(case),
        because_of=_because_of(case),
    )


def _of_unknown(steps: Steps, n_shown: int) -> Explanation:
    detail = "the model has never seen it: the training data has no order of it"
    return Explanation(steps.strategy, n_shown, len(steps.ranking), KeptOut(Obstacle.UNKNOWN_ITEM, detail))


def _judgement(case: Case) -> Judgement:
    row, values = case.judged_row, case.judged.features[case.judged_row].tolist()
    terms = case.recommender.rankers[case.repeats].contributions(case.judged.features, row)
    added = terms.of_features.tolist()
    views = (
        FeatureView(name, value if np.isfinite(value) else None, term)
        for name, value, term in zip(FEATURES, values, added, strict=True)
    )
    ordered = tuple(sorted(views, key=lambda one: -abs(one.contribution)))
    return Judgement(float(case.judged.scores[row]), terms.base, ordered)


def _due(case: Case) -> float | None:
    if case.query.placement is not Placement.BUY_AGAIN or not case.has_taste or not case.model.is_dated:
        return None
    history = case.shopper.history.bought()
    chance = due(case.model, history)[history.items == case.item]
    return float(chance[0]) if len(chance) else None


def _because_of(case: Case) -> tuple[Purchase, ...]:
    """Return what the source that proposes the item sums over, as far as it speaks for the item."""
    terms = _terms(case)
    if terms.sum() <= 0:
        return ()
    positive = np.maximum(terms, 0)
    strongest = np.argsort(-positive, kind="stable")[: min(MAX_PURCHASES, int((positive > 0).sum()))]
    return tuple(_purchase(case, int(place), float(positive[place] / positive.sum())) for place in strongest)


def _terms(case: Case) -> NDArray[np.float64]:
    history, proposer = case.shopper.history, case.proposer
    if proposer in NEW_PROPOSERS:
        items = np.asarray([case.item], dtype=np.int32)
        return np.asarray(newcomer_terms(tastes(case.model, history), case.newcomers, proposer, items)[0])
    if case.is_new:
        return np.zeros(len(history))
    if proposer == Source.REPURCHASE:
        return np.asarray(history.items == case.item, dtype=np.float64)
    terms = contributions(case.model, history, proposer, np.asarray([case.item], dtype=np.int32))
    return np.asarray(terms[0])


def _purchase(case: Case, place: int, share: float) -> Purchase:
    history = case.shopper.history
    item_id = case.model.items.id_of(int(history.items[place]))
    if case.shopper.taste_in(case.model) is None:
        return Purchase(item_id, share)
    days = int(history.age_days[place]) if case.model.is_dated else None
    return Purchase(item_id, share, int(history.orders[place]), days)
