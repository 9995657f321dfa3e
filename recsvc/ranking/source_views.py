"""What each source of a list thinks of one item."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from recsvc.ranking.candidates import SOURCES
from recsvc.ranking.case import Case
from recsvc.ranking.contributions import contributions
from recsvc.ranking.explanation import SourceView
from recsvc.ranking.proposer import own_scores
from recsvc.ranking.query import Placement, Source


def source_views(case: Case) -> tuple[SourceView, ...]:
    """Return the sources that took part in the list: all twelve, or what goes with the context, or what sells."""
    views: list[SourceView] = []
    if case.has_taste:
        views.extend(_of_ranker(case))
    elif len(case.shopper.history):
        views.append(_of_context(case))
    if case.is_filled or not views:
        views.extend(_of_fallback(case))
    return tuple(views)


def _of_ranker(case: Case) -> Iterator[SourceView]:
    shopper, item = case.shopper, case.item
    scores = case.recommender.proposer.scores(shopper)
    proposed = case.recommender.proposer.proposed(shopper, scores, repeats=case.repeats)
    everything = np.arange(case.model.n_items, dtype=np.int32)
    for source in SOURCES:
        values = scores[source].of(everything)
        yield _view(source, values, float(values[item]), item in proposed[source])
    if case.repeats:
        history = shopper.history.bought()
        own = own_scores(history)
        mine = float(own[history.items == item].sum())
        yield _view(Source.REPURCHASE, own, mine, item in proposed[Source.REPURCHASE])


def _of_context(case: Case) -> SourceView:
    name = "cart" if case.query.placement is Placement.BOUGHT_TOGETHER else "similar"
    everything = np.arange(case.model.n_items, dtype=np.int32)
    values = contributions(case.model, case.shopper.history, name, everything).sum(axis=1).astype(np.float32)
    return _view(name, values, float(values[case.item]), case.item in case.steps.ranking.items)


def _of_fallback(case: Case) -> Iterator[SourceView]:
    fallback, shown = case.recommender.fallback, case.visible
    everything = np.arange(case.model.n_items, dtype=np.int32)
    for source, scores in ((Source.TRENDING, fallback.rising), (Source.POPULAR, fallback.selling)):
        values = scores.of(everything)
        is_proposed = case.place is not None and shown.proposers[case.place] == source
        yield _view(source, values, float(values[case.item]), is_proposed)


def _view(name: str, values: NDArray[np.float32], value: float, proposed: bool) -> SourceView:
    rank = 1 + int((values > np.float32(value)).sum()) if value > 0 else None
    return SourceView(name, value, rank, int((values > 0).sum()), proposed)
