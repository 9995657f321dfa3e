"""What a shop's own systems are to be told of shoppers, and were, in SQL."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from recsvc.store.database import Database, parts_of
from recsvc.store.event import DAY_US
from recsvc.store.id_records import erased, merged
from recsvc.store.tables import END_US
from recsvc.store.webhook_tables import notices as table


class Outcome(StrEnum):
    """What became of a notice."""

    SENT = "sent"
    OVER = "over"
    OBJECTS = "objects"
    CAPPED = "capped"
    GIVEN_UP = "given_up"
    DISABLED = "disabled"


OUTCOMES = {
    Outcome.SENT: "the receiver took it",
    Outcome.OVER: "it was no longer so when it was about to be sent",
    Outcome.OBJECTS: "the shopper asked not to be profiled",
    Outcome.CAPPED: "the shopper had as many this week as RECSVC_WEBHOOKS_PER_WEEK allows",
    Outcome.GIVEN_UP: "the receiver did not take it for three days",
    Outcome.DISABLED: "the receiver was switched off",
}
"""In words, for people."""


@dataclass(frozen=True)
class Notice:
    """What is to be told of one shopper, once.

    Attributes:
        webhook_id: names it; the same at each try.
        kind: what it is about, as ``type`` of a webhook says it.
        user_id: whom.
        item_id: as the catalogue spells it; empty where it is of no item.
        occasion_us: the moment that tells this occasion from others, in microseconds since 1970.
        price: that was told, of a price.
        created_at_us, due_at_us: when it was made, and is to be tried next.
        attempts: how often it was tried.
        ended_at_us, outcome: when that was over and how; None while it waits.
    """

    webhook_id: str
    kind: str
    user_id: str
    item_id: str
    occasion_us: int
    price: float | None
    created_at_us: int
    due_at_us: int
    attempts: int = 0
    ended_at_us: int | None = None
    outcome: str | None = None


FARTHEST_US = DAY_US
"""No notice is put off for longer: one that seems to be was put off by a clock that was ahead."""

_NAMES = tuple(Notice.__dataclass_fields__)
_FIELDS = tuple(table.c[name] for name in _NAMES)
_WAITS = table.c.ended_at_us.is_(None)


class Notices:
    """Notices that wait, and those of before; every method raises StoreError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def queue(self, notices: Sequence[Notice]) -> int:
        """Store notices, but of the erased and of occasions that there was one of already; return how many are new."""
        with self._database.write() as connection:
            users = sorted({one.user_id for one in notices})
            gone = {one for part in parts_of(users) for one in erased(connection, "user", part)}
            now = {
                old: to for part in parts_of(users) for old, to in merged(connection, "user", part).items()
            }
            rows = [
                vars(replace(one, user_id=now.get(one.user_id, one.user_id)))
                for one in notices
                if one.user_id not in gone
            ]
            insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
            n_before = _count(connection)
            for part in parts_of(rows):
                connection.execute(insert(table).on_conflict_do_nothing(), part)
            return _count(connection) - n_before

    def due(self, now_us: int, limit: int) -> list[Notice]:
        """Return notices that are to be sent now, the longest due first."""
        is_due = (table.c.due_at_us <= now_us) | (table.c.due_at_us > now_us + FARTHEST_US)
        waiting = select(*_FIELDS).where(_WAITS, is_due)
        with self._database.read() as connection:
            rows = connection.execute(waiting.order_by(table.c.due_at_us, table.c.number).limit(limit))
            return [_to_notice(row) for row in rows]

    def note(self, notices: Sequence[Notice]) -> None:
        """Take note of how notices stand now.

        One that was erased meanwhile stays so, and one that was ended stays ended, unless it was sent all the same.
        """
        with self._database.write() as connection:
            for one in notices:
                changed = {
                    name: getattr(one, name)
                    for name in ("due_at_us", "attempts", "ended_at_us", "outcome", "price")
                }
                theirs = update(table).where(table.c.webhook_id == one.webhook_id)
                still = theirs if one.outcome == Outcome.SENT else theirs.where(_WAITS)
                connection.execute(still.values(**changed))

    def end_waiting(self, outcome: Outcome, now_us: int, created_before_us: int = END_US) -> int:
        """End the notices that wait and were made before a moment; return how many."""
        ended = update(table).where(_WAITS, table.c.created_at_us < created_before_us)
        with self._database.write() as connection:
            return connection.execute(ended.values(ended_at_us=now_us, outcome=outcome)).rowcount

    def forget_old(self, sent_before_us: int, others_before_us: int) -> None:
        """Delete what was over before: those sent, and all others."""
        is_sent = table.c.outcome == Outcome.SENT
        with self._database.write() as connection:
            connection.execute(delete(table).where(is_sent, table.c.ended_at_us < sent_before_us))
            connection.execute(delete(table).where(~is_sent, table.c.ended_at_us < others_before_us))

    def is_waiting(self, webhook_id: str) -> bool:
        """Return whether a notice is there and waits."""
        with self._database.read() as connection:
            return (
                connection.execute(
                    select(table.c.number).where(table.c.webhook_id == webhook_id, _WAITS)
                ).first()
                is not None
            )

    def n_waiting(self) -> int:
        """Return how many wait."""
        with self._database.read() as connection:
            return int(connection.execute(select(func.count()).select_from(table).where(_WAITS)).scalar_one())

    def counts(self) -> Counter[tuple[str, str]]:
        """Return how many there are of each kind and outcome, of those that wait an empty one."""
        found = select(table.c.kind, table.c.outcome, func.count()).group_by(table.c.kind, table.c.outcome)
        with self._database.read() as connection:
            return Counter(
                {(str(kind), str(outcome or "")): int(n) for kind, outcome, n in connection.execute(found)}
            )

    def oldest_waiting_us(self) -> int | None:
        """Return when the oldest that waits was made."""
        with self._database.read() as connection:
            return connection.execute(select(func.min(table.c.created_at_us)).where(_WAITS)).scalar()

    def newest(self, limit: int) -> list[Notice]:
        """Return the newest notices, newest first."""
        with self._database.read() as connection:
            rows = connection.execute(select(*_FIELDS).order_by(table.c.number.desc()).limit(limit))
            return [_to_notice(row) for row in rows]

    def of_user(self, user_id: str) -> list[Notice]:
        """Return the notices of a user, oldest first."""
        theirs = select(*_FIELDS).where(table.c.user_id == user_id).order_by(table.c.number)
        with self._database.read() as connection:
            return [_to_notice(row) for row in connection.execute(theirs)]


