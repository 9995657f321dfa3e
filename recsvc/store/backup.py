"""Copies of a store in SQLite, made and put back with SQLite's own means (sqlite.org/backup.html)."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from recsvc.errors import StoreError

PAGES_AT_ONCE = 1000
"""Between so many pages, writers get their turn."""

WAIT_SECONDS = 5.0


def back_up(path: Path, target: Path) -> int:
    """Write a whole copy of the store at ``path`` to the new file ``target``; return its size in bytes.

    Raises StoreError where there is no store, ``target`` exists, or the copy is not whole; nothing is then left at
    ``target``.
    """
    if target.exists():
        raise StoreError(f"{target} exists: name a new file, or remove it first")
    aside = target.with_name(f"{target.name}.incomplete")
    try:
        with _opened(path, "ro") as source:
            _require_store(source, path)
            with _opened(aside, "rwc") as copy:
                source.backup(copy, pages=PAGES_AT_ONCE, sleep=0.01)
                copy.execute("PRAGMA journal_mode = DELETE")  # one file holds all of it
                _require_whole(copy, aside)
        aside.rename(target)
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror}") from error
    finally:
        aside.unlink(missing_ok=True)
    return target.stat().st_size


def restore(source: Path, path: Path) -> Path | None:
    """Put a copy of ``source`` at ``path``; return where what was there lies now, None where nothing was.

    Raises StoreError where ``source`` is no whole store, or a program still uses what is at ``path``.
    """
    with _opened(source, "ro") as found:
        _require_store(found, source)
        _require_whole(found, source)
    replaced = path.with_name(f"{path.name}.replaced")
    aside = path.with_name(f"{path.name}.restoring")
    aside.unlink(missing_ok=True)
    back_up(source, aside)
    if not path.exists():
        aside.rename(path)
        return None
    try:
        _leave_alone(path)
        path.rename(replaced)
        aside.rename(path)
    finally:
        aside.unlink(missing_ok=True)
    return replaced


def _leave_alone(path: Path) -> None:
    """Bring all of the store into its one file; raise StoreError where another program has it open."""
    with _opened(path, "rw", wait_seconds=0.5) as connection:
        try:
            mode = connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
        except sqlite3.OperationalError:
            mode = "wal"
    if mode != "delete":
        raise StoreError(f"{path} is in use: stop the service, and whatever else has it open, before")


def _require_store(connection: sqlite3.Connection, path: Path) -> None:
    wanted = {"alembic_version", "events", "items", "tombstones"}
    names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not wanted <= names:
        raise StoreError(
            f"{path} is no store of recsvc: it lacks the tables {', '.join(sorted(wanted - names))}"
        )


def _require_whole(connection: sqlite3.Connection, path: Path) -> None:
    found = connection.execute("PRAGMA integrity_check").fetchone()[0]
    if found != "ok":
        raise StoreError(f"{path} is damaged: {found}")


@contextmanager
def _opened(path: Path, mode: str, wait_seconds: float = WAIT_SECONDS) -> Iterator[sqlite3.Connection]:
    """Yield a connection; what SQLite refuses is a StoreError that names the file."""
    try:
        address = f"file:{quote(str(path))}?mode={mode}"
        with closing(sqlite3.connect(address, uri=True, timeout=wait_seconds)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be used: {error}") from error
