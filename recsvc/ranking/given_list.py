"""The order in which a list that the shop made itself suits a user: a search result, a category."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsvc.errors import QueryError
from recsvc.ranking.cold_start import ColdStartItems
from recsvc.ranking.live_events import LiveEvents
from recsvc.ranking.placements import BY_NAME
from recsvc.ranking.query import Placement, Query
from recsvc.ranking.recommender import Recommender, user_of
from recsvc.ranking.scores import distinct
from recsvc.ranking.sources.cold_start import affinity_of

MAX_GIVEN_ITEMS = 1000
FUSED_RANKS = 60
"""Added to each rank before orders are fused, so that the first places do not decide all: k of Cormack and others."""


@dataclass(frozen=True, eq=False)
class GivenList:
    """Items in the shop's own order.

    Attributes:
        item_ids: distinct, 1..1000.
        own_weight: how much the shop's own order counts, 0 (only what suits the user) to 1 (nothing else).
    """

    item_ids: tuple[str, ...]
    own_weight: float = 0.0

    def __post_init__(self) -> None:
        """Raise QueryError unless every field is within its bounds."""
        if not 1 <= len(self.item_ids) <= MAX_GIVEN_ITEMS:
            raise QueryError(f"a list to rank has 1..{MAX_GIVEN_ITEMS} item_ids, got {len(self.item_ids)}")
        if not 0 <= self.own_weight <= 1:
            raise QueryError(f"own_weight must be 0..1, got {self.own_weight}")

    def order_for(
        self,
        recommender: Recommender,
        query: Query,
        live: LiveEvents | None,
        cold_start: ColdStartItems,
        items: NDArray[np.int32],
    ) -> NDArray[np.intp] | None:
        """Return the positions of the items in the order that suits the user of ``query``; intp, shape (n_items,).

        What the model learned is put in order by its ranker, cold-start items by how much more readily than anybody
        the user buys them. Either kind shares the places that it had: the two cannot be compared, and an item that
        nobody knows keeps its place. None where nothing is known of the user: the order is the shop's.

        Args:
            recommender: of the model.
            query: whom it is for.
            live: what the model has not seen of the user.
            cold_start: the items that only the catalogue knows.
            items: ``cold_start.known.places_of(item_ids)``.
        """
        model = recommender.model
        user = user_of(model, BY_NAME[Placement.FOR_YOU], query, live, cold_start)
        if user.factors_in(model) is None:
            return None
        order = np.arange(len(items))
        learned = np.flatnonzero((items >= 0) & (items < model.n_items))
        if len(learned):
            ascending = distinct(items[learned])
            scores = recommender.judge.scores_of(user, ascending)[ascending.searchsorted(items[learned])]
            order[learned] = learned[np.argsort(-scores, kind="stable")]
        new = np.flatnonzero(items >= model.n_items)
        if len(new):
            affinity = affinity_of(model, cold_start, user)[items[new] - model.n_items]
            order[new] = new[np.argsort(-affinity, kind="stable")]
        return self._fused(order)

    def _fused(self, order: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return ``order`` with what the shop's own order says of it: weighted reciprocal ranks.

        Cormack, Clarke, Büttcher: Reciprocal Rank Fusion Outperforms Condorcet (SIGIR 2009).
        """
        ranks = np.arange(1, len(order) + 1)
        suits = np.empty(len(order))
        suits[order] = 1 / (FUSED_RANKS + ranks)
        fused = (1 - self.own_weight) * suits + self.own_weight / (FUSED_RANKS + ranks)
        return np.argsort(-fused, kind="stable")
