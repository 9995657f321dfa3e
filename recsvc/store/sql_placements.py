"""The rules of placements in SQL."""

from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, select

from recsvc.store.database import Database
from recsvc.store.store import StoredPlacement
from recsvc.store.tables import placements as table

_FIELDS = (table.c.name, table.c.body, table.c.updated_at_us)


class SqlPlacements:
    """Keeps the contract of ``Placements``; a row whose body is null was deleted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[StoredPlacement]:
        """Return all of them, by name."""
        kept = select(*_FIELDS).where(table.c.body.is_not(None)).order_by(table.c.name)
        with self._database.read() as connection:
            return [_to_placement(row) for row in connection.execute(kept).mappings()]

    def get(self, name: str) -> StoredPlacement | None:
        """Return the one of that name, or None."""
        with self._database.read() as connection:
            return _find(connection, name)

    def put(self, placement: StoredPlacement) -> bool:
        """Store it, replacing the one of that name; return whether there was none."""
        with self._database.write() as connection:
            is_new = _find(connection, placement.name) is None
            _replace(connection, **vars(placement))
        return is_new

    def delete(self, name: str, at_us: int) -> bool:
        """Forget the one of that name; return whether there was one."""
        with self._database.write() as connection:
            is_known = _find(connection, name) is not None
            if is_known:
                _replace(connection, name=name, body=None, updated_at_us=at_us)
        return is_known


def _find(connection: Connection, name: str) -> StoredPlacement | None:
    mine = select(*_FIELDS).where(table.c.name == name, table.c.body.is_not(None))
    row = connection.execute(mine).mappings().first()
    return None if row is None else _to_placement(row)


def _replace(connection: Connection, **fields: Any) -> None:  # noqa: ANN401 - the columns'
    """Write a row with a revision of its own, which tells that something changed; nobody else writes meanwhile."""
    newest = connection.execute(select(func.coalesce(func.max(table.c.revision), 0))).scalar_one()
    connection.execute(delete(table).where(table.c.name == fields["name"]))
    connection.execute(insert(table).values(**fields, revision=newest + 1))


def _to_placement(row: RowMapping) -> StoredPlacement:
    return StoredPlacement(**row)
