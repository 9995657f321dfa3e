"""The pipeline from a query to a list, top to bottom."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsvc.errors import UnknownItemError
from recsvc.model.model import Model
from recsvc.ranking import candidates, ranker
from recsvc.ranking.query import (
    PERSONAL,
    History,
    Placement,
    Query,
    ReasonType,
    Recommendation,
    RecommendationList,
    Strategy,
)
from recsvc.ranking.ranker import Ranking
from recsvc.ranking.reasons import Evidence


def recommend(model: Model, query: Query) -> RecommendationList:
    """Return the list for ``query``: at most ``query.n`` items, best first.

    A list is filled up with what rises and what sells, except ``buy_again``, which only ever holds the
    shopper's own items. Raises UnknownItemError when ``similar`` is asked for items that the model does
    not know.
    """
    shopper = _Shopper.of(model, query)
    ranking = _RANKINGS[query.placement](model, shopper)
    strategy = Strategy.PERSONALIZED if len(ranking) else Strategy.TRENDING
    if len(ranking) < query.n and not (query.placement is Placement.BUY_AGAIN and len(ranking)):
        ranking = ranking.filled_from(_fallback(model, shopper.hidden, query.n))
    shown = ranking.first(query.n)
    reasons = _evidence(model, query.placement, shopper).explain(shown)
    rows = zip(shown.items, shown.scores, shown.sources, reasons, strict=True)
    return RecommendationList(
        strategy,
        tuple(
            Recommendation(model.items.id_of(int(item)), rank, round(float(score), 4), source, reason)
            for rank, (item, score, source, reason) in enumerate(rows, start=1)
        ),
    )


def history_of(model: Model, user_index: int) -> History:
    """Return what the model knows of a user's purchases."""
    span = model.history.span(user_index)
    return History(
        model.history.indices[span],
        model.history.values[span],
        model.history_orders[span],
        model.history_age_days[span],
    )


@dataclass(frozen=True, eq=False)
class _Shopper:
    """A query in terms of the model.

    Attributes:
        user_index: None for a guest, an unknown shopper, and where the list does not depend on the shopper.
        history: the user's purchases; without a user, the items that the shopper looks at.
        hidden: int32, shape (n,): items that must not be shown.
    """

    user_index: int | None
    history: History
    hidden: NDArray[np.int32]

    @classmethod
    def of(cls, model: Model, query: Query) -> "_Shopper":
        context = model.items.indices_of(dict.fromkeys(query.item_ids))
        if query.placement is Placement.SIMILAR and not context:
            raise UnknownItemError(
                f"item_id {query.item_ids[0]!r} is not in the model: the training data has no order of it"
            )
        personal = query.user_id is not None and query.placement in PERSONAL
        user_index = model.users.index_of(query.user_id) if personal and query.user_id is not None else None
        history = History.of_items(context) if user_index is None else history_of(model, user_index)
        hidden = [*context, *model.items.indices_of(query.exclude)]
        if query.placement is Placement.DISCOVER:
            hidden.extend(history.items.tolist())
        return cls(user_index, history, np.asarray(hidden, dtype=np.int32))


def _for_you(model: Model, shopper: _Shopper) -> Ranking:
    own = [] if shopper.user_index is None else [candidates.from_repurchase(shopper.history)]
    return _blended(model, shopper, own)


def _discover(model: Model, shopper: _Shopper) -> Ranking:
    return _blended(model, shopper, [])


def _blended(model: Model, shopper: _Shopper, own: list[candidates.Candidates]) -> Ranking:
    history = shopper.history
    sources = [*own, candidates.from_co_purchase(model.similar, history.items, history.confidence)]
    if shopper.user_index is not None:
        sources.append(candidates.from_als(model, shopper.user_index))
    kept = [source.without(shopper.hidden).best(candidates.CANDIDATES_PER_SOURCE) for source in sources]
    return ranker.blend(kept, candidates.recent_popularity(model))


def _buy_again(_model: Model, shopper: _Shopper) -> Ranking:
    if shopper.user_index is None:
        return Ranking.empty()
    return ranker.rank(candidates.from_repurchase(shopper.history).without(shopper.hidden))


def _similar(model: Model, shopper: _Shopper) -> Ranking:
    found = candidates.from_co_purchase(model.similar, shopper.history.items, shopper.history.confidence)
    return ranker.rank(found.without(shopper.hidden))


def _bought_together(model: Model, shopper: _Shopper) -> Ranking:
    found = candidates.from_co_purchase(model.together, shopper.history.items, shopper.history.confidence)
    return ranker.rank(found.without(shopper.hidden))


def _trending(_model: Model, _shopper: _Shopper) -> Ranking:
    return Ranking.empty()


_RANKINGS = {
    Placement.FOR_YOU: _for_you,
    Placement.DISCOVER: _discover,
    Placement.BUY_AGAIN: _buy_again,
    Placement.SIMILAR: _similar,
    Placement.BOUGHT_TOGETHER: _bought_together,
    Placement.TRENDING: _trending,
}


def _fallback(model: Model, hidden: NDArray[np.int32], n: int) -> Ranking:
    """Rank what rises, then what sells: enough items to fill ``n`` places whatever stands there already."""
    rising = ranker.rank(candidates.from_trending(model).without(hidden).best(2 * n))
    selling = ranker.rank(candidates.from_popular(model).without(hidden).best(2 * n))
    return rising.filled_from(selling)


def _evidence(model: Model, placement: Placement, shopper: _Shopper) -> Evidence:
    if placement is Placement.BOUGHT_TOGETHER:
        return Evidence(model, shopper.history, model.together, ReasonType.BOUGHT_WITH_YOUR_CART)
    reason = ReasonType.SIMILAR_TO_ITEM if shopper.user_index is None else ReasonType.BECAUSE_YOU_BOUGHT
    return Evidence(model, shopper.history, model.similar, reason)
