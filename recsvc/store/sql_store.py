"""The store in SQLite or PostgreSQL."""

from sqlalchemy import func, select

from recsvc.store.database import Database
from recsvc.store.sql_catalogue import SqlCatalogue
from recsvc.store.sql_events import SqlEventLog
from recsvc.store.sql_keys import SqlKeys
from recsvc.store.sql_placements import SqlPlacements
from recsvc.store.sql_users import SqlUsers
from recsvc.store.store import Position
from recsvc.store.tables import events, items, merges, placements, tombstones

DATABASE_FILE = "recsvc.db"
"""The file of the store, in the models directory, where no other database is named."""

_POSITION = select(
    *(
        select(func.coalesce(func.max(column), 0)).scalar_subquery()
        for column in (
            events.c.number,
            items.c.revision,
            merges.c.number,
            tombstones.c.number,
            placements.c.revision,
        )
    )
)


class SqlStore:
    """Keeps the contract of ``Store``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.events = SqlEventLog(database)
        self.catalogue = SqlCatalogue(database)
        self.shoppers = SqlUsers(database)
        self.keys = SqlKeys(database)
        self.placements = SqlPlacements(database)

    def prepare(self) -> None:
        """Bring the tables up to date; done by itself at first use."""
        self._database.prepare()

    def position(self) -> Position:
        """Return how far the store has come."""
        with self._database.read() as connection:
            return Position(*connection.execute(_POSITION).one())

    def close(self) -> None:
        """Release connections."""
        self._database.close()


def open_store(url: str, *, timeout_seconds: float = 5.0, max_connections: int = 8) -> SqlStore:
    """Return the store at ``url``: ``sqlite:///path`` or ``postgresql://user:password@host/database``.

    Nothing is opened yet; the first use raises StoreError when the database does not answer.

    Args:
        url: where it is.
        timeout_seconds: how long anything waits for the database before it fails.
        max_connections: of this process.
    """
    return SqlStore(Database(url, timeout_seconds=timeout_seconds, max_connections=max_connections))
