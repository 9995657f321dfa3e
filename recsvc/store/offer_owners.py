"""Whose a decision about an offer is, when users are merged or erased."""

from collections.abc import Collection

from sqlalchemy import Connection, delete, select, update

from recsvc.store.database import parts_of
from recsvc.store.tables import offers


def disown_offers(connection: Connection, user_ids: Collection[str]) -> None:
    """Let what was decided for users who are erased be nobody's: what it cost and led to stays counted."""
    for part in parts_of(sorted(user_ids)):
        theirs = offers.c.user_id.in_(part)
        # What is not over yet would be settled by events that are gone.
        connection.execute(delete(offers).where(theirs, ~offers.c.is_settled, offers.c.taken_at_us.is_(None)))
        connection.execute(update(offers).where(theirs).values(user_id=None, offer_id=None, is_settled=True))


def move_offers(connection: Connection, from_user_id: str, to_user_id: str) -> None:
    """Let what was decided for a user who is merged be that of the user that they become."""
    connection.execute(update(offers).where(offers.c.user_id == from_user_id).values(user_id=to_user_id))


def has_offers(connection: Connection, user_id: str) -> bool:
    """Return whether anything was decided for a user."""
    return (
        connection.execute(select(offers.c.number).where(offers.c.user_id == user_id).limit(1)).first()
        is not None
    )


def users_with_offers(connection: Connection) -> set[str]:
    """Return the users for whom anything was decided."""
    return set(connection.scalars(select(offers.c.user_id).where(offers.c.user_id.is_not(None)).distinct()))
