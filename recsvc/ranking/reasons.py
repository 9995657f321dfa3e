"""Why each item is in a list, from what in fact scored it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.ranking.als import tastes
from recsvc.ranking.cold_start import ColdStartItems
from recsvc.ranking.contributions import contributions
from recsvc.ranking.query import History, Reason, ReasonType, Source
from recsvc.ranking.ranking import Ranking, source_of
from recsvc.ranking.sources.cold_start import NEW_PROPOSERS, cold_start_terms

REASON_ITEMS = 3
"""At most this many purchases are named behind a suggestion."""

REGULAR_ORDERS = 3
"""From so many orders on, that is from the second interval on, a purchase may be called regular."""

OVERDUE_INTERVALS = 3
"""Who has not come back for so many intervals does not buy it regularly any more."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a list was made from.

    Attributes:
        model: where the scores came from.
        history: the purchases (or cart items) the scores were summed over.
        co_purchase: how a co-purchase reason is called at this placement.
        newcomers: what the list may hold beside the items of the model.
        looked_at: newcomers that the list starts from, where it starts from nothing else.
    """

    model: Model
    history: History
    co_purchase: ReasonType
    cold_start: ColdStartItems | None = None
    looked_at: tuple[str, ...] = ()

    @cached_property
    def _tastes(self) -> NDArray[np.float64]:
        """Solved for once, for all sources that look at them."""
        return tastes(self.model, self.history)

    def explain(self, ranking: Ranking) -> tuple[Reason, ...]:
        """Return one reason for each item of ``ranking``."""
        reasons: list[Reason] = [Reason(ReasonType.POPULAR)] * len(ranking)
        for proposer in dict.fromkeys(ranking.proposers):
            places = [i for i, other in enumerate(ranking.proposers) if other == proposer]
            for i, reason in zip(places, self._reasons(proposer, ranking.items[places]), strict=True):
                reasons[i] = reason
        return tuple(reasons)

    def _reasons(self, proposer: str, items: NDArray[np.int32]) -> list[Reason]:
        """Return the reasons of items with the same proposer."""
        source = source_of(proposer)
        if source is Source.RULE:
            return [Reason(ReasonType.PINNED)] * len(items)
        if source is Source.REPURCHASE:
            return [self._repurchase(int(item)) for item in items]
        if source in (Source.TRENDING, Source.POPULAR):
            return [Reason(ReasonType(source))] * len(items)
        if self.looked_at:
            return [Reason(ReasonType.SIMILAR_TO_ITEM, self.looked_at[:REASON_ITEMS])] * len(items)
        if proposer in NEW_PROPOSERS and self.cold_start is not None:
            terms = cold_start_terms(self._tastes, self.cold_start, proposer, items)
            return self._all_because(ReasonType.BECAUSE_YOU_BOUGHT, terms, items, ReasonType.NEW)
        because = self.co_purchase if source is Source.CO_PURCHASE else ReasonType.BECAUSE_YOU_BOUGHT
        terms = contributions(self.model, self.history, proposer, items, lambda: self._tastes)
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
        is_bought = self.history.orders > 0
        bought = self._strongest(np.where(is_bought, terms, 0), item)
        if bought:
            return Reason(because, bought)
        seen = self._strongest(terms, item)
        return Reason(ReasonType.SIMILAR_TO_ITEM, seen) if seen else Reason(otherwise)

    def _strongest(self, terms: NDArray[np.float64], item: int) -> tuple[str, ...]:
        """Return the ids of the purchases with the largest positive terms; ``item`` itself only if alone."""
        order = np.argsort(-terms, kind="stable")[: int((terms > 0).sum())]
        others = order[self.history.items[order] != item]
        strongest = (others if len(others) else order)[:REASON_ITEMS]
        return tuple(self.model.items.id_of(one) for one in self.history.items[strongest].tolist())

    def _repurchase(self, item: int) -> Reason:
        place = int(np.flatnonzero(self.history.items == item)[0])
        orders, last = int(self.history.orders[place]), float(self.history.age_days[place])
        if not self.model.is_dated:
            regular = orders >= REGULAR_ORDERS
            return Reason(ReasonType.YOU_BUY_THIS_REGULARLY if regular else ReasonType.YOU_BOUGHT_THIS)
        interval = (float(self.history.first_age_days[place]) - last) / max(orders - 1, 1)
        if orders < REGULAR_ORDERS or interval < 1 or last > OVERDUE_INTERVALS * interval:
            return Reason(ReasonType.YOU_BOUGHT_THIS, last_days_ago=int(last))
        return Reason(ReasonType.YOU_BUY_THIS_REGULARLY, every_days=round(interval), last_days_ago=int(last))
