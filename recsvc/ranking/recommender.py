"""The pipeline from a query to a list, top to bottom."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recsvc.errors import UnknownItemError
from recsvc.model.model import Model
from recsvc.ranking.als import fold_in
from recsvc.ranking.candidates import NOTHING, Proposer, Shopper
from recsvc.ranking.cart import cart_scores
from recsvc.ranking.cold_start import ColdStartItems, ColdStartMaker
from recsvc.ranking.fallback import Fallback
from recsvc.ranking.features import features
from recsvc.ranking.live_history import LiveEvents, with_events
from recsvc.ranking.query import (
    PERSONAL,
    History,
    Placement,
    Query,
    ReasonType,
    Recommendation,
    RecommendationList,
    Source,
    Strategy,
)
from recsvc.ranking.ranker import read_ranker
from recsvc.ranking.ranking import Ranking, proposers_of, source_of
from recsvc.ranking.reasons import Evidence
from recsvc.ranking.repurchase import due_scores
from recsvc.ranking.rerank import Selecting, diversified, lately_bought
from recsvc.ranking.scores import Subset
from recsvc.ranking.selection import EVERYTHING, EXACTLY_N, OverFetch, Selection
from recsvc.ranking.sources.cold_start import liked, similar_to_cold_start, with_cold_start
from recsvc.ranking.trace import Judged, RankingTrace

DIVERSIFIED = frozenset({Placement.FOR_YOU, Placement.DISCOVER})
"""Placements whose lists may trade relevance for other categories, and hold newcomers."""

_FROM_COLD_START = DIVERSIFIED | {Placement.SIMILAR}
"""Placements whose lists can start from newcomers, where there is nothing else to start from."""


class Recommender:
    """Answers queries from one model; made once, used by all threads.

    ``diversity``, 0 to 1, says how much relevance lists give up for more categories; ``proposer`` may know more of
    the shoppers than one that is made here.
    """

    def __init__(self, model: Model, diversity: float = 0.0, proposer: Proposer | None = None) -> None:
        self.model = model
        self.proposer = Proposer(model) if proposer is None else proposer
        self.fallback = Fallback(model)
        self.diversity = diversity
        self.rankers = {True: read_ranker(model.ranker_all), False: read_ranker(model.ranker_new)}
        self.no_cold_start = ColdStartMaker(model).make([])
        self._rankings = {
            Placement.FOR_YOU: self._for_you,
            Placement.DISCOVER: self._discover,
            Placement.BUY_AGAIN: self._buy_again,
            Placement.SIMILAR: self._similar,
            Placement.BOUGHT_TOGETHER: self._bought_together,
            Placement.TRENDING: self._trending,
        }

    def recommend(
        self,
        query: Query,
        live: LiveEvents | None = None,
        over_fetch: OverFetch = EXACTLY_N,
        selection: Selection = EVERYTHING,
        cold_start: ColdStartItems | None = None,
    ) -> RecommendationList:
        """Return the list for ``query``: at most ``query.n`` items, best first.

        A list is filled up with what rises and what sells, except ``buy_again``, which only ever holds the
        shopper's own items. ``live`` is what the model has not seen of the shopper; ``room`` makes the list longer;
        ``selection`` is what the shop's rules say (of ``query.name`` and ``query.category`` nothing is known here);
        ``newcomers`` are the items that only the catalogue knows.
        Raises UnknownItemError when ``similar`` is asked for items that neither of them knows.
        """
        cold_start = self.no_cold_start if cold_start is None else cold_start
        steps = self.steps(query, live, over_fetch, selection, cold_start)
        shown, reasons = steps.shown, steps.evidence.explain(steps.shown)
        rows = zip(shown.items, shown.scores, map(source_of, shown.proposers), reasons, strict=True)
        return RecommendationList(
            steps.strategy,
            tuple(
                Recommendation(
                    cold_start.known.id_of(int(item)), rank, round(float(score), 4), source, reason
                )
                for rank, (item, score, source, reason) in enumerate(rows, start=1)
            ),
        )

    def item_ids(self, query: Query) -> list[str]:
        """Return the items that ``recommend`` answers ``query`` with, best first, without asking for reasons."""
        shown = self.steps(query, None, EXACTLY_N, EVERYTHING, self.no_cold_start).shown
        return [self.no_cold_start.known.id_of(int(item)) for item in shown.items]

    def steps(
        self,
        query: Query,
        live: LiveEvents | None,
        over_fetch: OverFetch,
        selection: Selection,
        cold_start: ColdStartItems,
    ) -> RankingTrace:
        """Return how the list for ``query`` comes about; arguments and errors are those of ``recommend``."""
        shopper = _allowed(self.model, query, _shopper(self.model, query, live, cold_start), selection)
        found = self._found(query.placement, shopper, cold_start)
        n = over_fetch.length(found.items, query.n)
        rules = Selecting.of(selection, shopper, n, over_fetch.unavailable)
        boosted = rules.boosted(found)
        ranking = rules.arranged(boosted)
        if self.diversity and query.placement in DIVERSIFIED:
            ranking = rules.arranged(diversified(self.model, rules.leading(ranking), self.diversity, n))
        if len(ranking) < n and _is_filled(query.placement, ranking, selection):
            selling = self.fallback.ranking(shopper.hidden, rules.pool, shopper.allowed)
            ranking = rules.arranged(ranking.filled_from(rules.boosted_by_rank(selling)))
        if query.placement in DIVERSIFIED:
            ranking = rules.arranged(self._with_cold_start(ranking, shopper, cold_start, query.n))
        ranking = rules.pinned(ranking)
        shown = ranking.first(over_fetch.length(ranking.items, query.n))
        evidence = _evidence(self.model, query.placement, shopper, cold_start)
        return RankingTrace(shopper, boosted, shown, _strategy(shopper, found), evidence)

    def _found(self, placement: Placement, shopper: Shopper, cold_start: ColdStartItems) -> Ranking:
        if not len(shopper.looked_at) or placement not in _FROM_COLD_START:
            return self._rankings[placement](shopper)
        like_them = similar_to_cold_start(self.model, cold_start, shopper.looked_at, shopper.hidden)
        return like_them.chosen(np.flatnonzero(shopper.may_see(like_them.items)))

    def judge(self, shopper: Shopper, also: NDArray[np.int32] = NOTHING, *, repeats: bool) -> Judged:
        """Return the candidates of a shopper with a taste, and the items ``also``, as the ranker sees them."""
        candidates = self.proposer.propose(shopper, also, repeats=repeats)
        table = features(self.model, shopper, candidates)
        return Judged(candidates, table, self.rankers[repeats].score(table))

    def _with_cold_start(
        self, ranking: Ranking, shopper: Shopper, cold_start: ColdStartItems, n: int
    ) -> Ranking:
        taste = shopper.taste_in(self.model)
        if taste is None or not len(cold_start):
            return ranking
        near = liked(cold_start, taste, shopper.hidden, len(cold_start))
        near = near.chosen(np.flatnonzero(shopper.may_see(near.items))).first(n)
        return with_cold_start(ranking, near, cold_start.share, n)

    def _for_you(self, shopper: Shopper) -> Ranking:
        return self._ranked(shopper, repeats=True)

    def _discover(self, shopper: Shopper) -> Ranking:
        return self._ranked(shopper, repeats=False)

    def _ranked(self, shopper: Shopper, *, repeats: bool) -> Ranking:
        if shopper.taste_in(self.model) is None:
            return self._similar(shopper)
        judged = self.judge(shopper, repeats=repeats)
        proposers = proposers_of(judged.candidates, shopper.history.bought())
        return Ranking.of(judged.candidates.items, judged.scores, proposers)

    def _buy_again(self, shopper: Shopper) -> Ranking:
        if shopper.taste_in(self.model) is None:
            return Ranking.empty()
        history = shopper.history.bought()
        judged = self.judge(shopper, repeats=True)
        own = np.isin(judged.candidates.items, history.items)
        items = judged.candidates.items[own]
        due = due_scores(self.model, history, items, judged.scores[own])
        return Ranking.of(items, due, (Source.REPURCHASE,) * len(items))

    def _similar(self, shopper: Shopper) -> Ranking:
        history = shopper.history
        found, (scores,) = self.model.similar.weighted_sums(history.items, history.confidence[np.newaxis])
        return _positive(found, scores, shopper, "similar")

    def _bought_together(self, shopper: Shopper) -> Ranking:
        found, scores = cart_scores(self.model, shopper.history.items)
        return _positive(found, scores, shopper, "cart")

    def _trending(self, _shopper: Shopper) -> Ranking:
        return Ranking.empty()


def history_of(model: Model, user_index: int) -> History:
    """Return what the model knows of a user's purchases."""
    span = model.history.span(user_index)
    return History(
        items=model.history.indices[span],
        confidence=model.history.values[span],
        recent=model.history_recent[span],
        orders=model.history_orders[span],
        age_days=model.history_age_days[span],
        first_age_days=model.history_first_age_days[span],
        orders_ago=model.history_orders_ago[span],
        first_orders_ago=model.history_first_orders_ago[span],
        quantity=model.history_quantity[span],
        last_quantity=model.history_last_quantity[span],
        n_orders=int(model.user_orders[user_index]),
    )


