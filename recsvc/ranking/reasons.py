"""Why each item is in a list, from what in fact scored it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.model.sparse import SparseRows
from recsvc.ranking import als
from recsvc.ranking.query import History, Reason, ReasonType, Source
from recsvc.ranking.ranking import Ranking

REASON_ITEMS = 3
"""At most this many purchases are named behind a suggestion."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a list was made from.

    Attributes:
        model: where the scores came from.
        history: the purchases (or cart items) the scores were summed over.
        neighbours: the co-purchase neighbours that were used.
        co_purchase: how a co-purchase reason is called at this placement.
    """

    model: Model
    history: History
    neighbours: SparseRows
    co_purchase: ReasonType

    def explain(self, ranking: Ranking) -> tuple[Reason, ...]:
        """Return one reason for each item of ``ranking``."""
        terms = self._terms(ranking)
        return tuple(
            self._reason(int(item), source, terms.get(int(item)))
            for item, source in zip(ranking.items, ranking.sources, strict=True)
        )

    def _terms(self, ranking: Ranking) -> dict[int, NDArray[np.float32]]:
        """Return, by item, what each purchase adds to the score that its source gave it; float32, (n_history,)."""
        found: dict[int, NDArray[np.float32]] = {}
        for source, terms_of in (
            (Source.ALS, self._als_terms),
            (Source.CO_PURCHASE, self._co_purchase_terms),
        ):
            items = ranking.items[[one is source for one in ranking.sources]]
            if len(items):
                found |= zip(items.tolist(), terms_of(items), strict=True)
        return found

    def _als_terms(self, items: NDArray[np.int32]) -> NDArray[np.float32]:
        return als.contributions(self.model, self.history, items)

    def _co_purchase_terms(self, items: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return what each purchase adds to the co-purchase score of ``items``; float32, (n_items, n_history).

        Personal lists draw on both kinds of neighbours: where the one says nothing, the other did.
        """
        bought, confidence = self.history.items, self.history.confidence
        terms = self.neighbours.block(bought, items).T * confidence
        silent = ~terms.any(axis=1)
        if silent.any():
            terms[silent] = self.model.together.block(bought, items[silent]).T * confidence
        return terms

    def _reason(self, item: int, source: Source, terms: NDArray[np.float32] | None) -> Reason:
        if terms is not None:
            named = self._strongest(terms, item)
            called = self.co_purchase if source is Source.CO_PURCHASE else ReasonType.BECAUSE_YOU_BOUGHT
            # Where no purchase speaks for the item, only its sales do.
            return Reason(called, named) if named else Reason(ReasonType.POPULAR)
        if source is Source.REPURCHASE:
            orders = int(self.history.orders[self.history.items == item][0])
            return Reason(ReasonType.YOU_BUY_THIS_REGULARLY if orders > 1 else ReasonType.YOU_BOUGHT_THIS)
        return Reason(ReasonType.TRENDING if source is Source.TRENDING else ReasonType.POPULAR)

    def _strongest(self, terms: NDArray[np.float32], item: int) -> tuple[str, ...]:
        """Return the ids of the purchases with the largest positive terms; ``item`` itself only if alone."""
        order = np.argsort(-terms, kind="stable")[: int((terms > 0).sum())]
        others = order[self.history.items[order] != item]
        strongest = (others if len(others) else order)[:REASON_ITEMS]
        return tuple(self.model.items.id_of(one) for one in self.history.items[strongest].tolist())
