"""Copies of a store in SQLite, made and put back with SQLite's own means (sqlite.org/backup.html)."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from recsvc.errors import StoreError
from recsvc.identity.tombstones import Tombstones
from recsvc.plain_file import flush_directory
from recsvc.store.notices import Outcome
from recsvc.store.objections import Objection
from recsvc.store.store import Store, open_store
from recsvc.store.tables import END_US
from recsvc.store.user_records import ErasedAgain

PAGES_AT_ONCE = 1000
"""Between so many pages, writers get their turn."""

WAIT_SECONDS = 5.0

QUIET_US = 24 * 3600 * 1_000_000
"""So long after a copy was put back, no change of stock or price is news: the shop brings the catalogue up to date."""

_BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database, by the end of its name."""


def back_up(path: Path, target: Path) -> int:
    """Write a whole copy of the store at ``path`` to the new file ``target``; return its size in bytes.

    Raises StoreError where there is no store, ``target`` exists, or the copy is not whole; nothing is then left at
    ``target``.
    """
    with _said_of(target):
        if target.exists():
            raise StoreError(f"{target} exists: name a new file, or remove it first")
        if not target.parent.is_dir():
            raise StoreError(f"there is no folder {target.parent}: make it, or name a file in another one")
        aside = target.with_name(f"{target.name}.incomplete")
        _remove(aside)  # of a copy that was killed
        try:
            _copy(path, aside)
            aside.rename(target)
        except BaseException:
            with suppress(OSError):
                _remove(aside)
            raise
        flush_directory(target.parent)
        return target.stat().st_size


@dataclass(frozen=True)
class Restored:
    """What a restored store came from.

    Attributes:
        replaced: where what was there lies now; None where nothing was.
        n_ids: ids in the copy that were erased again.
        n_objections: shoppers who said since whether they may be profiled.
        unread: stores whose erasures could not be read, with the reason.
        n_foreign: erasures of stores with another salt.
    """

    replaced: Path | None
    n_ids: int
    n_objections: int
    unread: tuple[str, ...]
    n_foreign: int


def restore(source: Path, path: Path, erased_in: Sequence[Path] = (), *, at_us: int) -> Restored:
    """Put a copy of ``source`` at ``path``, without the shoppers who were erased since.

    Who was erased in the store that is replaced, or in one of ``erased_in``, is erased in the copy as well, and who
    asked there not to be profiled, is not. Killed at any moment, it leaves at ``path`` what was there or all of the
    copy.

    Raises StoreError where ``source`` is no whole store, one of ``erased_in`` cannot be read, or a program still uses
    what is at ``path``.
    """
    with _opened(source, "ro") as found:
        _require_store(found, source)
        _require_whole(found, source)
    wishes = [_wishes(one) for one in erased_in]
    unread: list[str] = []
    aside = path.with_name(f"{path.name}.restoring")
    with _said_of(path):
        _require_no_log(path)
        replaced = path.with_name(f"{path.name}.replaced") if path.exists() else None
        if replaced:
            _leave_alone(path)
            try:
                wishes.append(_wishes(path))
            except StoreError as error:  # the damage may be why a copy is wanted
                unread.append(str(error))
        _remove(aside)
        back_up(source, aside)
        try:
            again, n_objections = _carry_over(aside, wishes, at_us)
            if replaced:
                _leave_alone(path)
                replaced.unlink(missing_ok=True)
                replaced.hardlink_to(path)
            aside.replace(path)
        except BaseException:
            with suppress(OSError):
                _remove(aside)
            raise
        flush_directory(path.parent)
    n_foreign = sum(one.n_foreign for one in again)
    return Restored(replaced, sum(one.n_ids for one in again), n_objections, tuple(unread), n_foreign)


@dataclass(frozen=True)
class _Wishes:
    """What shoppers asked for in a store, beside what they did: to be erased, and not to be profiled."""

    gone: Tombstones
    objections: dict[str, Objection]


def _wishes(path: Path) -> _Wishes:
    with _opened(path, "ro") as store:
        _require_store(store, path)
        salt = store.execute("SELECT salt FROM salts").fetchone()[0]
        digests = frozenset(row[0] for row in store.execute("SELECT digest FROM tombstones"))
        said = []
        if store.execute("SELECT 1 FROM sqlite_master WHERE name = 'objections'").fetchone():
            said = store.execute("SELECT user_id, objects, said_at_us FROM objections").fetchall()
    return _Wishes(Tombstones(salt, digests), {row[0]: Objection(bool(row[1]), row[2]) for row in said})


def _carry_over(path: Path, wishes: Sequence[_Wishes], at_us: int) -> tuple[list[ErasedAgain], int]:
    with closing(open_store(f"sqlite:///{path}", timeout_seconds=WAIT_SECONDS)) as store:
        again = [store.users.erase_again(one.gone, at_us) for one in wishes]
        n_objections = sum(store.objections.say_again(one.objections) for one in wishes)
        _begin_webhooks_anew(store, at_us)
    with _opened(path, "rw") as copy:
        copy.execute("PRAGMA journal_mode = DELETE")
    return again, n_objections


def _begin_webhooks_anew(store: Store, at_us: int) -> None:
    """Let nothing of what waited in the copy be sent: it was sent since, or is no longer so."""
    store.notices.end_waiting(Outcome.OVER, at_us)
    store.item_changes.forget_old(END_US)
    store.sender.be_quiet(at_us + QUIET_US)


def _copy(path: Path, aside: Path) -> None:
    with _opened(path, "ro") as source:
        _require_store(source, path)
        with _opened(aside, "rwc") as copy:
            source.backup(copy, pages=PAGES_AT_ONCE, sleep=0.01)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file holds all of it
            _require_whole(copy, aside)


def _remove(path: Path) -> None:
    """Remove a database that was not finished, and what SQLite may have left beside it."""
    for suffix in ("", *_BESIDE):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _require_no_log(path: Path) -> None:
    """Raise StoreError where a log lies beside no database: SQLite would write it into the next one of that name."""
    for suffix in _BESIDE:
        log = path.with_name(path.name + suffix)
        if log.exists() and not path.exists():
            raise StoreError(f"{log} belongs to a store that is no longer there: move it away first")


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
def _said_of(path: Path) -> Iterator[None]:
    """Make a StoreError that names ``path`` of what the system refuses."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror or error}") from error


@contextmanager
def _opened(path: Path, mode: str, wait_seconds: float = WAIT_SECONDS) -> Iterator[sqlite3.Connection]:
    """Yield a connection; what SQLite refuses is a StoreError that names the file."""
    try:
        address = f"file:{quote(str(path))}?mode={mode}"
        with closing(sqlite3.connect(address, uri=True, timeout=wait_seconds)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be used: {error}") from error
