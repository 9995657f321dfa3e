"""Events as rows of their table, and back."""

from collections.abc import Sequence
from functools import cache
from math import isfinite
from operator import attrgetter
from typing import Any

import numpy as np
from sqlalchemy import Row

from recsvc.store.event import MAX_QUANTITY, Event, EventColumns, EventType
from recsvc.store.tables import END_US, events

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


_KINDS: dict[str, tuple[type, ...]] = {
    "type": (str,), "item_id": (str,), "occurred_at_us": (int,), "received_at_us": (int,),
    "quantity": (float, int), "unit_price": (float, int, type(None)),
    "position": (int, type(None)), "seen": (bool,),
}  # fmt: skip
_TEXT_OR_NOTHING = (str, type(None))


@cache
def _fits(kinds: tuple[type, ...]) -> bool:
    """Return whether a row of ``EVENT_FIELDS`` may have values of these types; SQLite keeps any in any column."""
    return all(kind in _KINDS.get(name, _TEXT_OR_NOTHING) for name, kind in zip(_NAMES, kinds, strict=True))


def to_event(row: Row[*tuple[Any, ...]]) -> Event:
    """Return the event in a row of ``EVENT_FIELDS``; raises ValueError where another program wrote something else."""
    if not _fits(tuple(map(type, row))):
        raise ValueError("an event has a value of another type than its column")
    event = Event(EventType(row[0]), *row[1:])
    is_bounded = event.quantity <= MAX_QUANTITY and isfinite(event.unit_price or 0)
    if not (is_bounded and 0 <= event.occurred_at_us < END_US and 0 <= event.received_at_us < END_US):
        raise ValueError("an event has a value that is out of all bounds")
    return event


def to_row(event: Event) -> dict[str, Any]:
    """Return what is stored of ``event``."""
    return dict(zip(_NAMES, _values_of(event), strict=True))


def to_columns(rows: Sequence[Row[Any]]) -> EventColumns:
    """Return rows of ``BATCH_FIELDS`` as columns."""
    columns = list(zip(*rows, strict=True)) or [()] * len(BATCH_FIELDS)
    numbers, occurred_at_us, quantity, unit_price, *texts = columns
    return EventColumns(
        np.asarray(numbers, dtype=np.int64),
        np.asarray(occurred_at_us, dtype=np.int64),
        np.asarray(quantity, dtype=np.float64),
        np.asarray(unit_price, dtype=np.float64),  # None becomes NaN
        *texts,
    )