def _strategy(shopper: Shopper, ranking: Ranking) -> Strategy:
    if not len(ranking):
        return Strategy.TRENDING
    is_folded_in = shopper.user_index is None and shopper.taste is not None
    return Strategy.FOLDED_IN if is_folded_in else Strategy.PERSONALIZED


def _shopper(model: Model, query: Query, live: LiveEvents | None, cold_start: ColdStartItems) -> Shopper:
    looked_at = cold_start.known.indices_of(dict.fromkeys(query.item_ids))
    if query.placement is Placement.SIMILAR and not looked_at:
        raise UnknownItemError(
            f"item_id {query.item_ids[0]!r} is not in the model, for the training data has no order of it, "
            "nor is it in the catalogue: PUT it to /v1/items to have lists for it"
        )
    context = [item for item in looked_at if item < model.n_items]
    is_personal = query.placement in PERSONAL
    asked_for = query.user_id if is_personal else None
    user_index = None if asked_for is None else model.users.index_of(asked_for)
    history = History.of_items(context) if user_index is None else history_of(model, user_index)
    taste = None
    if live is not None and is_personal and live.changes_taste:
        history = with_events(History.of_items([]) if user_index is None else history, live)
        taste = fold_in(model, history) if len(history) else None
    hidden = [*looked_at, *cold_start.known.indices_of(query.exclude), *(live.hides.tolist() if live else ())]
    if query.placement is Placement.DISCOVER:
        hidden.extend(history.bought().items.tolist())
    unlearned = [item for item in looked_at if item >= model.n_items] if not len(history) else []
    return Shopper(
        user_index,
        history,
        np.asarray(hidden, dtype=np.int32),
        taste,
        looked_at=np.asarray(unlearned, dtype=np.int32),
    )


