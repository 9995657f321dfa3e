"""Connections to SQLite or PostgreSQL: set-up, one writer at a time, and errors of recsvc."""

import random
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import structlog
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DataError, IntegrityError, OperationalError, SQLAlchemyError

from recsvc.errors import SettingsError, StoreError

_CHUNK_BYTES = 2**20

POSTGRES = "postgresql"
SQLITE = "sqlite"
IDS_A_STATEMENT = 1000
BATCH_SIZE = 10_000
"""Rows that a reader gets at once, at most."""

_WRITES = "recsvc_writes"
_MIGRATIONS = Path(__file__).parent / "migrations"
_RETRY_SECONDS = 0.001
_WRITE_LOCK = 0x7265637376  # "recsv": names our advisory lock among those of other programs

_log = structlog.get_logger(__name__)


class Database:
    """Short transactions on one database; several threads and processes may use it.

    Writers take turns, on PostgreSQL by an advisory lock: rows then appear in the order of their numbers, and a reader
    that follows the numbers misses no row.
    """

    def __init__(self, url: str, *, timeout_seconds: float = 5.0, max_connections: int = 8) -> None:
        self._timeout_seconds = timeout_seconds
        self._engine = _make_engine(url, timeout_seconds, max_connections)
        self._writer = self._engine.execution_options(**{_WRITES: True})
        self._reader = self._engine
        if self.is_postgres:  # saves a BEGIN and a ROLLBACK around each query
            self._reader = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._turn = Lock()
        self._is_prepared = False
        self._is_lost = False

    @property
    def is_postgres(self) -> bool:
        """Whether the database is PostgreSQL; otherwise it is SQLite."""
        return self._engine.dialect.name == POSTGRES

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection to read with; raises StoreError when the database fails."""
        self._prepare_once()
        with self._translated(), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Yield the one connection that may write; the end of the block commits to the disk.

        Raises StoreError when the database fails, or other writers take too long; nothing is then stored.
        """
        self._prepare_once()
        with self._translated(), self._transaction() as connection:
            yield connection

    def prepare(self) -> None:
        """Bring the tables up to date; where several processes start at once, one does it and the others wait."""
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        with self._translated(), self._transaction() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        self._is_prepared = True

    def scrub(self, erased_ids: Collection[str]) -> None:
        """Leave nothing of deleted rows in the files of SQLite; PostgreSQL's own VACUUM cleans its files.

        ``secure_delete`` overwrites rows, but not copies that were left behind when a page was rearranged.
        """
        path = self._engine.url.database
        if self.is_postgres or path is None:
            return
        with self._translated(), self._exclusively(), self._reader.connect() as connection:
            _empty_log(connection)
            if contains(Path(path), [erased_id.encode() for erased_id in erased_ids]):
                connection.exec_driver_sql("VACUUM")
                _empty_log(connection)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _prepare_once(self) -> None:
        if not self._is_prepared:
            self.prepare()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self._exclusively(), self._writer.begin() as connection:
            if self.is_postgres:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITE_LOCK})
            yield connection

    @contextmanager
    def _exclusively(self) -> Iterator[None]:
        # Threads queue here in order: SQLite's own waiting lets any of them starve.
        if not self._turn.acquire(timeout=self._timeout_seconds):
            raise StoreError(f"other writers of this process took longer than {self._timeout_seconds} s")
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (IntegrityError, DataError) as error:
            # This is a fault of recsvc, not of the database. PostgreSQL quotes the row, which must not be logged.
            raise RuntimeError(f"a row is not as the tables demand: {type(error).__name__}") from None
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise self._lost(error) from error
        if self._is_lost:
            self._is_lost = False
            _log.info("store_back")

    def _lost(self, error: Exception) -> StoreError:
        # Statements and their parameters, which hold ids, are not part of the driver's own message.
        cause = getattr(error, "orig", None) or error
        detail = (str(cause).splitlines() or [""])[0]
        if not self._is_lost:
            self._is_lost = True
            _log.warning("store_lost", error=type(cause).__name__, detail=detail)
        return StoreError(f"the store at {self._engine.url!r} cannot be used: {detail}")


