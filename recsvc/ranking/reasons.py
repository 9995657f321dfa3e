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
        by_als = [i for i, source in enumerate(ranking.sources) if source is Source.ALS]
        reasons = [
            self._reason(int(item), source)
            for item, source in zip(ranking.items, ranking.sources, strict=True)
        ]
        if by_als:
            terms = als.contributions(self.model, self.history, ranking.items[by_als])
            for i, row in zip(by_als, terms, strict=True):
                reasons[i] = self._because(ReasonType.BECAUSE_YOU_BOUGHT, row, int(ranking.items[i]))
        return tuple(reasons)

    def _reason(self, item: int, source: Source) -> Reason:
        if source is Source.CO_PURCHASE:
            return self._because(self.co_purchase, self._co_purchase_terms(item), item)
        if source is Source.REPURCHASE:
            orders = int(self.history.orders[self.history.items == item][0])
            return Reason(ReasonType.YOU_BUY_THIS_REGULARLY if orders > 1 else ReasonType.YOU_BOUGHT_THIS)
        return Reason(ReasonType.TRENDING if source is Source.TRENDING else ReasonType.POPULAR)

    def _because(self, reason: ReasonType, terms: NDArray[np.float32], item: int) -> Reason:
        """Return ``reason`` with the purchases behind it; where none speaks for the item, only its sales do."""
        named = self._strongest(terms, item)
        return Reason(reason, named) if named else Reason(ReasonType.POPULAR)

    def _co_purchase_terms(self, item: int) -> NDArray[np.float32]:
        """Return what each purchase adds to the co-purchase score of ``item``; float32, (n_history,).

        Personal lists draw on both kinds of neighbours: where the one says nothing, the other did.
        """
        terms = self._terms_of(self.neighbours, item)
        return terms if terms.any() else self._terms_of(self.model.together, item)

    def _terms_of(self, neighbours: SparseRows, item: int) -> NDArray[np.float32]:
        terms = np.zeros(len(self.history), dtype=np.float32)
        for i, bought in enumerate(self.history.items):
            columns, similarities = neighbours.row(int(bought))
            terms[i] = similarities[columns == item].sum() * self.history.confidence[i]
        return terms

    def _strongest(self, terms: NDArray[np.float32], item: int) -> tuple[str, ...]:
        """Return the ids of the purchases with the largest positive terms; ``item`` itself only if alone."""
        order = [int(i) for i in np.argsort(-terms, kind="stable") if terms[i] > 0]
        others = [i for i in order if self.history.items[i] != item] or order
        return tuple(self.model.items.id_of(int(self.history.items[i])) for i in others[:REASON_ITEMS])
