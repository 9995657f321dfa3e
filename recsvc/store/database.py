"""Connections to SQLite or PostgreSQL: set-up, one writer at a time, and errors of recsvc."""

import re
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar, cast

import structlog
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DataError, DisconnectionError, IntegrityError, SQLAlchemyError
from sqlalchemy.pool import QueuePool
from sqlalchemy.schema import CreateSchema

from recsvc.errors import SettingsError, StoreError, UnreadableRowError
from recsvc.store.deadlines import Deadlines, HasSocket
from recsvc.store.residue import may_contain
from recsvc.store.sqlite_file import SqliteFile

POSTGRES = "postgresql"
SQLITE = "sqlite"
IDS_A_STATEMENT = 1000
BATCH_SIZE = 10_000
"""Rows that a reader gets at once, at most."""

MAX_SOUGHT = 500
"""Of more texts than this, it takes less time to rewrite a file than to look for them all."""

_WRITES = "recsvc_writes"
SERVER_FIRST_SECONDS = 0.5
"""The server has so much more time to give up by itself, and to say why, before the connection is cut."""

_MIGRATIONS = Path(__file__).parent / "migrations"
_WRITE_LOCK = 0x7265637376  # "recsv": names our advisory lock among those of other programs
_TAKE_TURN = text(
    "SELECT pg_advisory_xact_lock("
    "CASE coalesce(current_schema(), 'public') WHEN 'public' THEN :key"
    " ELSE :key # hashtext(current_schema()) END)"
)
"""Stores in schemas of one database do not wait for each other."""

_SEARCH_PATH = re.compile(r"-c\s*search_path=([a-z_][a-z0-9_]*)")

_log = structlog.get_logger(__name__)

T = TypeVar("T")


class Database:
    """Short transactions on one database; several threads and processes may use it.

    Writers take turns, on PostgreSQL by an advisory lock: rows then appear in the order of their numbers, and a reader
    that follows the numbers misses no row.
    """

    def __init__(self, url: str, *, timeout_seconds: float = 5.0, max_connections: int = 8) -> None:
        self._timeout_seconds = timeout_seconds
        self._file = _file_of(url, timeout_seconds)
        self._engine = _make_engine(url, timeout_seconds, max_connections, self._file)
        self._writer = self._engine.execution_options(**{_WRITES: True})
        self._reader = self._engine
        if self.is_postgres:  # saves a BEGIN and a ROLLBACK around each query
            self._reader = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        named = _SEARCH_PATH.fullmatch(str(self._engine.url.query.get("options", "")))
        self._schema = named and named[1]
        self._turn = Lock()
        self._is_prepared = False
        self._is_lost = False
        self.refuses_writes = False
        self._has_odd_rows = False
        self._unscrubbed: set[str] = set()
        self._deadlines = Deadlines(timeout_seconds + SERVER_FIRST_SECONDS)
        if self._file is None:
            _set_up_postgres(self._engine, timeout_seconds, self._deadlines)
        else:
            _set_up_sqlite(self._engine, self._file)

    @property
    def is_postgres(self) -> bool:
        """Whether the database is PostgreSQL; otherwise it is SQLite."""
        return self._engine.dialect.name == POSTGRES

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection to read with; raises StoreError when the database fails."""
        self._prepare_once()
        with (
            self._legible(),
            self._translated(),
            self._reader.connect() as connection,
            self._in_time(connection),
        ):
            self._check(connection)
            yield connection
            self._check(connection)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Yield the one connection that may write; the end of the block commits to the disk.

        Raises StoreError when the database fails, or other writers take too long; nothing is then stored.
        """
        self._prepare_once()
        with self._legible(), self._translated(), self._transaction() as connection:
            yield connection
        if self.refuses_writes:
            self.refuses_writes = False
            _log.info("store_takes_writes")

    def prepare(self) -> None:
        """Bring the tables up to date; where several processes start at once, one does it and the others wait.

        Where they are, nothing is written: a database that is read-only can be read.
        """
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        with self._translated(), self._reader.connect() as connection, self._in_time(connection):
            self._check(connection)
            newest = ScriptDirectory.from_config(config).get_current_head()
            self._is_prepared = MigrationContext.configure(connection).get_current_revision() == newest
        if self._is_prepared:
            return
        with self._translated(), self._transaction() as connection:
            if self._schema is not None:
                connection.execute(CreateSchema(self._schema, if_not_exists=True))
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, "head")
            except CommandError as error:
                raise StoreError(
                    "the store was made by a newer version of recsvc: install that one, or restore a backup of before"
                ) from error
        self._is_prepared = True

    def place(self) -> bytes:
        """Return what tells this database from a copy of it: the number of its file; nothing for PostgreSQL."""
        return b"" if self._file is None else str(self._file.path.stat().st_ino).encode()

    def scrub(self, erased: Collection[str]) -> None:
        """Leave nothing of deleted rows in the files of SQLite; PostgreSQL's own VACUUM cleans its files.

        ``secure_delete`` overwrites rows, but not copies that were left behind when a page was rearranged. Raises
        StoreError where that cannot be done now; the texts are then scrubbed with those of the next call as well.
        """
        file = self._file
        if file is None:
            return
        self._unscrubbed |= set(erased)
        with self._translated(), self._exclusively(), self._reader.connect() as connection:
            file.empty_log(connection)
            texts = [one.encode() for one in self._unscrubbed]
            if len(texts) > MAX_SOUGHT or may_contain(file.path, texts):
                connection.exec_driver_sql("VACUUM")
                file.empty_log(connection)
            self._unscrubbed.clear()

    def close(self) -> None:
        """Close all connections."""
        self._deadlines.close()
        self._engine.dispose()

    def _prepare_once(self) -> None:
        if not self._is_prepared:
            self.prepare()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self._exclusively(), self._writer.connect() as connection, self._in_time(connection):
            self._check(connection)
            with connection.begin():
                if self.is_postgres:
                    connection.execute(_TAKE_TURN, {"key": _WRITE_LOCK})
                yield connection
            self._check(connection)  # what was committed to a file that nobody will find is not stored

    @contextmanager
    def _exclusively(self) -> Iterator[None]:
        # Threads queue here in order: SQLite's own waiting lets any of them starve.
        if not self._turn.acquire(timeout=self._timeout_seconds):
            raise StoreError(f"other writers of this process took longer than {self._timeout_seconds} s")
        try:
            yield
        finally:
            self._turn.release()

    def _in_time(self, connection: Connection) -> AbstractContextManager[None]:
        """Return a block that ends in time: SQLite waits for nobody longer than it was told to."""
        opened = connection.connection.dbapi_connection
        return self._deadlines.during(cast("HasSocket", opened)) if self.is_postgres else nullcontext()

    @contextmanager
    def _legible(self) -> Iterator[None]:
        """Say of a row that others wrote, and no value can be made of, that the store cannot be read."""
        try:
            yield
        except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError) as error:
            if not self._has_odd_rows:
                _log.error("row_unreadable", error=type(error).__name__, exc_info=error)
            self._has_odd_rows = True
            raise UnreadableRowError(
                f"a row of the store cannot be read ({type(error).__name__}): another program wrote it"
            ) from error

    def _check(self, connection: Connection) -> None:
        if self._file is not None:
            self._file.check(connection)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (IntegrityError, DataError) as error:
            # This is a fault of recsvc, not of the database. PostgreSQL quotes the row, which must not be logged.
            raise RuntimeError(f"a row is not as the tables demand: {type(error).__name__}") from None
        except (SQLAlchemyError, sqlite3.Error, OSError, StoreError) as error:
            raise self._lost(error) from error
        if self._is_lost:
            self._is_lost = False
            _log.info("store_back")

    def _lost(self, error: Exception) -> StoreError:
        # Statements and their parameters, which hold ids, are not part of the driver's own message.
        cause = getattr(error, "orig", None) or error
        detail = (str(cause).splitlines() or [""])[0]
        if _is_refused_write(cause):
            if not self.refuses_writes:
                self.refuses_writes = True
                _log.warning("store_refuses_writes", error=type(cause).__name__, detail=detail)
        elif not self._is_lost:
            self._is_lost = True
            _log.warning("store_lost", error=type(cause).__name__, detail=detail)
        if isinstance(error, StoreError):
            return error
        return StoreError(f"the store at {self._engine.url!r} cannot be used: {detail}")


