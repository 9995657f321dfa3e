"""What SQLite's own list of ways to corrupt a database means for us (sqlite.org/howtocorrupt.html)."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.events import event

from recsvc.errors import StoreError
from recsvc.store.sqlite_file import SqliteFile
from recsvc.store.store import Store, open_store

VISIT = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT 1 FROM events').fetchall(); c.close()"
"""Another program that opens the database, reads and closes it."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "recsvc.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{path}", timeout_seconds=0.5)
    store.prepare()
    yield store
    store.close()


def visited_by_another_program(path: Path) -> None:
    subprocess.run([sys.executable, "-c", VISIT, str(path)], check=True)


def stored(path: Path) -> int:
    """Return how many events another program finds."""
    with sqlite3.connect(path) as connection:
        return int(connection.execute("SELECT count(*) FROM events").fetchone()[0])


def test_after_an_erasure_other_programs_take_no_log_away(store: Store, path: Path) -> None:
    store.events.append([event(user_id="bob")])
    store.users.erase("bob", 1)
    visited_by_another_program(path)
    store.events.append([replace(event(), event_id=str(n)) for n in range(100)])
    assert stored(path) == 100


def test_nobody_but_sqlite_opens_the_files_in_this_process(store: Store, path: Path) -> None:
    opened: list[str] = []
    own = f"{path.parent}"

    def listen(what: str, arguments: tuple[object, ...]) -> None:
        if what == "open" and str(arguments[0]).startswith(own) and is_listening:
            opened.append(str(arguments[0]))

    is_listening = True
    sys.addaudithook(listen)
    store.events.append([event(user_id="bob"), event()])
    store.users.erase("bob", 1)
    store.users.export("ada")
    store.position()
    is_listening = False
    assert opened == []


@pytest.mark.parametrize("what", ["deleted", "moved", "replaced", "log deleted"])
def test_events_are_refused_once_the_file_is_no_longer_there(store: Store, path: Path, what: str) -> None:
    store.events.append([event()])
    aside = path.with_name("aside.db")
    log = path.with_name("recsvc.db-wal")
    if what == "deleted":
        path.unlink()
    elif what == "moved":
        path.rename(aside)
    elif what == "replaced":
        shutil.copy(path, aside)
        aside.rename(path)
    else:
        log.unlink()
    for number in range(20):
        with pytest.raises(StoreError, match="moved, deleted or replaced"):
            store.events.append([event(event_id=str(number))])
    if what != "replaced":
        assert not path.exists() or what == "log deleted"


def test_a_file_that_is_put_back_is_used_again(store: Store, path: Path) -> None:
    store.events.append([event()])
    aside = path.with_name("aside.db")
    path.rename(aside)
    with pytest.raises(StoreError, match="moved, deleted or replaced"):
        store.events.append([event(event_id="1")])
    aside.rename(path)
    store.events.append([event(event_id="2")])
    assert store.position().event == 2


def test_a_disk_that_fails_is_not_waited_for(path: Path) -> None:
    attempts = []

    def act() -> None:
        attempts.append(1)
        sqlite3.connect(path.parent / "nowhere" / "recsvc.db").execute("SELECT 1")

    with pytest.raises(sqlite3.OperationalError):
        SqliteFile(path, timeout_seconds=0.5).soon(act)
    assert len(attempts) == 1
