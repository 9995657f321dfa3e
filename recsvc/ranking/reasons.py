"""Why each item is in a list, from what in fact scored it."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsvc.ranking.candidates import Proposer
from recsvc.ranking.causes import MAX_CAUSES, Cause, Causes
from recsvc.ranking.cold_start import ColdStartItems
from recsvc.ranking.judge import Judge, Judged
from recsvc.ranking.query import Reason, ReasonType, Source
from recsvc.ranking.ranking import Ranking
from recsvc.ranking.sources.cold_start import PUBLIC_NAMES, cold_start_terms
from recsvc.ranking.user_state import UserState

REGULAR_ORDERS = 3
"""From so many orders on, that is from the second interval on, a purchase may be called regular."""

RANKED = "ranked"
"""Stands for all proposers of what a ranker put where it is."""

OVERDUE_INTERVALS = 3
"""A user who has not come back for so many intervals does not buy the item regularly any more."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a list was made from.

    Attributes:
        judge: whose sources and rankers gave the scores.
        user: whose purchases (or cart items) the scores were summed over.
        by_context: how a reason by the page or cart is called at this placement.
        cold_start: what the list may hold beside the items of the model.
        looked_at: ids of cold-start items that the list starts from, where it starts from nothing else.
        ranked_with_repeats: by which ranker the list was put in order; None where it was not by any.
    """

    judge: Judge
    user: UserState
    by_context: ReasonType
    cold_start: ColdStartItems | None = None
    looked_at: tuple[str, ...] = ()
    ranked_with_repeats: bool | None = None

    @property
    def proposer(self) -> Proposer:
        """Whose sources gave the scores."""
        return self.judge.proposer

    def explain(self, ranking: Ranking) -> tuple[Reason, ...]:
        """Return one reason for each item of ``ranking``."""
        reasons: list[Reason] = [Reason(ReasonType.POPULAR)] * len(ranking)
        makers = [RANKED if self._is_ranked(proposer) else proposer for proposer in ranking.proposers]
        for maker in dict.fromkeys(makers):
            places = [i for i, other in enumerate(makers) if other == maker]
            items = ranking.items[places]
            found = self._by_cause(items) if maker == RANKED else self._by_proposer(maker, items)
            for i, reason in zip(places, found, strict=True):
                reasons[i] = reason
        return tuple(reasons)

    def _is_ranked(self, proposer: str) -> bool:
        """Return whether a ranker put the items of a proposer where they are, and the user never bought them."""
        return self.ranked_with_repeats is not None and proposer in self.proposer.by_name

    def causes(self, judged: Judged, items: NDArray[np.int32]) -> Causes:
        """Return the causes of ``items``, which are among those that were ``judged``."""
        return Causes(self.judge, self.user, judged, items, repeats=bool(self.ranked_with_repeats))

    def _by_cause(self, items: NDArray[np.int32]) -> list[Reason]:
        """Return the reasons of items that a ranker put where they are."""
        judged = self.judge.once(self.user, repeats=bool(self.ranked_with_repeats))
        causes, is_bought = self.causes(judged, items), self.user.history.orders > 0
        bought = causes.of(is_bought)
        seen = bought if is_bought.all() else causes.of(~is_bought)
        return [self._caused(*both) for both in zip(bought, seen, strict=True)]

    def _caused(self, bought: Cause, seen: Cause) -> Reason:
        if not bought.is_personal:
            return Reason(ReasonType.POPULAR)
        if bought.places:
            return Reason(ReasonType.BECAUSE_YOU_BOUGHT, self._ids(bought.places))
        if seen.places:
            return Reason(ReasonType.SIMILAR_TO_ITEM, self._ids(seen.places))
        return Reason(ReasonType.YOUR_TASTE)

    def _ids(self, places: Iterable[int]) -> tuple[str, ...]:
        items = self.user.history.items
        return tuple(self.proposer.model.items.id_of(int(items[place])) for place in places)

    def terms(self, proposer: str, items: NDArray[np.int32]) -> NDArray[np.float64]:
        """Return what each purchase adds to the scores that a proposer gives; float64, shape (n_items, n_history)."""
        if proposer in PUBLIC_NAMES and self.cold_start is not None:
            return cold_start_terms(self.proposer.model, self.cold_start, self.user, proposer, items)
        if proposer in self.proposer.by_name:
            return self.proposer.by_name[proposer].terms(self.user, items)
        return np.zeros((len(items), len(self.user.history)))

    def _by_proposer(self, proposer: str, items: NDArray[np.int32]) -> list[Reason]:
        """Return the reasons of items with the same proposer."""
        source = self.proposer.public_name(proposer)
        if source is Source.RULE:
            return [Reason(ReasonType.PINNED)] * len(items)
        if source is Source.REPURCHASE:
            return self._repurchases(items)
        if source in (Source.TRENDING, Source.POPULAR):
            return [Reason(ReasonType(source))] * len(items)
        if self.looked_at:
            return [Reason(ReasonType.SIMILAR_TO_ITEM, self.looked_at[:MAX_CAUSES])] * len(items)
        because, otherwise = self.by_context, ReasonType.POPULAR
        if source is Source.SIMILAR:
            because = ReasonType.SIMILAR_TO_ITEM
        if proposer in PUBLIC_NAMES:
            because, otherwise = ReasonType.BECAUSE_YOU_BOUGHT, ReasonType.NEW
        rows = zip(self.terms(proposer, items), items.tolist(), strict=True)
        return [self._because(because, terms, item, otherwise) for terms, item in rows]

    def _because(
        self, because: ReasonType, terms: NDArray[np.float64], item: int, otherwise: ReasonType
    ) -> Reason:
        """Return ``because`` with the purchases behind it; ``otherwise`` where they do not speak for the item."""
        if terms.sum() <= 0:
            return Reason(otherwise)
        is_bought = self.user.history.orders > 0
        bought = self._strongest(np.where(is_bought, terms, 0), item)
        if bought:
            return Reason(because, bought)
        seen = self._strongest(terms, item)
        return Reason(ReasonType.SIMILAR_TO_ITEM, seen) if seen else Reason(otherwise)

    def _strongest(self, terms: NDArray[np.float64], item: int) -> tuple[str, ...]:
        """Return the ids of the purchases with the largest positive terms; ``item`` itself only if alone."""
        order = np.argsort(-terms, kind="stable")[: int((terms > 0).sum())]
        others = order[self.user.history.items[order] != item]
        strongest = (others if len(others) else order)[:MAX_CAUSES]
        return self._ids(strongest.tolist())

    def _repurchases(self, items: NDArray[np.int32]) -> list[Reason]:
        history = self.user.history
        by_item = history.items.argsort(kind="stable")
        places = by_item[history.items.searchsorted(items, sorter=by_item)]
        columns = (history.orders, history.age_days, history.first_age_days)
        return list(map(self._repurchase, *(column[places].tolist() for column in columns)))

    def _repurchase(self, orders: int, last: float, first: float) -> Reason:
        """Return the reason of what was bought in so many ``orders``, ``last`` and ``first`` so many days ago."""
        if not self.proposer.model.is_dated:
            regular = orders >= REGULAR_ORDERS
            return Reason(ReasonType.YOU_BUY_THIS_REGULARLY if regular else ReasonType.YOU_BOUGHT_THIS)
        interval = (first - last) / max(orders - 1, 1)
        if orders < REGULAR_ORDERS or interval < 1 or last > OVERDUE_INTERVALS * interval:
            return Reason(ReasonType.YOU_BOUGHT_THIS, last_days_ago=int(last))
        return Reason(ReasonType.YOU_BUY_THIS_REGULARLY, every_days=round(interval), last_days_ago=int(last))