def parts_of(ids: list[str]) -> Iterator[list[str]]:
    """Yield ``ids`` in parts that every database takes in one statement."""
    return (ids[start : start + IDS_A_STATEMENT] for start in range(0, len(ids), IDS_A_STATEMENT))


def _make_engine(url: str, timeout_seconds: float, max_connections: int) -> Engine:
    options: dict[str, Any] = {
        "pool_size": max_connections,
        "max_overflow": 0,
        "pool_timeout": timeout_seconds,
        "hide_parameters": True,
    }
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() not in (POSTGRES, SQLITE):
            raise ArgumentError
        if parsed.get_backend_name() == POSTGRES:
            parsed = parsed.set(drivername="postgresql+psycopg")
            options |= {"pool_pre_ping": True, "connect_args": {"connect_timeout": 3}}
        else:
            options["connect_args"] = {"timeout": timeout_seconds}
        engine = create_engine(parsed, **options)
    except ModuleNotFoundError as error:
        raise SettingsError(f"PostgreSQL needs `pip install recsvc[postgres]`: {error}") from error
    except ArgumentError as error:
        raise SettingsError(
            "database_url must be like sqlite:///path/to/file.db or postgresql://user:password@host/database"
        ) from error
    _set_up(engine, timeout_seconds)
    return engine


def _set_up(engine: Engine, timeout_seconds: float) -> None:
    is_postgres = engine.dialect.name == POSTGRES

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's
        if is_postgres:
            _limit_waiting(connection, timeout_seconds)
        else:
            _make_durable(connection, timeout_seconds)

    if not is_postgres:

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            if connection.get_execution_options().get(_WRITES):
                _begin_to_write(connection, timeout_seconds)


def _begin_to_write(connection: Connection, timeout_seconds: float) -> None:
    """Take the write lock at once: SQLite does not wait for a lock that is wanted after a read."""
    connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    _at_once_or_soon(lambda: connection.exec_driver_sql("BEGIN IMMEDIATE"), timeout_seconds)
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {round(1000 * timeout_seconds)}")


def _limit_waiting(connection: Any, timeout_seconds: float) -> None:  # noqa: ANN401 - psycopg's
    connection.autocommit = True
    for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        connection.execute(f"SET {name} = {round(1000 * timeout_seconds)}")
    connection.autocommit = False


def _make_durable(connection: sqlite3.Connection, timeout_seconds: float) -> None:
    connection.isolation_level = None  # _begin_to_write begins transactions
    _at_once_or_soon(lambda: connection.execute("PRAGMA journal_mode = WAL"), timeout_seconds)
    connection.execute("PRAGMA synchronous = FULL")  # a commit survives a loss of power
    connection.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten
    connection.execute("PRAGMA journal_size_limit = 67108864")


def _empty_log(connection: Connection) -> None:
    busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
    if busy:  # another process reads; later writes overwrite what it needs
        _log.warning("write_ahead_log_not_emptied")


def _at_once_or_soon(act: Callable[[], object], timeout_seconds: float) -> None:
    """Try ``act`` again and again while SQLite refuses it because another connection is busy.

    SQLite itself does not wait for its turn to switch to WAL, and it tries for the write lock so seldom that one of
    several busy processes waits for seconds.
    """
    deadline = time.monotonic() + timeout_seconds
    while True:
        try:
            act()
        except (sqlite3.OperationalError, OperationalError):
            if time.monotonic() > deadline:
                raise
            time.sleep(random.uniform(0, 2 * _RETRY_SECONDS))  # noqa: S311 - keeps processes from trying in step
        else:
            return


def contains(path: Path, texts: Collection[bytes]) -> bool:
    """Return whether the file has any of ``texts`` anywhere, also as a part of a longer text."""
    overlap = max(map(len, texts), default=1) - 1
    tail = b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            window = tail + chunk
            if any(text in window for text in texts):
                return True
            tail = window[-overlap:] if overlap else b""
    return False
