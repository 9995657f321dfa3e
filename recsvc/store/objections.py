"""Who asked not to be profiled, in SQL."""

from sqlalchemy import select

from recsvc.errors import ConflictError
from recsvc.identity.nobody import BY_NAME, Guests
from recsvc.identity.spelling import canonical_user_id
from recsvc.store.database import Database
from recsvc.store.erased_ids import erased
from recsvc.store.objection_rows import Objection, keep_objection, objection_of
from recsvc.store.tables import objections as table
from recsvc.store.user_records import merged


class Objections:
    """Who objects; every method raises StoreError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def say(self, user_id: str, at_us: int, guests: Guests = BY_NAME, *, objects: bool) -> str:
        """Keep whether a user, under whichever of their ids, objects; return the id that they have.

        Raises ConflictError for somebody who was erased, and for nobody, as ``guests`` tells.
        """
        named = guests.user_id_of(user_id)
        if named is None:
            raise ConflictError(f"{user_id[:80]!r} names nobody: guests have no profile to object to")
        with self._database.write() as connection:
            if erased(connection, "user", {user_id, named}):
                raise ConflictError("the user was erased: nothing is held that could be a profile")
            meant = merged(connection, "user", [named]).get(named, named)
            keep_objection(connection, meant, Objection(objects, at_us))
        return meant

    def of(self, user_id: str) -> Objection | None:
        """Return what a user said last, under whichever of their ids; None of who said nothing."""
        user_id = canonical_user_id(user_id)
        with self._database.read() as connection:
            meant = merged(connection, "user", [user_id]).get(user_id, user_id)
            return objection_of(connection, meant)

    def all(self) -> frozenset[str]:
        """Return all who object."""
        with self._database.read() as connection:
            return frozenset(map(str, connection.scalars(select(table.c.user_id).where(table.c.objects))))
