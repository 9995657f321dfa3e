"""Rules of placements in SQL: those that did not come from the settings file."""

from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Connection, delete, func, insert, select

from recsvc.store.database import Database
from recsvc.store.tables import placements as table

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class StoredPlacement:
    """The rules of one placement.

    Attributes:
        name: of the placement.
        body: the rules as values of JSON; what they mean is not for the store to say.
        updated_at_us: when they were sent, in microseconds since 1970.
    """

    name: str
    body: dict[str, Any]
    updated_at_us: int


class StoredPlacements:
    """Rules of placements, by name; every method raises StoreError when the database fails.

    A row whose body is null was deleted.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[StoredPlacement]:
        """Return the rules of all placements, sorted by name."""
        kept = (
            select(table.c.name, table.c.body, table.c.updated_at_us)
            .where(table.c.body.is_not(None))
            .order_by(table.c.name)
        )
        with self._database.read() as connection:
            found = [StoredPlacement(**row) for row in connection.execute(kept).mappings()]
        return [placement for placement in found if _is_legible(placement)]

    def get(self, name: str) -> StoredPlacement | None:
        """Return the rules of the placement ``name``, or None where none are stored."""
        found = select(table.c.name, table.c.body, table.c.updated_at_us)
        with self._database.read() as connection:
            rows = connection.execute(found.where(table.c.name == name, table.c.body.is_not(None))).mappings()
            return next((StoredPlacement(**row) for row in rows), None)

    def put(self, placement: StoredPlacement) -> bool:
        """Store the rules of a placement, replacing those that it had; return whether it had none."""
        with self._database.write() as connection:
            is_new = not _has(connection, placement.name)
            _replace(connection, **vars(placement))
        return is_new

    def delete(self, name: str, at_us: int) -> bool:
        """Delete the rules of the placement ``name``; return whether it had any."""
        with self._database.write() as connection:
            is_known = _has(connection, name)
            if is_known:
                _replace(connection, name=name, body=None, updated_at_us=at_us)
        return is_known


def _is_legible(placement: StoredPlacement) -> bool:
    """Return whether a row holds what it should; another program may have written it."""
    is_so = isinstance(placement.name, str) and isinstance(placement.body, dict)
    if not is_so:
        _log.warning("placement_unreadable")
    return is_so


def _has(connection: Connection, name: str) -> bool:
    found = select(table.c.name).where(table.c.name == name, table.c.body.is_not(None))
    return connection.execute(found).first() is not None


def _replace(connection: Connection, **fields: Any) -> None:  # noqa: ANN401 - the columns'
    """Write a row with a new revision, by which followers see the change.

    The caller holds the only connection that writes.
    """
    newest = connection.execute(select(func.coalesce(func.max(table.c.revision), 0))).scalar_one()
    connection.execute(delete(table).where(table.c.name == fields["name"]))
    connection.execute(insert(table).values(**fields, revision=newest + 1))
