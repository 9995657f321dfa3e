"""Events in SQL, in the order in which they were stored."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import chain
from operator import itemgetter
from typing import Any, Literal, TypeAlias

from sqlalchemy import Connection, Select, bindparam, insert, select

from recsvc.errors import ChangedRecordError
from recsvc.identity.nobody import BY_NAME, Guests, session_id_of
from recsvc.identity.spelling import canonical_item_id, canonical_user_id
from recsvc.store.database import BATCH_SIZE, Database, parts_of
from recsvc.store.event import Appended, Event, EventColumns, EventType
from recsvc.store.event_ids import Arrival, KnownEvents, Standing
from recsvc.store.event_rows import BATCH_FIELDS, EVENT_FIELDS, to_columns, to_event, to_row
from recsvc.store.experiments import DrawnFor, keep_of_visits, no_experiments
from recsvc.store.id_records import erased, merged
from recsvc.store.platform_records import PlatformRecord, are_unchanged
from recsvc.store.tables import events as table

HISTORY_LIMIT = 500

_IdColumn: TypeAlias = Literal["user_id", "session_id"]


class EventLog:
    """Events, in the order in which they were stored; every method raises StoreError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(
        self,
        events: Sequence[Event],
        guests: Guests = BY_NAME,
        drawn_for: DrawnFor = no_experiments,
        while_there: Sequence[PlatformRecord] = (),
    ) -> Appended:
        """Store ``events``, all or none; when it returns they are on disk.

        An event with an ``event_id`` is stored once, however often it arrives; an event without is stored each time.
        An event whose id is that of another event of its shopper or visit is a conflict, and is not stored.
        ``guests`` tells who is nobody: their events are those of the visit. ``drawn_for`` tells the variants that a
        visit and the user who signs in there have by their ids: the user keeps that of the visit.

        Raises ChangedRecordError, and stores nothing, where one of the records ``while_there`` is another by now.
        """
        with self._database.write() as connection:
            if while_there and not are_unchanged(connection, while_there):
                raise ChangedRecordError("what the shop's own system said has changed meanwhile")
            kept = _of_users_not_erased(connection, events, guests)
            fresh, conflicts = _judged(connection, kept)
            if fresh:
                connection.execute(insert(table), [to_row(event) for event in fresh])
                keep_of_visits(connection, fresh, drawn_for)
        refused = set(conflicts)
        stored = [arrival.event for arrival in kept if arrival.position not in refused]
        moving = [event for event in stored if event.type is not EventType.IMPRESSION]
        return Appended(
            accepted=len(fresh),
            duplicates=len(stored) - len(fresh),
            ignored=len(events) - len(kept),
            conflicts=tuple(conflicts),
            user_ids=frozenset(event.user_id for event in moving if event.user_id is not None),
            session_ids=frozenset(event.session_id for event in moving if event.session_id is not None),
        )

    def history_of(
        self, user_id: str, limit: int = HISTORY_LIMIT, types: Collection[EventType] | None = None
    ) -> list[Event]:
        """Return the newest events of a shopper (of ``types``, by default all), newest first."""
        return self._newest("user_id", canonical_user_id(user_id), limit, types)

    def history_of_session(
        self, session_id: str, limit: int = HISTORY_LIMIT, types: Collection[EventType] | None = None
    ) -> list[Event]:
        """Return the newest events of a session, newest first."""
        return self._newest("session_id", session_id, limit, types)

    def users_among(self, user_ids: Collection[str]) -> frozenset[str]:
        """Return those of ``user_ids``, in the one spelling, who have events."""
        found = select(table.c.user_id).distinct()
        with self._database.read() as connection:
            return frozenset(
                user_id
                for part in parts_of(sorted(user_ids))
                for user_id in connection.scalars(found.where(table.c.user_id.in_(part)))
            )

    def since(
        self, cursor: int = 0, limit: int = BATCH_SIZE, types: Collection[EventType] | None = None
    ) -> EventColumns:
        """Return the next events stored after number ``cursor``; none is ever stored behind a reader's back."""
        values = {"cursor": cursor, "limit": limit}
        with self._database.read() as connection:
            return to_columns(connection.execute(_following(_frozen(types)), values).all())

    def purchases_of(
        self, item_ids: Collection[str], cursor: int = 0, limit: int = BATCH_SIZE
    ) -> EventColumns:
        """Return the next purchases of any of ``item_ids`` stored after number ``cursor``."""
        values = {"cursor": cursor, "limit": limit}
        with self._database.read() as connection:
            parts = [
                connection.execute(_PURCHASES, {**values, "item_ids": part}).all()
                for part in parts_of(list(item_ids))
            ]
            return to_columns(sorted(chain.from_iterable(parts), key=itemgetter(0))[:limit])

    def turned_to_and_from(self, item_ids: Collection[str], since_us: int) -> list[tuple[str, str, bool]]:
        """Return item, user and whether they disliked it, of all who ever did, and all who bought it later.

        Who gave it back bought it. ``since_us``: in microseconds since 1970.
        """
        is_bought = table.c.type.in_((EventType.PURCHASE, EventType.RETURN)) & (
            table.c.occurred_at_us > since_us
        )
        is_disliked = table.c.type == EventType.DISLIKE
        found: list[tuple[str, str, bool]] = []
        with self._database.read() as connection:
            for part in parts_of(sorted(item_ids)):
                theirs = table.c.item_id.in_(part) & table.c.user_id.is_not(None) & (is_bought | is_disliked)
                rows = select(table.c.item_id, table.c.user_id, is_disliked).where(theirs).distinct()
                found += [(str(item), str(user), bool(no)) for item, user, no in connection.execute(rows)]
        return found

    def bought_item_ids(self, limit: int = 200_000) -> frozenset[str]:
        """Return the ids of items that were bought, among the newest ``limit`` events."""
        newest = select(table.c.item_id, table.c.type).order_by(table.c.number.desc()).limit(limit).subquery()
        found = select(newest.c.item_id).where(newest.c.type == EventType.PURCHASE).distinct()
        with self._database.read() as connection:
            return frozenset(map(str, connection.scalars(found)))

    def named(self, event_ids: Collection[str], types: Collection[EventType]) -> list[Event]:
        """Return the events of ``types`` that shops call by ``event_ids``, whoever's they are, as they were stored."""
        found = _among(frozenset(types), select(*EVENT_FIELDS)).order_by(table.c.number)
        with self._database.read() as connection:
            parts = parts_of(sorted(set(event_ids)))
            return [
                to_event(row)
                for part in parts
                for row in connection.execute(found.where(table.c.event_id.in_(part)))
            ]

    def users_of(self, user_ids: Collection[str], guests: Guests = BY_NAME) -> dict[str, str | None]:
        """Return the user under whom events of each of ``user_ids`` are stored now; None for nobody."""
        spelled = {user_id: guests.user_id_of(user_id) for user_id in user_ids}
        names = sorted({one for one in spelled.values() if one is not None})
        with self._database.read() as connection:
            accounts = {
                name: to for part in parts_of(names) for name, to in merged(connection, "user", part).items()
            }
        return {
            user_id: None if name is None else accounts.get(name, name) for user_id, name in spelled.items()
        }

    def batches(
        self, cursor: int = 0, size: int = BATCH_SIZE, types: Collection[EventType] | None = None
    ) -> Iterator[EventColumns]:
        """Yield all events stored after ``cursor``, each batch read by a transaction of its own."""
        while len(batch := self.since(cursor, size, types)):
            yield batch
            cursor = int(batch.numbers[-1])

    def _newest(
        self, column: _IdColumn, external_id: str, limit: int, types: Collection[EventType] | None
    ) -> list[Event]:
        values = {"external_id": external_id, "limit": limit}
        with self._database.read() as connection:
            return [to_event(row) for row in connection.execute(_newest(column, _frozen(types)), values)]


