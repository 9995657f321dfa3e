"""The pipeline from a query to a list, top to bottom."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from recsvc.errors import UnknownItemError
from recsvc.model.model import Model
from recsvc.ranking.candidates import Proposer
from recsvc.ranking.cold_start import ColdStartItems, ColdStartMaker
from recsvc.ranking.history import History, history_of
from recsvc.ranking.judge import Judge
from recsvc.ranking.live_events import LiveEvents, with_events
from recsvc.ranking.placements import PLACEMENTS, BuiltInPlacement, Placements
from recsvc.ranking.query import Query, Reason, ReasonType, Recommendation, RecommendationList, Strategy
from recsvc.ranking.ranking import Ranking
from recsvc.ranking.reasons import Evidence
from recsvc.ranking.rerank import Selecting, diversified, lately_bought
from recsvc.ranking.scores import NO_ITEMS, Subset
from recsvc.ranking.selection import EVERYTHING, EXACTLY_N, OverFetch, Selection
from recsvc.ranking.sources.als import fold_in
from recsvc.ranking.sources.cold_start import liked, similar_to_cold_start, with_cold_start
from recsvc.ranking.sources.fallback import Fallback
from recsvc.ranking.user_state import UserState

MOSTLY = 0.75
"""A list of which more than this share is there because it sells is called popular."""


@dataclass(frozen=True, eq=False)
class RankingTrace:
    """What the pipeline leaves behind: a list, and what it came from.

    Attributes:
        user: whom it is for.
        ranking: all that could have been in it, best first, before it was made more diverse and filled up.
        shown: the list, with the spare items behind it.
        n: how many items were asked for.
        evidence: what gives reasons for its items.
        is_found: whether there was anything to show, before what sells filled the list.
    """

    user: UserState
    ranking: Ranking
    shown: Ranking
    n: int
    evidence: Evidence
    is_found: bool

    @cached_property
    def reasons(self) -> tuple[Reason, ...]:
        """One reason for each item that is ``shown``."""
        return self.evidence.explain(self.shown)

    @property
    def strategy(self) -> Strategy:
        """How the list came about."""
        if not self.is_found:
            return Strategy.TRENDING
        reasons = self.reasons[: self.n]
        popular = sum(reason.type in (ReasonType.POPULAR, ReasonType.TRENDING) for reason in reasons)
        if popular > MOSTLY * len(reasons):
            return Strategy.POPULAR
        is_folded_in = self.user.user_index is None and self.user.folded_in is not None
        return Strategy.FOLDED_IN if is_folded_in else Strategy.PERSONALIZED


class Recommender:
    """Answers queries from one model; made once, used by all threads.

    ``diversity``, 0 to 1, says how much relevance lists give up for more categories; ``proposer`` holds the candidate
    sources, where they are not those of this program; ``placements`` are the built-in ones.
    """

    def __init__(
        self,
        model: Model,
        diversity: float = 0.0,
        proposer: Proposer | None = None,
        placements: Placements = PLACEMENTS,
    ) -> None:
        self.model = model
        self.judge = Judge(model, Proposer(model) if proposer is None else proposer)
        self.fallback = Fallback(model)
        self.diversity = diversity
        self.no_cold_start = ColdStartMaker(model).make([])
        self._placements = {placement.name: placement for placement in placements}

    def recommend(
        self,
        query: Query,
        live: LiveEvents | None = None,
        over_fetch: OverFetch = EXACTLY_N,
        selection: Selection = EVERYTHING,
        cold_start: ColdStartItems | None = None,
    ) -> RecommendationList:
        """Return the list for ``query``: at most ``query.n`` items, best first.

        A list is filled up with what rises and what sells, where its placement and the rules let that be. ``live`` is
        what the model has not seen of the user; ``over_fetch`` makes the list longer; ``selection`` is what the
        placement rules say (``query.name`` and ``query.category`` are not looked at here); ``cold_start`` are the
        items that only the catalogue knows.
        Raises UnknownItemError for ``similar`` to items that neither of them knows.
        """
        cold_start = self.no_cold_start if cold_start is None else cold_start
        trace = self.trace(query, live, over_fetch, selection, cold_start)
        shown, reasons = trace.shown, trace.reasons
        sources = map(self.judge.proposer.public_name, shown.proposers)
        # Sums of finite values may overflow, where a model holds values that no shop has: JSON knows no infinity.
        scores = np.nan_to_num(shown.scores, nan=0.0, posinf=0.0, neginf=0.0)
        rows = zip(shown.items, scores, sources, reasons, strict=True)
        return RecommendationList(
            trace.strategy,
            tuple(
                Recommendation(
                    cold_start.known.id_of(int(item)), rank, round(float(score), 4), source, reason
                )
                for rank, (item, score, source, reason) in enumerate(rows, start=1)
            ),
        )

    def item_ids(self, query: Query) -> list[str]:
        """Return the items that ``recommend`` answers ``query`` with, best first, without asking for reasons."""
        shown = self.trace(query, None, EXACTLY_N, EVERYTHING, self.no_cold_start).shown
        return [self.no_cold_start.known.id_of(int(item)) for item in shown.items]

    def trace(
        self,
        query: Query,
        live: LiveEvents | None,
        over_fetch: OverFetch,
        selection: Selection,
        cold_start: ColdStartItems,
    ) -> RankingTrace:
        """Return how the list for ``query`` comes about; arguments and errors are those of ``recommend``."""
        placement = self.placement(query)
        user = user_of(self.model, placement, query, live, cold_start)
        user = _allowed(self.model, placement, user, selection, live)
        found = self._found(placement, user, cold_start)
        n = over_fetch.length(found.items, query.n)
        # What only titles say to be variants is kept out of a list, not out of what follows a purchase.
        own = user.history.bought().items if selection.variants is None and placement.repeats else NO_ITEMS
        selection = replace(selection, variants=selection.variants_among(cold_start.variant_groups))
        looked_at = () if selection.variants is None else cold_start.known.indices_of(query.item_ids)
        rules = Selecting.of(selection, user, n, over_fetch.unavailable, looked_at)
        rules = replace(rules, own=np.sort(own)) if len(own) else rules
        boosted = rules.boosted(found)
        ranking = rules.arranged(boosted)
        if self.diversity and placement.is_mixed:
            ranking = rules.last_behind(diversified(self.model, rules.leading(ranking), self.diversity, n))
        if len(ranking) < n and placement.is_filled(rules_fill=selection.is_filled):
            selling = self.fallback.ranking(user.excluded, rules.pool, user.allowed)
            ranking = rules.arranged(ranking.filled_from(rules.boosted_by_rank(selling)))
        if placement.is_mixed and (near := rules.arranged(self._near(user, cold_start)).first(query.n)):
            ranking = rules.arranged(with_cold_start(ranking, near, cold_start.share, query.n))
        ranking = rules.pinned(ranking)
        shown = ranking.first(over_fetch.length(ranking.items, query.n))
        evidence = _evidence(self.judge, placement, user, cold_start)
        return RankingTrace(user, boosted, shown, query.n, evidence, is_found=len(found) > 0)

    def placement(self, query: Query) -> BuiltInPlacement:
        """Return the placement that ranks the list for ``query``."""
        return self._placements[query.placement]

    def _found(self, placement: BuiltInPlacement, user: UserState, cold_start: ColdStartItems) -> Ranking:
        if not len(user.looked_at) or not placement.starts_from_cold_start:
            return placement.ranking(self.judge, user)
        like_them = similar_to_cold_start(self.model, cold_start, user.looked_at, user.excluded)
        return like_them.chosen(np.flatnonzero(user.may_see(like_them.items)))

    def _near(self, user: UserState, cold_start: ColdStartItems) -> Ranking:
        """Return the cold-start items that the user may like and see, nearest first."""
        if user.factors_in(self.model) is None or not len(cold_start) or not cold_start.share:
            return Ranking.empty()
        near = liked(self.model, cold_start, user)
        return near.chosen(np.flatnonzero(user.may_see(near.items)))


def user_of(
    model: Model,
    placement: BuiltInPlacement,
    query: Query,
    live: LiveEvents | None,
    cold_start: ColdStartItems,
) -> UserState:
    """Return whom the list for ``query`` is for; arguments and errors are those of ``Recommender.recommend``."""
    looked_at = cold_start.known.indices_of(dict.fromkeys(query.item_ids))
    if placement.needs_known_items and not looked_at:
        raise UnknownItemError(
            f"item_id {query.item_ids[0]!r} is not in the model, for the training data has no order of it, "
            "nor is it in the catalogue: PUT it to /v1/items to have lists for it"
        )
    context = [item for item in looked_at if item < model.n_items]
    user_id = query.user_id if placement.is_personal else None
    user_index = None if user_id is None else model.users.index_of(user_id)
    history = History.of_items(context) if user_index is None else history_of(model, user_index)
    folded_in = None
    if live is not None and placement.is_personal and live.changes_taste:
        history = with_events(History.of_items([]) if user_index is None else history, live)
        folded_in = fold_in(model, history) if len(history) else None
    excluded = [*looked_at, *cold_start.known.indices_of(query.exclude)]
    unlearned = [item for item in looked_at if item >= model.n_items] if not len(history) else []
    parts = (
        np.asarray(excluded, dtype=np.int32),
        live.excluded if live else NO_ITEMS,
        placement.excluded(history),
    )
    return UserState(
        user_index, history, np.concatenate(parts), folded_in, looked_at=np.asarray(unlearned, dtype=np.int32)
    )


def _allowed(
    model: Model,
    placement: BuiltInPlacement,
    user: UserState,
    selection: Selection,
    live: LiveEvents | None,
) -> UserState:
    """Return the user as one who may see only what ``selection`` allows.

    Where nothing that they bought may be shown, no variant of it may be either.
    """
    if selection is EVERYTHING:
        return user
    days = selection.exclude_bought_days if placement.is_personal else None
    bought = placement.excluded(user.history)
    if live is not None and len(live.bought_new) and not placement.repeats:
        bought = np.concatenate([bought, live.bought_new])
    others = selection.variants_of(bought)
    excluded = np.concatenate([user.excluded, lately_bought(model, user, days), others])
    allowed = None if selection.allowed is None else Subset.of(selection.allowed, model.n_items)
    return replace(user, excluded=excluded, allowed=allowed)


def _evidence(
    judge: Judge, placement: BuiltInPlacement, user: UserState, cold_start: ColdStartItems
) -> Evidence:
    looked_at = tuple(cold_start.known.id_of(item) for item in user.looked_at.tolist())
    has_factors = user.factors_in(judge.model) is not None
    is_ranked = placement.is_personal and has_factors and not looked_at
    repeats = placement.repeats if is_ranked else None
    return Evidence(judge, user, placement.context_reason, cold_start, looked_at, repeats)
