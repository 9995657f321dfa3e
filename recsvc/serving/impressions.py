"""What a shopper was shown again and again and never turned to."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recsvc.rules.placement_rules import Rotation
from recsvc.serving.live_events import DAY_US, INTEREST
from recsvc.serving.live_model import LiveVersion
from recsvc.store.event import Event, EventType

TURNED_TO = frozenset({EventType.PURCHASE, *INTEREST})
"""What ends the count of an item's impressions; it begins anew with the next one."""

SHOWN = TURNED_TO | {EventType.IMPRESSION}
"""The events that rotation looks at."""


def shown_in_vain(
    events: Sequence[Event], live: LiveVersion, rotation: Rotation, now_us: int
) -> NDArray[np.int32]:
    """Return the items of ``live`` with so many impressions since the shopper last turned to them.

    Args:
        events: the shopper's, newest first; of ``SHOWN`` types, others change nothing.
        live: the version whose items are meant.
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
