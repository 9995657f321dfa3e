"""What can be done with a store in SQLite, each as an operation whose every step may fail."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from recsvc.catalogue.item import Item
from recsvc.store.api_keys import Scope
from recsvc.store.backup import back_up, restore
from recsvc.store.residue import contains
from recsvc.store.store import DATABASE_FILE, Store, open_store
from recsvc.store.stored_placements import StoredPlacement
from support.events import event
from support.fault_sweep import Operation
from support.keys import new_key

VICTIM = ("erased-user", "erased-account", "erased-session")
TIMEOUT_SECONDS = 1.0
KEY = new_key(Scope.READ)[1]
OLD_KEY = new_key(Scope.ADMIN)[1]
_UNSTEADY = {"number", "revision"}
"""Counters: doing something again may draw the next one."""


@dataclass(frozen=True)
class StoreOperation:
    """``act`` on a store that holds some of everything; part of that is still in the write-ahead log.

    With ``is_cold``, opening the store is part of what may fail.
    """

    act: Callable[[Store], object]
    is_cold: bool = False
    erased: tuple[str, ...] = ()
    stride: int = 1

    def prepare(self, directory: Path) -> None:
        store = _open(directory)
        store.prepare()
        store.keys.add(OLD_KEY)
        store.catalogue.put([Item(f"item{i}", title="x" * 50) for i in range(30)])
        store.placements.put(StoredPlacement("old", {"max": 3}, 1))
        user, account, session = VICTIM
        for i in range(60):
            whose = (
                {"user_id": f"user{i % 7}"},
                {"user_id": account},
                {"session_id": session},
                {"user_id": user, "session_id": f"{session}-{i}"},
            )[i % 4]
            store.events.append(
                [event(f"item{i % 30}", i, event_id=f"event{i}-{j}", **whose) for j in range(3)]
            )
        store.users.merge("user", account, user, 1)
        store.users.merge("session", session, user, 2)
        store.close()

    def opened(self, directory: Path) -> Callable[[], None]:
        if self.is_cold:
            return lambda: _on_new(directory, self.act)
        store = _open(directory)
        store.events.append(
            [event("tea", user_id=VICTIM[0], session_id="erased-session-log", event_id="log")]
        )
        return lambda: _ignore(self.act(store))

    def state(self, directory: Path) -> list[str]:
        return dump(directory / DATABASE_FILE)

    def traces(self, directory: Path) -> list[str]:
        texts = [one.encode() for one in self.erased]
        return [f"{path.name} holds what was erased" for path in directory.iterdir() if contains(path, texts)]


@dataclass(frozen=True)
class FirstStart(StoreOperation):
    """The tables are made in an empty directory."""

    act: Callable[[Store], object] = field(default=Store.prepare)
    is_cold: bool = True

    def prepare(self, directory: Path) -> None:
        (directory / "nothing").touch()

    def state(self, directory: Path) -> list[str]:
        return dump(directory / DATABASE_FILE)


@dataclass(frozen=True)
class CopyOperation(StoreOperation):
    """``act`` on the file of a store that nobody has open, beside ``other.db``, which holds another store."""

    act: Callable[[Path], object]
    shown: tuple[str, ...] = (DATABASE_FILE,)

    def prepare(self, directory: Path) -> None:
        super().prepare(directory)
        store = open_store(f"sqlite:///{directory}/other.db")
        store.events.append([event("jam", event_id="other")])
        store.close()

    def opened(self, directory: Path) -> Callable[[], None]:
        return lambda: _ignore(self.act(directory))

    def state(self, directory: Path) -> list[str]:
        return [f"{name}: {row}" for name in self.shown for row in dump(directory / name)]


def dump(path: Path) -> list[str]:
    """Return all rows of all tables of a store, sorted; nothing where there is none. Raises where it is damaged."""
    if not path.exists():
        return []
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        found = connection.execute("PRAGMA integrity_check").fetchone()[0]
        if found != "ok":
            raise RuntimeError(f"{path.name} is damaged: {found}")
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return sorted(
            f"{name} {_shown(name, row)}"
            for name in names
            if name != "sqlite_sequence"
            for row in connection.execute(f'SELECT * FROM "{name}"')  # noqa: S608 - names of our own tables
        )


def _shown(table: str, row: sqlite3.Row) -> str:
    if table == "salts":
        return "one"
    return str({key: row[key] for key in row.keys() if key not in _UNSTEADY})  # noqa: SIM118 - no dictionary


def _open(directory: Path) -> Store:
    return open_store(f"sqlite:///{directory}/{DATABASE_FILE}", timeout_seconds=TIMEOUT_SECONDS)


def _on_new(directory: Path, act: Callable[[Store], object]) -> None:
    store = _open(directory)
    try:
        act(store)
    finally:
        store.close()


def _ignore(_result: object) -> None:
    """Do without a result."""


def _post(store: Store) -> None:
    known = event("tea", user_id="user1", event_id="log")
    store.events.append(
        [event("item1", user_id="user1", event_id="new1"), known, event("item2", event_id="new2")]
    )


def _add_key(store: Store) -> None:
    if KEY.key_id not in {key.key_id for key in store.keys.all()}:
        store.keys.add(KEY)


def _back_up(directory: Path) -> None:
    target = directory / "copy.db"
    if not target.exists():
        back_up(directory / DATABASE_FILE, target)


STORE_OPERATIONS: dict[str, Operation] = {
    "first start": FirstStart(stride=6),
    "open and post": StoreOperation(_post, is_cold=True, stride=2),
    "post": StoreOperation(_post),
    "merge": StoreOperation(lambda store: store.users.merge("session", "s", "user1", 3)),
    "erase": StoreOperation(lambda store: store.users.erase(VICTIM[0], 9), erased=VICTIM),
    "import": StoreOperation(
        lambda store: store.catalogue.put([Item(f"item{i}", title="y" * 500) for i in range(20, 60)])
    ),
    "add a key": StoreOperation(_add_key),
    "revoke a key": StoreOperation(lambda store: store.keys.revoke(OLD_KEY.key_id, 9)),
    "change a placement": StoreOperation(
        lambda store: store.placements.put(StoredPlacement("old", {"max": 4}, 2))
    ),
    "back up": CopyOperation(_back_up, shown=(DATABASE_FILE, "copy.db"), stride=6),
    "restore": CopyOperation(
        lambda directory: restore(directory / "other.db", directory / DATABASE_FILE, at_us=9), stride=12
    ),
}
