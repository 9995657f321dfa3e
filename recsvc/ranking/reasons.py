"""Why each item is in a list, from what in fact scored it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsvc.ranking.candidates import Proposer
from recsvc.ranking.cold_start import ColdStartItems
from recsvc.ranking.query import Reason, ReasonType, Source
from recsvc.ranking.ranking import Ranking
from recsvc.ranking.sources.als import user_parts
from recsvc.ranking.sources.cold_start import PUBLIC_NAMES, cold_start_terms
from recsvc.ranking.user_state import UserState

REASON_ITEMS = 3
"""At most this many purchases are named behind a suggestion."""

REGULAR_ORDERS = 3
"""From so many orders on, that is from the second interval on, a purchase may be called regular."""

OVERDUE_INTERVALS = 3
"""A user who has not come back for so many intervals does not buy the item regularly any more."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a list was made from.

    Attributes:
        proposer: whose sources gave the scores.
        user: whose purchases (or cart items) the scores were summed over.
        co_purchase: how a co-purchase reason is called at this placement.
        cold_start: what the list may hold beside the items of the model.
        looked_at: ids of cold-start items that the list starts from, where it starts from nothing else.
    """

    proposer: Proposer
    user: UserState
    co_purchase: ReasonType
    cold_start: ColdStartItems | None = None
    looked_at: tuple[str, ...] = ()

    def explain(self, ranking: Ranking) -> tuple[Reason, ...]:
        """Return one reason for each item of ``ranking``."""
        reasons: list[Reason] = [Reason(ReasonType.POPULAR)] * len(ranking)
        for proposer in dict.fromkeys(ranking.proposers):
            places = [i for i, other in enumerate(ranking.proposers) if other == proposer]
            for i, reason in zip(places, self._reasons(proposer, ranking.items[places]), strict=True):
                reasons[i] = reason
        return tuple(reasons)

    def terms(self, proposer: str, items: NDArray[np.int32]) -> NDArray[np.float64]:
        """Return what each purchase adds to the scores that a proposer gives; float64, shape (n_items, n_history)."""
        if proposer in PUBLIC_NAMES and self.cold_start is not None:
            parts = self.user.once(user_parts, self.proposer.model)
            return cold_start_terms(parts, self.cold_start, proposer, items)
        if proposer in self.proposer.by_name:
            return self.proposer.by_name[proposer].terms(self.user, items)
        return np.zeros((len(items), len(self.user.history)))

    def _reasons(self, proposer: str, items: NDArray[np.int32]) -> list[Reason]:
        """Return the reasons of items with the same proposer."""
        source = self.proposer.public_name(proposer)
        if source is Source.RULE:
            return [Reason(ReasonType.PINNED)] * len(items)
        if source is Source.REPURCHASE:
            return [self._repurchase(int(item)) for item in items]
        if source in (Source.TRENDING, Source.POPULAR):
            return [Reason(ReasonType(source))] * len(items)
        if self.looked_at:
            return [Reason(ReasonType.SIMILAR_TO_ITEM, self.looked_at[:REASON_ITEMS])] * len(items)
        terms = self.terms(proposer, items)
        if proposer in PUBLIC_NAMES:
            return self._all_because(ReasonType.BECAUSE_YOU_BOUGHT, terms, items, ReasonType.NEW)
        named = {Source.CO_PURCHASE: self.co_purchase, Source.SIMILAR: ReasonType.SIMILAR_TO_ITEM}
        because = named.get(source, ReasonType.BECAUSE_YOU_BOUGHT)
        return self._all_because(because, terms, items, ReasonType.POPULAR)

    def _all_because(
        self,
        because: ReasonType,
        terms: NDArray[np.float64],
        items: NDArray[np.int32],
        otherwise: ReasonType,
    ) -> list[Reason]:
        rows = zip(terms, items, strict=True)
        return [self._because(because, row, int(item), otherwise) for row, item in rows]

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
        strongest = (others if len(others) else order)[:REASON_ITEMS]
        return tuple(
            self.proposer.model.items.id_of(place) for place in self.user.history.items[strongest].tolist()
        )

    def _repurchase(self, item: int) -> Reason:
        place = int(np.flatnonzero(self.user.history.items == item)[0])
        orders, last = int(self.user.history.orders[place]), float(self.user.history.age_days[place])
        if not self.proposer.model.is_dated:
            regular = orders >= REGULAR_ORDERS
            return Reason(ReasonType.YOU_BUY_THIS_REGULARLY if regular else ReasonType.YOU_BOUGHT_THIS)
        interval = (float(self.user.history.first_age_days[place]) - last) / max(orders - 1, 1)
        if orders < REGULAR_ORDERS or interval < 1 or last > OVERDUE_INTERVALS * interval:
            return Reason(ReasonType.YOU_BOUGHT_THIS, last_days_ago=int(last))
        return Reason(ReasonType.YOU_BUY_THIS_REGULARLY, every_days=round(interval), last_days_ago=int(last))
