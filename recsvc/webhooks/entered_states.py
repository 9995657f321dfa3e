"""Shoppers who enter a state become notices: when that is follows from their last order, not from who looks."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from recsvc.errors import SettingsError
from recsvc.moments.moments import AT_ONCE
from recsvc.moments.states import STATE_EDGES, STATES, Stages
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.moments import LastOrders
from recsvc.store.event import DAY_US
from recsvc.store.notices import Notice
from recsvc.store.store import Store
from recsvc.webhooks.checking import WEEK_US
from recsvc.webhooks.gathering import MOST_WAITING, new_id
from recsvc.webhooks.occasion import STATES as TOLD_STATES
from recsvc.webhooks.occasion import Kind, Limits, is_state_told

CATCH_UP_US = 7 * DAY_US
"""Who entered a state longer ago is not told of: the service was away, or has just been told to tell."""

SHOPPERS_AT_ONCE = 1_000


@dataclass
class LearnedStages:
    """When the states of all shoppers of one version begin, calculated block by block, so that nobody waits for it.

    Attributes:
        live: the version.
        orders: the last orders that it learned; None where it cannot foresee any.
    """

    live: LiveVersion
    orders: LastOrders | None = None
    _blocks: list[Stages] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Find out whether there is anything to be calculated."""
        try:
            self.orders = LastOrders.of(self.live)
        except SettingsError:
            self.orders = None

    def go_on(self) -> bool:
        """Calculate one more block; return whether all are there."""
        if self.orders is None:
            return True
        start = len(self._blocks) * AT_ONCE
        if start < len(self.orders.users):
            rhythms = self.orders.rhythms.at(np.arange(start, min(start + AT_ONCE, len(self.orders.users))))
            curves = self.orders.shop.curves(rhythms, np.zeros(len(rhythms)), STATE_EDGES)
            self._blocks.append(Stages.of(curves, rhythms.orders == 1))
        return len(self._blocks) * AT_ONCE >= len(self.orders.users)

    def entered(self, since_us: int, now_us: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Yield, block by block, the users who entered a state later than ``since_us``, and the places in ``STATES``.

        int64, shape (n,) each: places among the users of the last orders, and of states.
        """
        if self.orders is None:
            return
        for number, stages in enumerate(self._blocks):
            first = number * AT_ONCE
            last_us = self.orders.at_us[first : first + len(stages.is_first)]
            numbers = stages.numbers(np.maximum((now_us - last_us) / DAY_US, 0))
            began_us = last_us + stages.began_days(numbers) * DAY_US
            fresh = np.flatnonzero(began_us > since_us)
            yield first + fresh, numbers[fresh]


@dataclass
class EnteredStates:
    """Finds shoppers who entered a state that is told.

    Attributes:
        store: of the shop.
        limits: of the telling.
        kinds: that are told.
        live: returns the version that answers.
    """

    store: Store
    limits: Limits
    kinds: frozenset[str]
    live: Callable[[], LiveVersion | None]
    _learned: LearnedStages | None = None

    def gather(self, now_us: int) -> bool:
        """Queue notices of those who entered a state; return whether that is done. Raises StoreError.

        Call it again until it is: before all of a new version is calculated, nothing is queued.
        """
        wanted, live = self._wanted(), self.live()
        if self.is_of_another_version():
            self._learned = None
        listening = self.store.sender.listening()
        if not wanted or live is None or listening is None:
            return True
        if self._learned is None:
            self._learned = LearnedStages(live)
        if not self._learned.go_on():
            return False
        since_us = max(listening.since_us, now_us - CATCH_UP_US)
        for users, states in self._learned.entered(since_us, now_us):
            told = np.isin(states, list(wanted))
            self._queue(self._learned, users[told], states[told], now_us)
            if self.store.notices.n_waiting() >= MOST_WAITING:
                break
        return True

    def is_of_another_version(self) -> bool:
        """Return whether another version answers by now; the one before must not be kept."""
        return self._learned is not None and self._learned.live is not self.live()

    def _wanted(self) -> Mapping[int, Kind]:
        """Return the kinds that are told, by the place of their state in ``STATES``."""
        return {STATES.index(state): kind for kind, state in TOLD_STATES.items() if kind in self.kinds}

    def _queue(
        self, learned: LearnedStages, users: NDArray[np.int64], states: NDArray[np.int64], now_us: int
    ) -> None:
        for start in range(0, len(users), SHOPPERS_AT_ONCE):
            part = slice(start, start + SHOPPERS_AT_ONCE)
            notices = list(self._notices(learned, users[part], states[part], now_us))
            if notices:
                self.store.notices.queue(notices)

    def _notices(
        self, learned: LearnedStages, users: NDArray[np.int64], states: NDArray[np.int64], now_us: int
    ) -> Iterator[Notice]:
        """Yield the notices of users; not of those who bought since the training: it does not know their last order."""
        orders, kinds = learned.orders, self._wanted()
        if orders is None:
            return
        names = learned.live.recommender.model.users
        named = [names.id_of(int(orders.users[user])) for user in users]
        ids = {one for one in named if one is not None}
        bought = self.store.interest.last_purchases(ids, self._known_until_us(orders))
        told = self.store.memory.of_states(ids, tuple(TOLD_STATES))
        lately = self.store.memory.n_lately(ids, now_us - WEEK_US)
        left_out = self.store.objections.all() | bought.keys()
        for user_id, user, state in zip(named, users.tolist(), states.tolist(), strict=True):
            kind, order_us = kinds[state], round(float(orders.at_us[user]))
            if user_id is None or user_id in left_out or lately[user_id] >= self.limits.per_week:
                continue
            if not is_state_told(kind, order_us, told.get(user_id, ())):
                yield Notice(new_id(), kind, user_id, "", order_us, None, now_us, now_us)

    @staticmethod
    def _known_until_us(orders: LastOrders) -> int:
        return round(float(orders.at_us.max())) + 1 if len(orders.at_us) else 0
