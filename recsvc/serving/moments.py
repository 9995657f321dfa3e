"""When a shopper orders next: by what the live version learned, and what they bought since."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from recsvc.errors import SettingsError
from recsvc.identity.spelling import canonical_user_id
from recsvc.moments.calendar import Calendar, day_number
from recsvc.moments.moments import Moments, moments_of
from recsvc.moments.rhythm import Rhythms
from recsvc.moments.shop_rhythm import LEAST_REPEAT_BUYERS, ShopRhythm
from recsvc.moments.states import STATES
from recsvc.ranking.history import History, history_of
from recsvc.ranking.live_events import with_events
from recsvc.ranking.query import UserKey
from recsvc.ranking.sources.repurchase import due
from recsvc.serving.live_model import LiveModel, LiveVersion
from recsvc.serving.shop import Shop
from recsvc.store.event import DAY_US, Event, EventType
from recsvc.store.store import Store

MOST_DUE = 5
LEAST_DUE_CHANCE = 0.02
"""Items with a smaller chance to be bought again within a week are not said to be due."""

UNDATED = (
    "the live version learned from orders without dates, so that nothing is known of when shoppers order"
)
NOT_KEPT = "the live version was trained before moments were learned; train again"


@dataclass(frozen=True)
class DueItem:
    """An item that the shopper bought, and may soon buy again.

    Attributes:
        item_id: which.
        chance_7_days: the probability that it is bought again within a week.
        orders: in how many orders it was.
        last_ordered_us: when it was bought last, in microseconds since 1970.
    """

    item_id: str
    chance_7_days: float
    orders: int
    last_ordered_us: int


@dataclass(frozen=True)
class ShopperMoment:
    """The moment of one shopper.

    Attributes:
        user_id: in the one spelling.
        model_version: the version that knows the shop's rhythm.
        at_us: the moment that is called now, in microseconds since 1970.
        last_order_us: the first order of the last day with one.
        orders: days with an order.
        moments: of this one shopper; None where nothing is learned.
        not_learned: why not, in a sentence; "" where something is.
        due: likeliest first.
    """

    user_id: str
    model_version: str
    at_us: int
    last_order_us: int
    orders: int
    moments: Moments | None
    not_learned: str
    due: tuple[DueItem, ...]


class ShopperMoments:
    """Answers when shoppers order next."""

    def __init__(self, live_model: LiveModel, shop: Shop, store: Store) -> None:
        self._live_model = live_model
        self._shop = shop
        self._store = store

    def moment_of(self, user_id: str, at_us: int) -> ShopperMoment | None:
        """Return the moment of a shopper, under whichever of their ids, at ``at_us``.

        None for one of whom no dated order is known, who was erased, or who asked not to be profiled. Purchases after
        ``at_us`` are not looked at.

        Raises:
            NoModelError: no version is loaded yet.
            StoreError: the store does not say what was bought lately.
        """
        live, user_id = self._live_model.current(), canonical_user_id(user_id)
        user_id = self._store.users.merged_into([user_id]).get(user_id, user_id)
        if self._shop.was_erased_by_now(user_id) or self._shop.objecting.holds(user_id):
            return None
        known_until_us, model = _data_through_us(live), live.recommender.model
        if not model.is_dated or known_until_us is None:
            return None
        orders = _orders_of(live, user_id, _purchases(self._store, user_id, at_us), known_until_us)
        if orders is None:
            return None
        not_learned = _not_learned(live)
        moments = None
        if live.shop_rhythm is not None and not not_learned:
            since = np.asarray([orders.since_days(at_us)])
            moments = moments_of(live.shop_rhythm, orders.rhythm, since, at_us / DAY_US)
        return ShopperMoment(
            user_id, live.manifest.model_version, at_us, orders.last_us, int(orders.rhythm.orders[0]),
            moments, not_learned, self._due(live, user_id, at_us, known_until_us),
        )  # fmt: skip

    def _due(self, live: LiveVersion, user_id: str, at_us: int, known_until_us: int) -> tuple[DueItem, ...]:
        model = live.recommender.model
        index = model.users.index_of(user_id)
        history = History.of_items([]) if index is None else history_of(model, index)
        events = self._shop.users.events(UserKey("user", user_id), live, self._shop.cold_start_items(live))
        newest_us = known_until_us
        if events is not None and events.changes_taste:
            history = with_events(history, events)
            newest_us += round(events.newest_day * DAY_US)
        history = history.bought()
        later = np.float32(max(at_us - newest_us, 0) / DAY_US)
        aged = replace(
            history, age_days=history.age_days + later, first_age_days=history.first_age_days + later
        )
        chances = due(model, aged)
        best = np.argsort(-chances, kind="stable")[:MOST_DUE]
        return tuple(
            DueItem(
                model.items.id_of(int(history.items[place])),
                float(chances[place]),
                int(history.orders[place]),
                newest_us - round(float(history.age_days[place]) * DAY_US),
            )
            for place in best
            if chances[place] >= LEAST_DUE_CHANCE
        )


@dataclass(frozen=True, eq=False)
class LastOrders:
    """The users of a model of whom a dated order was learned.

    Attributes:
        shop: what was learned of its rhythm.
        users: int64, shape (n,): their places in the model, ascending.
        rhythms: of each.
        at_us: float64, shape (n,): their last orders, in microseconds since 1970.
    """

    shop: ShopRhythm
    users: NDArray[np.int64]
    rhythms: Rhythms
    at_us: NDArray[np.float64]

    @classmethod
    def of(cls, live: LiveVersion) -> "LastOrders":
        """Return those of ``live``; raises SettingsError where it cannot foresee orders."""
        known_until_us, model = _data_through_us(live), live.recommender.model
        not_learned, shop, rhythm = _not_learned(live), live.shop_rhythm, model.user_rhythm
        if not_learned or shop is None or rhythm is None or known_until_us is None:
            raise SettingsError(
                f"the state of shoppers is not known: {not_learned or 'the orders have no dates'}"
            )
        users = np.flatnonzero(rhythm[:, 0] > 0)
        rhythms, age_days = Rhythms.of_columns(rhythm[users])
        return cls(shop, users, rhythms, known_until_us - age_days * DAY_US)


def states_of(live: LiveVersion, at_us: int) -> list[str | None]:
    """Return the state of each user of the model at ``at_us``, by the orders that it learned; None without a dated one.

    Raises SettingsError where the version cannot foresee orders.
    """
    orders = LastOrders.of(live)
    since_days = np.maximum((at_us - orders.at_us) / DAY_US, 0)
    found: list[str | None] = [None] * live.recommender.model.n_users
    numbers = moments_of(orders.shop, orders.rhythms, since_days, at_us / DAY_US).states
    for user, number in zip(orders.users.tolist(), numbers.tolist(), strict=True):
        found[user] = str(STATES[number])
    return found


def states_among(
    live: LiveVersion | None, store: Store, user_ids: Sequence[str], at_us: int
) -> dict[str, str]:
    """Return the state of each of some users at ``at_us``, by the orders of the model and what they bought since.

    Those of whom no dated order is known are left out; all are, where the version cannot foresee orders. Raises
    StoreError.
    """
    known_until_us = None if live is None else _data_through_us(live)
    if live is None or live.shop_rhythm is None or known_until_us is None or _not_learned(live):
        return {}
    if not live.recommender.model.is_dated:
        return {}
    active, orders = store.events.users_among(user_ids), dict[str, _Orders]()
    for user_id in user_ids:
        bought = _purchases(store, user_id, at_us) if user_id in active else []
        found = _orders_of(live, user_id, bought, known_until_us)
        if found is not None:
            orders[user_id] = found
    if not orders:
        return {}
    rhythms = Rhythms.joined([one.rhythm for one in orders.values()])
    since_days = np.asarray([one.since_days(at_us) for one in orders.values()])
    numbers = moments_of(live.shop_rhythm, rhythms, since_days, at_us / DAY_US).states
    return {user_id: str(STATES[number]) for user_id, number in zip(orders, numbers.tolist(), strict=True)}


@dataclass(frozen=True, eq=False)
class _Orders:
    """The rhythm of one shopper, and the moment of their last order."""

    rhythm: Rhythms
    last_us: int

    def since_days(self, at_us: int) -> float:
        """Return the days from the last order to ``at_us``."""
        return max(at_us - self.last_us, 0) / DAY_US

    @classmethod
    def known(cls, columns: NDArray[np.float32], known_until_us: int) -> "_Orders":
        rhythm, age_days = Rhythms.of_columns(columns)
        return cls(rhythm, known_until_us - round(float(age_days[0]) * DAY_US))


def _purchases(store: Store, user_id: str, at_us: int) -> list[Event]:
    """Return the purchases in the store until ``at_us``."""
    found = store.events.history_of(user_id, types={EventType.PURCHASE})
    return [event for event in found if event.occurred_at_us <= at_us]


def _orders_of(
    live: LiveVersion, user_id: str, bought: Sequence[Event], known_until_us: int
) -> _Orders | None:
    """Return the orders that the model learned and those that were ``bought`` since; None where there is none."""
    model = live.recommender.model
    index, rhythm = model.users.index_of(user_id), model.user_rhythm
    calendar = live.shop_rhythm.calendar if live.shop_rhythm else Calendar()
    known = None
    if index is not None and rhythm is not None and rhythm[index, 0] > 0:
        known = _Orders.known(rhythm[index : index + 1], known_until_us)
        bought = [event for event in bought if event.occurred_at_us > known_until_us]
    return _with_purchases(known, bought, calendar.day_starts_hour)


def _with_purchases(known: _Orders | None, bought: Sequence[Event], day_starts_hour: int) -> _Orders | None:
    """Return the orders of a shopper after what they ``bought`` since; None where there is none at all."""

    def day(moment_us: int) -> int:
        return int(day_number(np.asarray([moment_us / DAY_US]), day_starts_hour)[0])

    for moment_us in sorted(event.occurred_at_us for event in bought):
        if known is None:
            known = _Orders(Rhythms.first_orders(), moment_us)
        elif day(moment_us) > day(known.last_us):
            gap = np.asarray([(moment_us - known.last_us) / DAY_US])
            known = _Orders(known.rhythm.after(gap), moment_us)
    return known


def _not_learned(live: LiveVersion) -> str:
    """Return why the live version cannot foresee orders; "" where it can."""
    if live.shop_rhythm is None:
        return NOT_KEPT
    if not live.shop_rhythm.is_learned:
        return (
            f"only {live.shop_rhythm.repeat_buyers} shoppers ordered on two days or more; "
            f"at least {LEAST_REPEAT_BUYERS} are needed"
        )
    return ""


def _data_through_us(live: LiveVersion) -> int | None:
    newest = live.manifest.data_through
    return None if newest is None else round(datetime.fromisoformat(newest).timestamp() * 1_000_000)
