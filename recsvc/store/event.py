"""What a shopper did with an item, one event or many as columns."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

DAY_US = 86_400_000_000
"""A day, in the microseconds in which times are kept."""

MAX_CHANNEL_LENGTH = 32
MAX_QUANTITY = 1e9
MAX_POSITION = 1000


class EventType(StrEnum):
    """What a shopper can do with an item."""

    PURCHASE = "purchase"
    RETURN = "return"
    ADD_TO_CART = "add_to_cart"
    VIEW = "view"
    WISHLIST = "wishlist"
    LIKE = "like"
    DISLIKE = "dislike"
    IMPRESSION = "impression"
    CLICK = "click"


OF_LISTS = (EventType.IMPRESSION, EventType.CLICK)
"""What shoppers do with lists alone: who sees none does none of it."""


@dataclass(frozen=True, slots=True)
class Event:
    """What a shopper did with an item.

    Attributes:
        type: what was done.
        item_id: the shop's id of the item.
        occurred_at_us, received_at_us: microseconds since 1970, UTC.
        user_id, session_id: of the shopper; neither is there where nobody knows who it was.
        quantity: how many, above 0; also of what was returned.
        unit_price: of one item, or None.
        order_id: the order that it belongs to, or None.
        channel: web, store, phone … or None.
        event_id: the shop's id of the event among those of the shopper, or None; it is stored once.
        recommendation_id: the list that led to the event, or None.
        position: the rank that the item had in that list, 1 for the first, or None.
        seen: of an impression, whether the item was in view.
    """

    type: EventType
    item_id: str
    occurred_at_us: int
    received_at_us: int
    user_id: str | None = None
    session_id: str | None = None
    quantity: float = 1.0
    unit_price: float | None = None
    order_id: str | None = None
    channel: str | None = None
    event_id: str | None = None
    recommendation_id: str | None = None
    position: int | None = None
    seen: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError unless the quantity is above 0."""
        if not self.quantity > 0:
            raise ValueError(f"quantity must be above 0, got {self.quantity}")


@dataclass(frozen=True)
class Appended:
    """What became of events that were appended.

    Attributes:
        accepted: how many are new and stored.
        duplicates: how many are stored already, by their ``event_id``.
        ignored: how many are of shoppers who were erased; these are not stored.
        user_ids, session_ids: the users and sessions whose lists may have changed. Those of duplicates are among them:
            the process that stored the first copy may have died before it invalidated any list. Impressions alone
            change no list.
        conflicts: the positions, ascending, of events whose ``event_id`` is that of another event of the shopper or the
            visit; these are not stored.
    """

    accepted: int
    duplicates: int
    ignored: int
    user_ids: frozenset[str]
    session_ids: frozenset[str]
    conflicts: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class EventColumns:
    """Consecutive events as columns, oldest number first; None where an event lacks the field.

    Attributes:
        numbers: int64, shape (n,): grows with each event stored; the last one is the next cursor.
        occurred_at_us: int64, shape (n,): microseconds since 1970, UTC.
        quantity, unit_price: float64, shape (n,); NaN where there is no price.
        types, item_ids, user_ids, session_ids, order_ids, channels, event_ids: length n.
    """

    numbers: NDArray[np.int64]
    occurred_at_us: NDArray[np.int64]
    quantity: NDArray[np.float64]
    unit_price: NDArray[np.float64]
    types: tuple[str, ...]
    item_ids: tuple[str, ...]
    user_ids: tuple[str | None, ...]
    session_ids: tuple[str | None, ...]
    order_ids: tuple[str | None, ...]
    channels: tuple[str | None, ...]
    event_ids: tuple[str | None, ...]

    def __len__(self) -> int:
        return len(self.numbers)