_REFUSED_BY_POSTGRES = {"25006", "53100"}  # read_only_sql_transaction, disk_full
_REFUSED_BY_SQLITE = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL}


def _is_refused_write(cause: Exception) -> bool:
    """Return whether a database said that it takes nothing, which says nothing of what can be read."""
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _REFUSED_BY_SQLITE  # the extended codes keep theirs in the last byte
    return getattr(cause, "sqlstate", None) in _REFUSED_BY_POSTGRES


def parts_of(ids: list[T]) -> Iterator[list[T]]:
    """Yield ``ids`` in parts that every database takes in one statement."""
    return (ids[start : start + IDS_A_STATEMENT] for start in range(0, len(ids), IDS_A_STATEMENT))


def _file_of(url: str, timeout_seconds: float) -> SqliteFile | None:
    """Return the file of SQLite; None for PostgreSQL, and for what is no address of a database."""
    with suppress(ArgumentError):
        parsed = make_url(url)
        if parsed.get_backend_name() == SQLITE and parsed.database:
            return SqliteFile(Path(parsed.database), timeout_seconds)
    return None


def _make_engine(url: str, timeout_seconds: float, max_connections: int, file: SqliteFile | None) -> Engine:
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
            options["connect_args"] = {"connect_timeout": 3, **_tcp(timeout_seconds)}
        elif file is not None:
            options |= {"creator": file.connect, "poolclass": QueuePool}
        engine = create_engine(parsed, **options)
    except ModuleNotFoundError as error:
        raise SettingsError(f"PostgreSQL needs `pip install recsvc[postgres]`: {error}") from error
    except ArgumentError as error:
        raise SettingsError(
            "database_url must be like sqlite:///path/to/file.db or postgresql://user:password@host/database"
        ) from error
    return engine


def _tcp(timeout_seconds: float) -> dict[str, int]:
    """Return after how long the network at the other end counts as gone."""
    return {
        "tcp_user_timeout": round(1000 * timeout_seconds),
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
    }


def _set_up_sqlite(engine: Engine, file: SqliteFile) -> None:
    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if connection.get_execution_options().get(_WRITES):
            file.begin_to_write(connection)


def _set_up_postgres(engine: Engine, timeout_seconds: float, deadlines: Deadlines) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - psycopg's
        with deadlines.during(connection):
            _limit_waiting(connection, timeout_seconds)

    @event.listens_for(engine, "checkout")
    def _ping(connection: Any, _record: object, _proxy: object) -> None:  # noqa: ANN401 - psycopg's
        """Find out, in time, whether a connection of the pool still works; the pool makes another one if not."""
        try:
            with deadlines.during(connection):
                connection.autocommit = True
                connection.execute("SELECT 1")
                connection.autocommit = False
        except Exception as error:
            raise DisconnectionError("a connection of the pool was lost") from error


def _limit_waiting(connection: Any, timeout_seconds: float) -> None:  # noqa: ANN401 - psycopg's
    connection.autocommit = True
    for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        connection.execute(f"SET {name} = {round(1000 * timeout_seconds)}")
    connection.autocommit = False
