"""The events of a user as the ranking reads them: what the model has not seen, and what was shown in vain."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from recsvc.ranking.cold_start import ColdStartItems
from recsvc.ranking.live_events import Acts, LiveEvents, Weights
from recsvc.rules.placement_rules import Rotation
from recsvc.serving.live_model import LiveVersion
from recsvc.store.event import DAY_US, Event, EventType

INTEREST = {
    EventType.WISHLIST: 0.6,
    EventType.LIKE: 0.6,
    EventType.ADD_TO_CART: 0.4,
    EventType.CLICK: 0.1,
    EventType.VIEW: 0.1,
}
"""What is less than a purchase, and what part of one it counts."""

READ = frozenset({EventType.PURCHASE, EventType.RETURN, EventType.DISLIKE, *INTEREST})
"""The events that lists are made from: all but impressions."""

Row = tuple[int, float, float, int]


def live_events(
    events: Sequence[Event], live: LiveVersion, cold_start: ColdStartItems, *, is_known: bool
) -> LiveEvents | None:
    """Return what ``live`` has not seen, or None where that is nothing.

    The model has seen the purchases and returns of a user whom it knows (``is_known``) until its newest order, and
    nothing else. Purchases and dislikes of items in ``cold_start`` only say that these are not shown; events of other
    items that the model does not know say nothing.
    """
    since_us = _data_through_us(live)
    reader = _Reader(cold_start, since_us)
    orders = [
        event
        for event in events
        if not (is_known and since_us is not None and event.occurred_at_us <= since_us)
    ]

    def acts(of: Sequence[Event], kind: EventType) -> list[Row]:
        return [row for event in of if event.type is kind for row in reader.rows(event)]

    read = LiveEvents(
        purchases=Acts.of(acts(orders, EventType.PURCHASE)),
        returns=Acts.of(acts(orders, EventType.RETURN)),
        interest=Acts.of([row for kind in INTEREST for row in acts(events, kind)]),
        disliked=reader.items(events, EventType.DISLIKE),
        bought_new=reader.items(events, EventType.PURCHASE, cold_start.first_index),
        weights=Weights.of(live.manifest.fitted_with),
    )
    return read if read.changes_taste or len(read.excluded) else None


def _data_through_us(live: LiveVersion) -> int | None:
    newest = live.manifest.data_through
    return None if newest is None else round(datetime.fromisoformat(newest).timestamp() * 1_000_000)


class _Reader:
    """Turns ids into indices and moments into days."""

    def __init__(self, cold_start: ColdStartItems, since_us: int | None) -> None:
        self._known = cold_start.known
        self._n_learned = cold_start.first_index
        self._since_us = since_us
        self._items: dict[str, int | None] = {}
        self._orders: dict[str | int, int] = {}

    def rows(self, event: Event) -> list[Row]:
        """Return the event as one row, or none where the model does not know the item."""
        item = self._index_of(event.item_id)
        if item is None or item >= self._n_learned:
            return []
        day = 0.0 if self._since_us is None else (event.occurred_at_us - self._since_us) / DAY_US
        # What was bought at one moment without an order's id is one order, as in training.
        name = event.occurred_at_us if event.order_id is None else event.order_id
        order = self._orders.setdefault(name, len(self._orders))
        return [(item, day, INTEREST.get(event.type, event.quantity), order)]

    def items(self, events: Sequence[Event], kind: EventType, first_index: int = 0) -> NDArray[np.int32]:
        """Return the items in events of a kind, from ``first_index`` on; int32, shape (n,), ascending."""
        found = {self._index_of(event.item_id) for event in events if event.type is kind}
        return np.asarray(
            sorted(index for index in found if index is not None and index >= first_index), np.int32
        )

    def _index_of(self, item_id: str) -> int | None:
        if item_id not in self._items:
            self._items[item_id] = self._known.index_of(item_id)
        return self._items[item_id]


TURNED_TO = frozenset({EventType.PURCHASE, *INTEREST})
"""What ends the count of an item's impressions; it begins anew with the next one."""

SHOWN = TURNED_TO | {EventType.IMPRESSION}
"""The events that rotation looks at."""


def shown_in_vain(
    events: Sequence[Event], live: LiveVersion, rotation: Rotation, now_us: int
) -> NDArray[np.int32]:
    """Return the items of ``live`` with so many impressions since the user last turned to them.

    Args:
        events: the user's, newest first; types that are not in ``SHOWN`` change nothing.
        live: the version whose items are looked for.
        rotation: how many impressions, within how many days.
        now_us: microseconds since 1970.

    Returns:
        Item indices, int32, shape (n,), ascending.
    """
    since_us = now_us - rotation.within_days * DAY_US
    shown: Counter[str] = Counter()
    turned_to: set[str] = set()
    for event in events:
        if event.type in TURNED_TO:
            turned_to.add(event.item_id)
        elif event.type is EventType.IMPRESSION and event.occurred_at_us >= since_us:
            shown[event.item_id] += event.item_id not in turned_to
    often = [item_id for item_id, times in shown.items() if times >= rotation.after_impressions]
    return np.asarray(sorted(live.recommender.model.items.indices_of(often)), dtype=np.int32)
