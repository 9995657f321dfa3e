"""Who asked not to be profiled, in SQL."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, union

from recsvc.errors import ConflictError
from recsvc.identity.nobody import BY_NAME, Guests
from recsvc.identity.spelling import canonical_user_id
from recsvc.store.database import Database, parts_of
from recsvc.store.id_records import erased, merged
from recsvc.store.tables import merges
from recsvc.store.tables import objections as table


@dataclass(frozen=True)
class Objection:
    """Whether a user objects to being profiled, and when they said so last; in microseconds since 1970."""

    objects: bool
    said_at_us: int


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
        """Return all who object, under each of their ids: a version knows an account by the id that it had then."""
        objecting = select(table.c.user_id).where(table.c.objects)
        others = select(merges.c.from_id).where(merges.c.kind == "user", merges.c.to_user_id.in_(objecting))
        with self._database.read() as connection:
            return frozenset(map(str, connection.scalars(union(objecting, others))))

    def said(self) -> dict[str, Objection]:
        """Return what each user said last."""
        with self._database.read() as connection:
            rows = connection.execute(select(table.c.user_id, table.c.objects, table.c.said_at_us))
            return {row.user_id: Objection(bool(row.objects), int(row.said_at_us)) for row in rows}

    def say_again(self, said: Mapping[str, Objection]) -> int:
        """Keep what users said in a later state of this store, where it is newer; return how many said something new.

        What somebody said who is erased here is left out.
        """
        n_new = 0
        with self._database.write() as connection:
            gone = erased(connection, "user", set(said))
            meant: dict[str, str] = {}
            for part in parts_of(sorted(said)):
                meant |= merged(connection, "user", part)
            for user_id, one in sorted(said.items()):
                name = meant.get(user_id, user_id)
                before = objection_of(connection, name)
                if user_id in gone or (before is not None and before.said_at_us >= one.said_at_us):
                    continue
                keep_objection(connection, name, one)
                n_new += 1
        return n_new


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
    """Let a user object if the account that is merged into it does: what one of them said, both meant.

    Of somebody who objects, that is kept under a new number: followers see by it that they have one more id.
    """
    both = [objection_of(connection, user_id) for user_id in (from_id, to_user_id)]
    connection.execute(delete(table).where(table.c.user_id == from_id))
    said = next((one for one in both if one is not None and one.objects), None)
    if said is not None:
        keep_objection(connection, to_user_id, said)


def users_with_objections(connection: Connection) -> set[str]:
    """Return the users who said whether they object."""
    return set(connection.scalars(select(table.c.user_id)))


def forget_objections(connection: Connection, user_ids: Collection[str]) -> None:
    """Delete what users said who are erased."""
    connection.execute(delete(table).where(table.c.user_id.in_(sorted(user_ids))))
