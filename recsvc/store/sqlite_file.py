"""The files of a SQLite database: opened durably, watched from outside, left without a trace of erased ids.

What SQLite itself cannot see is that its files are no longer where they were: whoever deletes, moves or replaces a
database that is open lets its user write into files that nobody will ever find
(sqlite.org/howtocorrupt.html, section 4). So it is compared, before and after each transaction, which files the
names stand for. Nothing but SQLite opens these files here (section 2.2; see ``residue``).
"""

import random
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from recsvc.errors import StoreError

_RETRY_SECONDS = 0.001
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL)
_PRIMARY = 0xFF
"""The part of SQLite's error codes without the details."""

FileNumber: TypeAlias = tuple[int, int]
"""Device and inode."""


class _OpenFile(sqlite3.Connection):
    """A connection that remembers which write-ahead log it has open."""

    log: FileNumber = (0, 0)


class SqliteFile:
    """The database at ``path``; ``timeout_seconds`` is how long anything waits for other programs."""

    def __init__(self, path: Path, timeout_seconds: float) -> None:
        self.path = path
        self._log_path = path.with_name(path.name + "-wal")
        self._timeout_seconds = timeout_seconds
        self._number: FileNumber | None = None

    def connect(self) -> sqlite3.Connection:
        """Return a connection for any thread; only the first one may make the file.

        Raises StoreError when the file is no longer that of the first connection.
        """
        if self._number not in (None, _number_of(self.path)):
            raise self._moved()
        connection = sqlite3.connect(
            f"file:{quote(str(self.path))}?mode={'rwc' if self._number is None else 'rw'}",
            uri=True,
            timeout=self._timeout_seconds,
            check_same_thread=False,
            factory=_OpenFile,
        )
        connection.isolation_level = None  # transactions begin where we say
        self.soon(lambda: connection.execute("PRAGMA journal_mode = WAL"))
        connection.execute("PRAGMA synchronous = FULL")  # a commit survives a loss of power
        connection.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten
        connection.execute("PRAGMA journal_size_limit = 67108864")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # now its log is open too
        connection.log = _number_of(self._log_path)
        self._number = self._number or _number_of(self.path)
        return connection

    def check(self, connection: Connection) -> None:
        """Raise StoreError unless the names still stand for the files that ``connection`` has open."""
        log = getattr(connection.connection.dbapi_connection, "log", None)
        if self._number != _number_of(self.path) or log != _number_of(self._log_path):
            raise self._moved()

    def _moved(self) -> StoreError:
        return StoreError(
            f"{self.path} was moved, deleted or replaced while it was open: nothing more is stored in it. "
            "Put the file back together with its -wal, or restart the service to use what is there now"
        )

    def begin_to_write(self, connection: Connection) -> None:
        """Ask for the write lock at once: one that is asked for later, after a read, cannot be waited for."""
        connection.exec_driver_sql("PRAGMA busy_timeout = 0")
        try:
            self.soon(lambda: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {round(1000 * self._timeout_seconds)}")

    def empty_log(self, connection: Connection) -> None:
        """Move all of the write-ahead log into the database; raise StoreError while another program reads it."""
        busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
        if busy:
            raise StoreError(
                f"another program keeps reading {self.path}, so that what was erased still stands in its log: "
                "erase again when it has ended"
            )

    def soon(self, act: Callable[[], object]) -> None:
        """Do what SQLite may refuse because somebody else is at it, as soon as it can be done.

        SQLite itself does not wait for its turn to switch to WAL, and for the write lock it asks so seldom that of
        several busy processes one waits for seconds.
        """
        deadline = time.monotonic() + self._timeout_seconds
        while True:
            try:
                act()
            except (sqlite3.OperationalError, OperationalError) as error:
                if not _is_busy(error) or time.monotonic() > deadline:
                    raise
                time.sleep(random.uniform(0, 2 * _RETRY_SECONDS))  # noqa: S311 - keeps processes from asking in step
            else:
                return


def _is_busy(error: sqlite3.OperationalError | OperationalError) -> bool:
    """Return whether somebody else is at it; a disk that fails is not waited for."""
    cause = error.orig if isinstance(error, OperationalError) else error
    return getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_BUSY) & _PRIMARY in _BUSY


def _number_of(path: Path) -> FileNumber:
    """Return which file a name stands for now, (0, 0) for none; looking does not open it."""
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_dev, found.st_ino)
