"""Copies of a store in SQLite, made and put back with SQLite's own means (sqlite.org/backup.html)."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from recsvc.errors import StoreError
from recsvc.identity.tombstones import Tombstones
from recsvc.store.store import open_store
from recsvc.store.user_records import ErasedAgain

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


@dataclass(frozen=True)
class Restored:
    """What a restored store came from.

    Attributes:
        replaced: where what was there lies now; None where nothing was.
        n_ids: ids in the copy that were erased again.
        unread: stores whose erasures could not be read, with the reason.
        n_foreign: erasures of stores with another salt.
    """

    replaced: Path | None
    n_ids: int
    unread: tuple[str, ...]
    n_foreign: int


def restore(source: Path, path: Path, erased_in: Sequence[Path] = (), *, at_us: int) -> Restored:
    """Put a copy of ``source`` at ``path``, without the shoppers who were erased since.

    Who was erased in the store that is replaced, or in one of ``erased_in``, is erased in the copy as well.

    Raises StoreError where ``source`` is no whole store, one of ``erased_in`` cannot be read, or a program still uses
    what is at ``path``.
    """
    with _opened(source, "ro") as found:
        _require_store(found, source)
        _require_whole(found, source)
    gone = [_tombstones(one) for one in erased_in]
    replaced = path.with_name(f"{path.name}.replaced") if path.exists() else None
    unread: list[str] = []
    if replaced:
        _leave_alone(path)
        try:
            gone.append(_tombstones(path))
        except StoreError as error:  # the damage may be why a copy is wanted
            unread.append(str(error))
    aside = path.with_name(f"{path.name}.restoring")
    aside.unlink(missing_ok=True)
    try:
        back_up(source, aside)
        again = _erase_again(aside, gone, at_us)
        if replaced:
            path.rename(replaced)
        aside.rename(path)
    finally:
        aside.unlink(missing_ok=True)
    n_foreign = sum(one.n_foreign for one in again)
    return Restored(replaced, sum(one.n_ids for one in again), tuple(unread), n_foreign)


def _tombstones(path: Path) -> Tombstones:
    with _opened(path, "ro") as store:
        _require_store(store, path)
        salt = store.execute("SELECT salt FROM salts").fetchone()[0]
        return Tombstones(salt, frozenset(row[0] for row in store.execute("SELECT digest FROM tombstones")))


def _erase_again(path: Path, gone: Sequence[Tombstones], at_us: int) -> list[ErasedAgain]:
    if not any(one.digests for one in gone):
        return []
    with closing(open_store(f"sqlite:///{path}", timeout_seconds=WAIT_SECONDS)) as store:
        again = [store.users.erase_again(one, at_us) for one in gone]
    with _opened(path, "rw") as copy:
        copy.execute("PRAGMA journal_mode = DELETE")
    return again


def _leave_alone(path: Path) -> None:
    """Bring all of the store into its one file; raise StoreError where another program has it open."""
    with _opened(path, "rw", wait_seconds=0.5) as connection:
        try:
            mode = connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
        except sqlite3.OperationalError:
            mode = "wal"
        except sqlite3.DatabaseError:
            return  # damaged: nobody can use it
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
