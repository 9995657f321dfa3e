"""An item and the list that it is asked about."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.ranking.candidates import Shopper
from recsvc.ranking.cold_start import ColdStartItems
from recsvc.ranking.explain.explanation import Circumstances
from recsvc.ranking.query import PERSONAL, Placement, Query, Source
from recsvc.ranking.ranking import Ranking, proposers_of
from recsvc.ranking.recommender import Recommender
from recsvc.ranking.trace import Judged, RankingTrace


@dataclass(frozen=True, eq=False)
class ItemTrace:
    """The steps on the way to a list, as seen by one item.

    Attributes:
        recommender: what made the list.
        query: what was asked.
        circumstances: what else it depends on.
        steps: the list.
        newcomers: items that only the catalogue knows.
        item: index of the item.
    """

    recommender: Recommender
    query: Query
    circumstances: Circumstances
    steps: RankingTrace
    cold_start: ColdStartItems
    item: int

    @property
    def model(self) -> Model:
        """What was learned."""
        return self.recommender.model

    @property
    def is_new(self) -> bool:
        """Whether only the catalogue knows the item."""
        return self.item >= self.model.n_items

    @property
    def item_id(self) -> str:
        """What the shop calls the item."""
        return self.cold_start.known.id_of(self.item)

    @property
    def shopper(self) -> Shopper:
        """Whom the list is for."""
        return self.steps.shopper

    @property
    def repeats(self) -> bool:
        """Whether the list may hold what the shopper bought."""
        return self.query.placement is not Placement.DISCOVER

    @property
    def has_taste(self) -> bool:
        """Whether the list comes from a ranker, which needs the shopper's taste."""
        return self.query.placement in PERSONAL and self.shopper.taste_in(self.model) is not None

    @property
    def is_filled(self) -> bool:
        """Whether what rises and sells is in the list."""
        return len(self.steps.ranking) < len(self.steps.shown)

    @cached_property
    def visible(self) -> Ranking:
        """The list as the shopper sees it."""
        return visible(self.steps, self.query, self.circumstances)

    @cached_property
    def candidates(self) -> Ranking:
        """All that could have been in the list; of one without any, what rises and sells."""
        ranking, n, shopper = self.steps.ranking, self.model.n_items, self.shopper
        return (
            ranking if len(ranking) else self.recommender.fallback.ranking(shopper.hidden, n, shopper.allowed)
        )

    @cached_property
    def place(self) -> int | None:
        """Where the item is in ``visible``, 0 for the first."""
        return place_in(self.visible.items, self.item)

    @cached_property
    def candidate_place(self) -> int | None:
        """Where the item is in ``candidates``, 0 for the first."""
        return place_in(self.candidates.items, self.item)

    @cached_property
    def judged(self) -> Judged:
        """The candidates and the item, which need not be one."""
        also = np.asarray([self.item], dtype=np.int32)
        return self.recommender.judge(self.shopper, also, repeats=self.repeats)

    @property
    def judged_row(self) -> int:
        """Where the item is in ``judged``."""
        return int(np.searchsorted(self.judged.candidates.items, self.item))

    @property
    def proposer(self) -> str:
        """What proposes the item; of what nothing proposed, what ranks it highest."""
        for ranking, place in ((self.visible, self.place), (self.candidates, self.candidate_place)):
            if place is not None:
                return ranking.proposers[place]
        if self.has_taste and not self.is_new:
            return proposers_of(self.judged.candidates, self.shopper.history.bought())[self.judged_row]
        if self.query.placement is Placement.BOUGHT_TOGETHER:
            return "cart"
        return "similar" if len(self.shopper.history) else Source.POPULAR


def visible(steps: RankingTrace, query: Query, circumstances: Circumstances) -> Ranking:
    """Return the list as the shopper sees it: without what cannot be shown now, and without the spare items."""
    available = np.flatnonzero(~np.isin(steps.shown.items, circumstances.over_fetch.unavailable))
    return steps.shown.chosen(available[: query.n])


def place_in(items: NDArray[np.int32], item: int) -> int | None:
    """Return where ``item`` is in ``items``, or None."""
    found = np.flatnonzero(items == item)
    return int(found[0]) if len(found) else None
