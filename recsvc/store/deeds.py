"""What a shopper did, as outcomes are made of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeAlias

import structlog
from sqlalchemy import Connection, Row, Select, bindparam, func, select

from recsvc.store.database import parts_of
from recsvc.store.event import DAY_US, Event, EventType
from recsvc.store.event_rows import EVENT_FIELDS, to_event
from recsvc.store.outcome import Shopper
from recsvc.store.tables import events

MAX_EVENTS_A_SHOPPER = 20_000

MAX_USERS_A_VISIT = 10
"""A visit of more users is that of a till, or all guests have the same: what guests did in it tells of none of them."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Deeds:
    """What a shopper did, oldest first.

    Attributes:
        events: of the shopper; the newest, where they are too many.
        beside: what guests did in visits that the shopper made too.
        first_day: the first day of which all of ``events`` are there, in days since 1970.
    """

    events: tuple[Event, ...]
    beside: tuple[Event, ...]
    first_day: int = 0


def read_deeds(connection: Connection, shopper: Shopper, types: frozenset[EventType]) -> Deeds:
    """Return the newest ``MAX_EVENTS_A_SHOPPER`` events of a shopper, of ``types``."""
    if shopper.kind == "session":
        found = _newest(connection, "guest", shopper.shopper_id, types)
        return Deeds(found, (), _first_day(found))
    found = _newest(connection, "user", shopper.shopper_id, types)
    visits = {event.session_id for event in found if event.session_id is not None}
    own = sorted(_visits_of_few(connection, visits))
    beside = [event for visit in own for event in _newest(connection, "guest", visit, types)]
    return Deeds(found, tuple(sorted(beside, key=lambda event: event.occurred_at_us)), _first_day(found))


def _first_day(found: Sequence[Event]) -> int:
    """Return the first day of which all events are among the newest that were ``found``."""
    return 0 if len(found) < MAX_EVENTS_A_SHOPPER else found[0].occurred_at_us // DAY_US + 1


def _visits_of_few(connection: Connection, visits: Collection[str]) -> set[str]:
    """Return those of ``visits`` in which at most ``MAX_USERS_A_VISIT`` users were."""
    many = set[str]()
    for part in parts_of(sorted(visits)):
        users = select(events.c.session_id).where(events.c.session_id.in_(part)).group_by(events.c.session_id)
        n_users = func.count(events.c.user_id.distinct())
        many |= set(connection.scalars(users.having(n_users > MAX_USERS_A_VISIT)))
    return set(visits) - many


def users_in(connection: Connection, visits: Collection[str]) -> set[Shopper]:
    """Return the users who were in these visits, too, unless they were too many."""
    found = set[Shopper]()
    for part in parts_of(sorted(_visits_of_few(connection, visits))):
        users = select(events.c.user_id).where(events.c.session_id.in_(part), events.c.user_id.is_not(None))
        found |= {Shopper("user", str(user)) for user in connection.scalars(users.distinct())}
    return found


def orders_of_nobody(connection: Connection, after: int, until: int) -> dict[str, list[Event]]:
    """Return purchases and returns among these events that name neither user nor session, by order, oldest first."""
    found = select(*EVENT_FIELDS).where(
        events.c.number > after,
        events.c.number <= until,
        events.c.user_id.is_(None),
        events.c.session_id.is_(None),
        events.c.type.in_((EventType.PURCHASE, EventType.RETURN)),
    )
    orders: dict[str, list[Event]] = {}
    for row in connection.execute(found.order_by(events.c.occurred_at_us, events.c.number)):
        event = _legible(row)
        if event is not None:
            name = f"alone {len(orders)}" if event.order_id is None else f"order {event.order_id}"
            orders.setdefault(name, []).append(event)
    return orders


_Whose: TypeAlias = Literal["user", "guest"]


def _newest(
    connection: Connection, whose: _Whose, external_id: str, types: frozenset[EventType]
) -> tuple[Event, ...]:
    """Return the newest events of a user, or of a visit without a user, oldest first."""
    rows = connection.execute(_newest_first(whose, types), {"external_id": external_id}).all()
    return tuple(event for row in reversed(rows) if (event := _legible(row)) is not None)


def _legible(row: Row[*tuple[Any, ...]]) -> Event | None:
    """Return the event in a row; None where another program wrote something else."""
    try:
        return to_event(row)
    except (ValueError, TypeError) as error:
        _log.error("event_unreadable", error=type(error).__name__)
        return None


@cache
def _newest_first(whose: _Whose, types: frozenset[EventType]) -> Select[Any]:
    column = events.c.user_id if whose == "user" else events.c.session_id
    theirs = select(*EVENT_FIELDS).where(column == bindparam("external_id"), events.c.type.in_(sorted(types)))
    if whose == "guest":
        theirs = theirs.where(events.c.user_id.is_(None))
    return theirs.order_by(events.c.occurred_at_us.desc(), events.c.number.desc()).limit(MAX_EVENTS_A_SHOPPER)
