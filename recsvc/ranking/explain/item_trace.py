"""What the trace of a list says of one item."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.ranking.cold_start import ColdStartItems
from recsvc.ranking.explain.explanation import Circumstances
from recsvc.ranking.judge import Judged
from recsvc.ranking.placements import BuiltInPlacement
from recsvc.ranking.query import Query, Source
from recsvc.ranking.ranking import Ranking
from recsvc.ranking.recommender import RankingTrace, Recommender
from recsvc.ranking.user_state import UserState


@dataclass(frozen=True, eq=False)
class ItemTrace:
    """The trace of a list, as seen by one item.

    Attributes:
        recommender: what made the list.
        query: what it was made for.
        circumstances: what else it depends on.
        trace: the list and what it came from.
        cold_start: items that only the catalogue knows.
        item: index of the item.
    """

    recommender: Recommender
    query: Query
    circumstances: Circumstances
    trace: RankingTrace
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
    def user(self) -> UserState:
        """Whom the list is for."""
        return self.trace.user

    @property
    def placement(self) -> BuiltInPlacement:
        """The placement that ranks the list."""
        return self.recommender.placement(self.query)

    @property
    def is_ranked(self) -> bool:
        """Whether the list comes from a ranker, which needs the user's factors."""
        return self.placement.is_personal and self.user.factors_in(self.model) is not None

    @property
    def is_filled(self) -> bool:
        """Whether what rises and sells is in the list."""
        return len(self.trace.ranking) < len(self.trace.shown)

    @cached_property
    def visible(self) -> Ranking:
        """The list as the user sees it."""
        return visible(self.trace, self.query, self.circumstances)

    @cached_property
    def candidates(self) -> Ranking:
        """All that could have been in the list; of one that what rises and sells makes up, that."""
        ranking, n, user = self.trace.ranking, self.model.n_items, self.user
        if len(ranking) or not self.is_filled:
            return ranking
        return self.recommender.fallback.ranking(user.excluded, n, user.allowed)

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
        return self.recommender.judge.judged(self.user, also, repeats=self.placement.repeats)

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
        if self.is_ranked and not self.is_new:
            return self.judged.candidates.proposers(self.user.history.bought())[self.judged_row]
        return self.placement.context_sources[0].name if len(self.user.history) else Source.POPULAR


def visible(trace: RankingTrace, query: Query, circumstances: Circumstances) -> Ranking:
    """Return the list as the user sees it: without unavailable items, and without the spare ones."""
    available = np.flatnonzero(~np.isin(trace.shown.items, circumstances.over_fetch.unavailable))
    return trace.shown.chosen(available[: query.n])


def place_in(items: NDArray[np.int32], item: int) -> int | None:
    """Return where ``item`` is in ``items``, or None."""
    found = np.flatnonzero(items == item)
    return int(found[0]) if len(found) else None
