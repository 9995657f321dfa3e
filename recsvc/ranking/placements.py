"""The built-in placements: one class each, and a line in ``PLACEMENTS``; requests name it by ``query.Placement``."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from recsvc.ranking.explain.explanation import KeptOut, Obstacle
from recsvc.ranking.history import History
from recsvc.ranking.judge import Judge
from recsvc.ranking.query import Placement, ReasonType, Source
from recsvc.ranking.ranking import Ranking
from recsvc.ranking.scores import NO_ITEMS
from recsvc.ranking.sources.neighbours import Alternatives, Cart, ItemNeighbours, NeighbourSource
from recsvc.ranking.sources.repurchase import due_scores
from recsvc.ranking.user_state import UserState

ENOUGH = 30
"""Behind so many items of one source the next is not asked: hardly a list is that long."""


class BuiltInPlacement(ABC):
    """How the lists of one placement come about.

    Attributes:
        name: what requests call it.
        repeats: whether what the user bought may be in it.
        fills: whether what sells fills it up, where the rules of the shop do not say.
        is_mixed: whether it trades relevance for other categories, and holds cold-start items.
        starts_from_cold_start: whether it can start from cold-start items, where there is nothing else.
        needs_known_items: whether items that nobody knows are an error; a cart of them is as good as empty.
        shows_when_due: whether ``explain`` says how likely the user is to buy an item again within a week.
        context_sources: what ranks items by those of the page or cart; what the first has no more of, the next adds.
        context_reason: what a reason by the buyers of the page or cart is called.
    """

    name: ClassVar[Placement]
    repeats: ClassVar[bool] = True
    fills: ClassVar[bool] = True
    is_mixed: ClassVar[bool] = False
    starts_from_cold_start: ClassVar[bool] = False
    needs_known_items: ClassVar[bool] = False
    shows_when_due: ClassVar[bool] = False
    context_sources: ClassVar[tuple[type[NeighbourSource], ...]] = (ItemNeighbours,)
    context_reason: ClassVar[ReasonType] = ReasonType.ALSO_BOUGHT

    @property
    def is_personal(self) -> bool:
        """Whether the list depends on the user."""
        return self.name.is_personal

    @abstractmethod
    def ranking(self, judge: Judge, user: UserState) -> Ranking:
        """Return all that could be in the list, best first."""

    def excluded(self, history: History) -> NDArray[np.int32]:
        """Return items of the history that the list never holds; int32, shape (n,)."""
        return NO_ITEMS if self.repeats else history.bought().items

    def is_filled(self, *, rules_fill: bool | None) -> bool:
        """Return whether what sells belongs into a list that is too short; ``rules_fill``: None where unsaid."""
        return self.fills if rules_fill is None else rules_fill

    def kept_out_by_history(self, ago: str | None, *, is_filled: bool) -> KeptOut | None:  # noqa: ARG002
        """Return how the history keeps an item out; ``ago``: in words, when the user last bought it."""
        return None

    def by_context(self, judge: Judge, user: UserState) -> Ranking:
        """Return what goes with the items of the history, all of which count alike for a guest."""
        ranking = Ranking.empty()
        for source in self.context_sources:
            if len(ranking) >= ENOUGH:
                break
            scores = source(judge.model).summed(user)
            shown = user.may_see(scores.items)
            ranked = Ranking.of_positive(scores.items[shown], scores.values[shown], source.name)
            ranking = ranking.filled_from(ranked) if len(ranking) else ranked
        return ranking


class ForYou(BuiltInPlacement):
    """What suits the user best, bought before or not."""

    name = Placement.FOR_YOU
    is_mixed = True
    starts_from_cold_start = True

    def ranking(self, judge: Judge, user: UserState) -> Ranking:
        """Return what the ranker says; for a user without factors, what goes with the page."""
        if user.factors_in(judge.model) is None:
            return self.by_context(judge, user)
        return judge.ranking(user, repeats=self.repeats)


class Discover(ForYou):
    """What suits the user best and is new to them."""

    name = Placement.DISCOVER
    repeats = False

    def kept_out_by_history(self, ago: str | None, *, is_filled: bool) -> KeptOut | None:  # noqa: ARG002
        """Return that the user bought it before."""
        if ago is None:
            return None
        return KeptOut(
            Obstacle.ALREADY_BOUGHT, f"the shopper bought it before{ago}; discover holds what is new"
        )


class BuyAgain(BuiltInPlacement):
    """What the user bought, and may need again."""

    name = Placement.BUY_AGAIN
    fills = False
    shows_when_due = True

    def ranking(self, judge: Judge, user: UserState) -> Ranking:
        """Return the user's own items, most due first."""
        if user.factors_in(judge.model) is None:
            return Ranking.empty()
        history = user.history.bought()
        judged = judge.judged(user, repeats=True)
        own = np.isin(judged.candidates.items, history.items)
        items = judged.candidates.items[own]
        due = due_scores(judge.model, history, items, judged.scores[own])
        return Ranking.of(items, due, (Source.REPURCHASE,) * len(items))

    def kept_out_by_history(self, ago: str | None, *, is_filled: bool) -> KeptOut | None:
        """Return that the user never bought it."""
        if ago is not None or is_filled:
            return None
        return KeptOut(
            Obstacle.NEVER_BOUGHT, "the shopper never bought it; buy_again holds only what they did"
        )


class Similar(BuiltInPlacement):
    """Alternatives to an item; behind them, what its buyers also buy."""

    name = Placement.SIMILAR
    starts_from_cold_start = True
    needs_known_items = True
    context_sources = (Alternatives, ItemNeighbours)

    def ranking(self, judge: Judge, user: UserState) -> Ranking:
        """Return what is like the item, then what goes with it."""
        return self.by_context(judge, user)


class BoughtTogether(BuiltInPlacement):
    """What goes with a cart."""

    name = Placement.BOUGHT_TOGETHER
    fills = False
    context_sources = (Cart,)
    context_reason = ReasonType.BOUGHT_WITH_YOUR_CART

    def ranking(self, judge: Judge, user: UserState) -> Ranking:
        """Return the basket neighbours of the items of the cart."""
        return self.by_context(judge, user)


class Trending(BuiltInPlacement):
    """What rises, then what sells."""

    name = Placement.TRENDING

    def ranking(self, judge: Judge, user: UserState) -> Ranking:  # noqa: ARG002
        """Return nothing: the list is what fills it."""
        return Ranking.empty()

    def is_filled(self, *, rules_fill: bool | None) -> bool:  # noqa: ARG002
        """Return true: there is nothing else."""
        return True


Placements = tuple[BuiltInPlacement, ...]

PLACEMENTS: Placements = (ForYou(), Discover(), BuyAgain(), Similar(), BoughtTogether(), Trending())

BY_NAME: Mapping[str, BuiltInPlacement] = {placement.name: placement for placement in PLACEMENTS}
