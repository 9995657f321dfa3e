"""Events as rows of their table, and as columns."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import numpy as np
from sqlalchemy import Row

from recsvc.store.event import Event, EventBatch, EventType
from recsvc.store.tables import events

_NAMES = tuple(Event.__dataclass_fields__)
_values_of = attrgetter(*_NAMES)

EVENT_FIELDS = tuple(events.c[name] for name in _NAMES)
BATCH_FIELDS = tuple(
    events.c[name]
    for name in (
        "number", "occurred_at_us", "quantity", "unit_price",
        "type", "item_id", "user_id", "session_id", "order_id", "channel", "event_id",
    )
)  # fmt: skip


def to_event(row: Row[*tuple[Any, ...]]) -> Event:
    """Return the event in a row of ``EVENT_FIELDS``."""
    return Event(EventType(row[0]), *row[1:])


def to_row(event: Event) -> dict[str, Any]:
    """Return what is stored of ``event``."""
    return dict(zip(_NAMES, _values_of(event), strict=True))


def to_batch(rows: Sequence[Row[Any]]) -> EventBatch:
    """Return rows of ``BATCH_FIELDS`` as columns."""
    columns = list(zip(*rows, strict=True)) or [()] * len(BATCH_FIELDS)
    numbers, occurred_at_us, quantity, unit_price, *texts = columns
    return EventBatch(
        np.asarray(numbers, dtype=np.int64),
        np.asarray(occurred_at_us, dtype=np.int64),
        np.asarray(quantity, dtype=np.float64),
        np.asarray(unit_price, dtype=np.float64),  # None becomes NaN
        *texts,
    )
