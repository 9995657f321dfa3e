"""What an ``event_id`` names: one event of a shopper or of a visit, which is stored once.

The id counts for its shopper and its visit alone. It does not count for the whole shop: whoever may post events could
then take the ids of other shoppers' events, before these arrive. Nor does it count for the API key: a client that sends
an event again with its new key would store it twice.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from operator import attrgetter
from typing import Any, Literal, TypeAlias

from sqlalchemy import Connection, Select, String, column, select, values

from recsvc.store.database import parts_of
from recsvc.store.event import Event
from recsvc.store.event_rows import EVENT_FIELDS, to_event
from recsvc.store.tables import events as table

_Owner: TypeAlias = Literal["user_id", "session_id", "nobody"]
_Name: TypeAlias = tuple[_Owner, str, str]

_content_of = attrgetter(
    "type",
    "item_id",
    "session_id",
    "quantity",
    "unit_price",
    "order_id",
    "channel",
    "recommendation_id",
    "position",
    "seen",
)


class Standing(Enum):
    """What an event that arrives is to the events that are stored."""

    NEW = auto()
    STORED = auto()
    CONFLICT = auto()


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event that arrives.

    Attributes:
        position: its place among those that arrived together, 0 for the first.
        event: what it says, with the user that its user or session was merged into.
        names_user: whether it came with a ``user_id``; otherwise its user may have changed since it was stored.
    """

    position: int
    event: Event
    names_user: bool


class KnownEvents:
    """The events that have an id, a shopper or a visit of ``arrivals``: those in the store, and those added since."""

    def __init__(self, connection: Connection, arrivals: Sequence[Arrival]) -> None:
        self._by_name: defaultdict[_Name, list[Event]] = defaultdict(list)
        names = {name for arrival in arrivals for name in _names_of(arrival.event)}
        for event in _stored(connection, names):
            self.add(event)

    def add(self, event: Event) -> None:
        """Know ``event`` from now on."""
        for name in _names_of(event):
            self._by_name[name].append(event)

    def standing_of(self, arrival: Arrival) -> Standing:
        """Return what ``arrival`` is: new, the same as one that is known, or another one under an id that is taken."""
        found = [event for name in _names_of(arrival.event) for event in self._by_name.get(name, ())]
        if any(_is_same(event, arrival) for event in found):
            return Standing.STORED
        # Guests do not know of each other's ids.
        is_new = not found or (arrival.event.user_id is None and arrival.event.session_id is None)
        return Standing.NEW if is_new else Standing.CONFLICT


def _names_of(event: Event) -> list[_Name]:
    if event.event_id is None:
        return []
    owners: tuple[tuple[_Owner, str | None], ...] = (
        ("user_id", event.user_id), ("session_id", event.session_id)
    )  # fmt: skip
    named: list[_Name] = [(owner, event.event_id, one) for owner, one in owners if one is not None]
    return named or [("nobody", event.event_id, "")]


def _stored(connection: Connection, names: set[_Name]) -> Iterator[Event]:
    """Yield the stored events of ``names``; one that has a user and a session may come twice."""
    owners: tuple[Literal["user_id", "session_id"], ...] = ("user_id", "session_id")
    for owner in owners:
        pairs = sorted((event_id, one) for kind, event_id, one in names if kind == owner)
        for part in parts_of(pairs):
            yield from map(to_event, connection.execute(_among(owner, part)))
    of_nobody = select(*EVENT_FIELDS).where(table.c.user_id.is_(None), table.c.session_id.is_(None))
    for ids in parts_of(sorted(event_id for kind, event_id, _ in names if kind == "nobody")):
        yield from map(to_event, connection.execute(of_nobody.where(table.c.event_id.in_(ids))))


def _among(owner: Literal["user_id", "session_id"], pairs: list[tuple[str, str]]) -> Select[Any]:
    """Return the query for the events of ``pairs``, each an event's id and its owner's.

    Both databases use the index of the pair for a join; SQLite does not for a condition.
    """
    wanted = values(column("event_id", String), column("owner", String), name="wanted").data(pairs).cte()
    is_wanted = (table.c.event_id == wanted.c.event_id) & (table.c[owner] == wanted.c.owner)
    return select(*EVENT_FIELDS).select_from(wanted.join(table, is_wanted))


def _is_same(stored: Event, arrival: Arrival) -> bool:
    event = arrival.event
    if arrival.names_user and stored.user_id != event.user_id:
        return False
    if _says_when(stored) and _says_when(event) and stored.occurred_at_us != event.occurred_at_us:
        return False
    return bool(_content_of(stored) == _content_of(event))


def _says_when(event: Event) -> bool:
    """Return whether the client said when it was; otherwise it is when the event arrived, each time anew."""
    return event.occurred_at_us != event.received_at_us