def _allowed(model: Model, query: Query, shopper: Shopper, selection: Selection) -> Shopper:
    """Return the shopper as one who may see only what ``selection`` allows."""
    if selection is EVERYTHING:
        return shopper
    days = selection.exclude_bought_days if query.placement in PERSONAL else None
    hidden = np.concatenate([shopper.hidden, lately_bought(model, shopper, days)])
    allowed = None if selection.allowed is None else Subset.of(selection.allowed, model.n_items)
    return replace(shopper, hidden=hidden, allowed=allowed)


def _is_filled(placement: Placement, ranking: Ranking, selection: Selection) -> bool:
    """Return whether what sells belongs into a list that is too short; ``trending`` is nothing else."""
    if placement is Placement.BUY_AGAIN and len(ranking):
        return False
    return selection.is_filled or placement is Placement.TRENDING


def _positive(
    items: NDArray[np.int32], scores: NDArray[np.float32], shopper: Shopper, proposer: str
) -> Ranking:
    """Rank the items with a positive score that may be shown."""
    shown = (scores > 0) & shopper.may_see(items)
    return Ranking.of(items[shown], scores[shown], (proposer,) * int(shown.sum()))


def _evidence(model: Model, placement: Placement, shopper: Shopper, cold_start: ColdStartItems) -> Evidence:
    looked_at = tuple(cold_start.known.id_of(item) for item in shopper.looked_at.tolist())
    if placement is Placement.BOUGHT_TOGETHER:
        reason = ReasonType.BOUGHT_WITH_YOUR_CART
    else:
        has_taste = shopper.taste_in(model) is not None
        reason = ReasonType.BECAUSE_YOU_BOUGHT if has_taste else ReasonType.SIMILAR_TO_ITEM
    return Evidence(model, shopper.history, reason, cold_start, looked_at)