def _count(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(table).where(_WAITS)).scalar_one())


def _to_notice(row: Row[*tuple[Any, ...]]) -> Notice:
    """Return the notice in a row; raises ValueError where another program wrote something else."""
    found = Notice(*row)
    texts, moments = (
        (found.webhook_id, found.kind, found.user_id, found.item_id),
        (found.created_at_us, found.due_at_us),
    )
    if not all(isinstance(one, str) for one in texts) or not all(
        type(one) is int and 0 <= one < END_US for one in moments
    ):
        raise ValueError("a notice has a value of another kind than its column")
    return found


def has_notices(connection: Connection, user_id: str) -> bool:
    """Return whether there is a notice of a user."""
    return (
        connection.execute(select(table.c.number).where(table.c.user_id == user_id).limit(1)).first()
        is not None
    )


def users_with_notices(connection: Connection) -> set[str]:
    """Return the users of all notices."""
    return set(connection.scalars(select(table.c.user_id).distinct()))


def forget_notices(connection: Connection, user_ids: Collection[str]) -> None:
    """Delete the notices of users who are erased, those that wait too."""
    for part in parts_of(sorted(user_ids)):
        connection.execute(delete(table).where(table.c.user_id.in_(part)))


def move_notices(connection: Connection, from_id: str, to_user_id: str) -> None:
    """Make the notices of an account those of the user whom it was merged into.

    Of two same ones one stays: the one that was sent, if any was.
    """
    other = table.alias()
    double = select(other.c.number).where(
        other.c.kind == table.c.kind,
        other.c.item_id == table.c.item_id,
        other.c.occasion_us == table.c.occasion_us,
    )
    was_sent = double.where(other.c.user_id == from_id, other.c.outcome == Outcome.SENT)
    connection.execute(
        delete(table).where(
            table.c.user_id == to_user_id, table.c.outcome.is_distinct_from(Outcome.SENT), was_sent.exists()
        )
    )
    is_theirs = double.where(other.c.user_id == to_user_id)
    connection.execute(delete(table).where(table.c.user_id == from_id, is_theirs.exists()))
    connection.execute(update(table).where(table.c.user_id == from_id).values(user_id=to_user_id))
