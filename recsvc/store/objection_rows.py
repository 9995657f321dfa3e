"""What users said of being profiled, row by row; the caller holds the connection."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from recsvc.store.tables import objections as table


@dataclass(frozen=True)
class Objection:
    """Whether a user objects to being profiled, and when they said so last; in microseconds since 1970."""

    objects: bool
    said_at_us: int


def objection_of(connection: Connection, user_id: str) -> Objection | None:
    """Return what a user said last; None of who said nothing."""
    found = connection.execute(
        select(table.c.objects, table.c.said_at_us).where(table.c.user_id == user_id)
    ).first()
    return None if found is None else Objection(bool(found.objects), int(found.said_at_us))


def keep_objection(connection: Connection, user_id: str, said: Objection) -> None:
    """Keep what a user said, under a new number, by which followers see the change."""
    connection.execute(delete(table).where(table.c.user_id == user_id))
    connection.execute(
        insert(table).values(user_id=user_id, objects=said.objects, said_at_us=said.said_at_us)
    )


def join_objections(connection: Connection, from_id: str, to_user_id: str) -> None:
    """Let a user object if the account that is merged into it does: what one of them said, both meant."""
    said = objection_of(connection, from_id)
    connection.execute(delete(table).where(table.c.user_id == from_id))
    if said is not None and said.objects:
        keep_objection(connection, to_user_id, said)


def forget_objections(connection: Connection, user_ids: Collection[str]) -> None:
    """Delete what users said who are erased."""
    connection.execute(delete(table).where(table.c.user_id.in_(sorted(user_ids))))