_PURCHASES = (
    select(*BATCH_FIELDS)
    .where(table.c.item_id.in_(bindparam("item_ids", expanding=True)), table.c.type == EventType.PURCHASE)
    .where(table.c.number > bindparam("cursor"))
    .order_by(table.c.number)
    .limit(bindparam("limit"))
)


def _frozen(types: Collection[EventType] | None) -> frozenset[EventType] | None:
    return None if types is None else frozenset(types)


@cache
def _newest(column: _IdColumn, types: frozenset[EventType] | None) -> Select[Any]:
    theirs = _among(types, select(*EVENT_FIELDS).where(table.c[column] == bindparam("external_id")))
    return theirs.order_by(table.c.occurred_at_us.desc(), table.c.number.desc()).limit(bindparam("limit"))


@cache
def _following(types: frozenset[EventType] | None) -> Select[Any]:
    later = _among(types, select(*BATCH_FIELDS).where(table.c.number > bindparam("cursor")))
    return later.order_by(table.c.number).limit(bindparam("limit"))


def _among(types: frozenset[EventType] | None, found: Select[Any]) -> Select[Any]:
    return found if types is None else found.where(table.c.type.in_(sorted(types)))


def _of_users_not_erased(connection: Connection, events: Sequence[Event], guests: Guests) -> list[Arrival]:
    """Return the events of shoppers who were not erased, in the one spelling of the user that each was merged into.

    Who was erased before ids had one spelling is known by the one they had then.

    A visit that was erased with its shopper is not named again, also where somebody else goes on in it.
    """
    spelled = {event.user_id: guests.user_id_of(event.user_id) for event in events}
    users = {one for pair in spelled.items() if pair[1] is not None for one in pair if one is not None}
    sessions = {one for event in events if (one := session_id_of(event.session_id)) is not None}
    gone_users, gone_sessions = erased(connection, "user", users), erased(connection, "session", sessions)
    new_users, new_sessions = merged(connection, "user", users), merged(connection, "session", sessions)
    kept = []
    for position, event in enumerate(events):
        user_id, session_id = spelled[event.user_id], session_id_of(event.session_id)
        if not gone_users.isdisjoint((user_id, event.user_id)) or (
            user_id is None and session_id in gone_sessions
        ):
            continue
        theirs = replace(
            event,
            item_id=canonical_item_id(event.item_id),
            user_id=new_sessions.get(session_id or "")
            if user_id is None
            else new_users.get(user_id, user_id),
            session_id=None if session_id in gone_sessions else session_id,
        )
        kept.append(Arrival(position, theirs, names_user=user_id is not None))
    return kept


def _judged(connection: Connection, arrivals: Sequence[Arrival]) -> tuple[list[Event], list[int]]:
    """Return the events that are new, each once, and the positions of conflicts; nobody else writes meanwhile."""
    known = KnownEvents(connection, arrivals)
    fresh, conflicts = [], []
    for arrival in arrivals:
        standing = known.standing_of(arrival)
        if standing is Standing.NEW:
            fresh.append(arrival.event)
            known.add(arrival.event)
        elif standing is Standing.CONFLICT:
            conflicts.append(arrival.position)
    return fresh, conflicts
