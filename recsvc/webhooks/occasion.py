"""What is worth telling, and when nothing is: pure decisions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from recsvc.moments.states import State
from recsvc.store.event import DAY_US
from recsvc.store.interest import Look
from recsvc.store.item_changes import ItemChange
from recsvc.store.notice_memory import Told, ToldState


class Kind(StrEnum):
    """What a webhook is about."""

    BACK_IN_STOCK = "item.back_in_stock"
    PRICE_DROP = "item.price_drop"
    DUE = "shopper.due"
    LATE = "shopper.late"
    LOST = "shopper.lost"


PING = "recsvc.ping"
"""The kind of the webhook by which people try a receiver; it is about nobody."""

STATES: Mapping[Kind, State] = {Kind.DUE: State.DUE, Kind.LATE: State.LATE, Kind.LOST: State.GONE}
"""In the order in which a shopper who does not come back passes them."""

SAME_ORDER_US = DAY_US
"""A last order is that of before unless it is so much later: a file of orders may know the day of it alone."""

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Limits:
    """What bounds the telling.

    Attributes:
        price_drop: how much a price has to fall, as a part of it.
        look_us: how long a look counts.
        settle_us: how long a stock or a price has to stay.
        per_week: notices of one shopper in a week, at most.
    """

    price_drop: float
    look_us: int
    settle_us: int
    per_week: int


@dataclass(frozen=True)
class Fall:
    """A price that a shopper has not seen so low: what they saw, and what it is."""

    was_price: float
    price: float


def seen_price(changes: Iterable[ItemChange], looked_at_us: int, price: float) -> float | None:
    """Return the price at the moment of a look: that before the first change after it; ``price``, today's, without one.

    None where the item had no price then. ``changes`` are those of the item, oldest first.
    """
    return next((one.was_price for one in changes if one.is_price and one.at_us > looked_at_us), price)


def is_price_known(look: Look, since_us: int) -> bool:
    """Return whether the price at the moment of a look is known: before ``since_us`` nobody noted changes."""
    return look.looked_at_us >= since_us


def fall(look: Look, seen: float | None, price: float, told: Told | None, limits: Limits) -> Fall | None:
    """Return how far a price fell for a shopper; None where it did not fall enough.

    It is compared with what the shopper saw, and with the lowest price that they were told of: a price that flips
    between two values is told once. A price of nothing is a mistake.
    """
    if seen is None:
        return None
    bar = seen if told is None or told.price is None else min(seen, told.price)
    return Fall(seen, price) if look.is_open and is_lower(price, bar, limits) else None


def is_lower(price: float, bar: float, limits: Limits) -> bool:
    """Return whether a price is so much below another one that it is worth telling."""
    return 0 < price <= bar * (1 - limits.price_drop) * (1 + _ROUNDING)


def is_back_for(look: Look, back_at_us: int, told: Told | None) -> bool:
    """Return whether a shopper wants to know that an item is back since ``back_at_us``.

    Who looked at it since saw that; who was told is told again once they have looked again.
    """
    return (
        look.is_open and look.looked_at_us < back_at_us and (told is None or told.at_us < look.looked_at_us)
    )


def back_since(changes: Sequence[ItemChange], limits: Limits) -> int | None:
    """Return since when an item is back in stock, by the ``changes`` of it, oldest first; None where it is not.

    An item that was away for less than it has to stay as it is was not sold out: something was being corrected.
    """
    stock = [one for one in changes if not one.is_price]
    if not stock or not stock[-1].in_stock:
        return None
    went = stock[-2].at_us if len(stock) > 1 and not stock[-2].in_stock else None
    return None if went is not None and stock[-1].at_us - went < limits.settle_us else stock[-1].at_us


def is_settled(change: ItemChange, now_us: int, limits: Limits) -> bool:
    """Return whether a change is old enough to be looked at; so is one of a clock that was wrong."""
    return not now_us - limits.settle_us < change.at_us <= now_us + limits.settle_us


def is_state_told(kind: Kind, order_us: int, told: Iterable[ToldState]) -> bool:
    """Return whether this state, or one that comes after it, was told since the last order, at ``order_us``."""
    order = list(STATES)
    return any(
        order.index(Kind(one.kind)) >= order.index(kind) and abs(one.order_us - order_us) < SAME_ORDER_US
        for one in told
    )
