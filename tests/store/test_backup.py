"""A copy of a store is whole, or there is none."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from support.events import event

from recsvc.errors import StoreError
from recsvc.store.backup import QUIET_US, back_up, restore
from recsvc.store.notices import Notice, Outcome
from recsvc.store.platform_records import PlatformRecord
from recsvc.store.store import Store, open_store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "recsvc.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{path}")
    store.events.append([event(event_id=str(number)) for number in range(500)])
    yield store
    store.close()


def n_events(path: Path) -> int:
    store = open_store(f"sqlite:///{path}")
    try:
        return sum(len(batch) for batch in store.events.batches())
    finally:
        store.close()


def test_a_copy_of_a_store_in_use_has_everything(store: Store, path: Path, tmp_path: Path) -> None:
    shutil.copy(path, tmp_path / "naive.db")
    n_bytes = back_up(path, tmp_path / "copy.db")
    store.events.append([event(event_id="later")])
    assert (n_events(tmp_path / "copy.db"), n_events(path)) == (500, 501)
    assert n_bytes == (tmp_path / "copy.db").stat().st_size
    with sqlite3.connect(tmp_path / "naive.db") as connection:  # why there is a command for it
        assert not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'events'").fetchall()


def test_a_copy_replaces_nothing(store: Store, path: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("mine")
    with pytest.raises(StoreError, match="exists: name a new file"):
        back_up(path, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "mine"


def test_a_folder_that_is_not_there_is_named(store: Store, path: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"there is no folder .*backups: make it"):
        back_up(path, tmp_path / "backups" / "copy.db")


def test_what_is_no_store_is_not_copied(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE t (x)")
    (tmp_path / "text.db").write_text("no database" * 100)
    for name, reason in [
        ("other.db", "is no store of recsvc"),
        ("text.db", "not a database"),
        ("none.db", "none.db"),
    ]:
        with pytest.raises(StoreError, match=reason):
            back_up(tmp_path / name, tmp_path / "copy.db")
    assert not list(tmp_path.glob("copy.db*"))


def test_a_store_in_use_is_not_replaced(store: Store, path: Path, tmp_path: Path) -> None:
    back_up(path, tmp_path / "copy.db")
    store.events.append([event(event_id="later")])
    with pytest.raises(StoreError, match="in use: stop the service"):
        restore(tmp_path / "copy.db", path, at_us=1)
    store.events.append([event(event_id="still later")])
    assert n_events(path) == 502
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "copy.db",
        "recsvc.db",
        "recsvc.db-shm",
        "recsvc.db-wal",
    ]


def test_what_was_there_is_kept_beside_the_restored(store: Store, path: Path, tmp_path: Path) -> None:
    back_up(path, tmp_path / "copy.db")
    store.events.append([event(event_id="later")])
    store.close()
    replaced = restore(tmp_path / "copy.db", path, at_us=1).replaced
    assert replaced is not None
    assert (n_events(path), n_events(replaced)) == (500, 501)


def test_a_store_moves_to_another_machine(store: Store, path: Path, tmp_path: Path) -> None:
    back_up(path, tmp_path / "copy.db")
    there = tmp_path / "there" / "recsvc.db"
    there.parent.mkdir()
    assert restore(tmp_path / "copy.db", there, at_us=1).replaced is None
    assert n_events(there) == 500


def test_webhooks_begin_in_silence_whether_or_not_any_were_sent(
    store: Store, path: Path, tmp_path: Path
) -> None:
    store.notices.queue([Notice("1", "item.back_in_stock", "ada", "tea", 5, None, 1, 1)])
    back_up(path, tmp_path / "copy.db")
    store.close()
    restore(tmp_path / "copy.db", path, at_us=3)
    with closing(open_store(f"sqlite:///{path}")) as restored:
        found = restored.sender.listening()
        assert found is not None
        assert (found.quiet_until_us, found.since_us) == (3 + QUIET_US, 3 + QUIET_US)
        assert [one.outcome for one in restored.notices.newest(5)] == [Outcome.OVER]


def test_a_damaged_copy_is_refused(store: Store, path: Path, tmp_path: Path) -> None:
    back_up(path, tmp_path / "copy.db")
    content = bytearray((tmp_path / "copy.db").read_bytes())
    for page in range(3, len(content) // 4096, 2):
        content[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    (tmp_path / "copy.db").write_bytes(content)
    store.close()
    with pytest.raises(StoreError, match=r"damaged|malformed"):
        restore(tmp_path / "copy.db", path, at_us=1)
    assert n_events(path) == 500


def traces(path: Path, external_id: str) -> bool:
    return any(
        external_id.encode() in one.read_bytes()
        for one in path.parent.glob(f"{path.name}*")
        if "replaced" not in one.name
    )


def test_who_was_erased_since_stays_erased_whatever_is_restored(
    store: Store, path: Path, tmp_path: Path
) -> None:
    store.events.append(
        [
            event(event_id="1st", user_id="ada-lovelace"),
            event(event_id="2nd", session_id="session-of-ada", user_id=None),
            event(event_id="3rd", user_id="bob-stays"),
        ]
    )
    back_up(path, tmp_path / "copy.db")
    store.users.merge("session", "session-of-ada", "ada-lovelace", 1)
    store.users.merge("user", "second-account-of-ada", "ada-lovelace", 1)
    store.users.erase("ada-lovelace", 2)
    store.close()
    assert traces(tmp_path / "copy.db", "ada-lovelace")
    restored = restore(tmp_path / "copy.db", path, at_us=3)
    assert (restored.n_ids, restored.n_foreign, restored.unread) == (2, 0, ())
    assert not traces(path, "ada-lovelace")
    assert not traces(path, "session-of-ada")
    assert traces(path, "bob-stays")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["copy.db", "recsvc.db", "recsvc.db.replaced"]
    reopened = open_store(f"sqlite:///{path}")
    try:
        gone = reopened.users.tombstones()
        # Also one of whom nothing was in the copy: an order file may still have them.
        assert gone.mask(["ada-lovelace", "second-account-of-ada", "bob-stays"]).tolist() == [
            True,
            True,
            False,
        ]
    finally:
        reopened.close()


def test_who_asked_since_not_to_be_profiled_is_heard_whatever_is_restored(
    store: Store, path: Path, tmp_path: Path
) -> None:
    store.objections.say("bob", 1, objects=True)
    back_up(path, tmp_path / "copy.db")
    store.objections.say("ada", 2, objects=True)
    store.objections.say("bob", 2, objects=False)
    back_up(path, tmp_path / "newer.db")
    store.objections.say("cyd", 3, objects=True)
    store.close()
    restored = restore(tmp_path / "copy.db", path, [tmp_path / "newer.db"], at_us=4)
    assert restored.n_objections == 3
    with closing(open_store(f"sqlite:///{path}")) as there:
        assert there.objections.all() == {"ada", "cyd"}


def test_who_was_erased_is_known_in_the_copy_by_any_row_that_names_them(
    store: Store, path: Path, tmp_path: Path
) -> None:
    store.objections.say("objector", 1, objects=True)
    request = {"wish": "data", "user_ids": ["Asker@Shop.example"]}
    store.platform.put([PlatformRecord("shopify", "request", "42", 1, 0, request)])
    back_up(path, tmp_path / "copy.db")
    for user_id in ("objector", "asker@shop.example"):
        store.users.erase(user_id, 2)
    store.close()
    assert traces(tmp_path / "copy.db", "objector")
    assert restore(tmp_path / "copy.db", path, at_us=3).n_ids == 2
    assert not traces(path, "objector")
    assert not traces(path, "sker@")


def test_erasures_of_another_store_hold_for_what_is_here(store: Store, path: Path, tmp_path: Path) -> None:
    store.events.append([event(event_id="1st", user_id="ada-lovelace")])
    back_up(path, tmp_path / "copy.db")
    other = open_store(f"sqlite:///{tmp_path / 'other.db'}")
    other.users.erase("ada-lovelace", 1)
    other.users.erase("never-heard-of", 1)
    other.close()
    store.close()
    restored = restore(tmp_path / "copy.db", path, [tmp_path / "other.db"], at_us=3)
    assert (restored.n_ids, restored.n_foreign) == (1, 2)
    assert not traces(path, "ada-lovelace")


def test_a_damaged_store_is_replaced_and_its_erasures_are_missed_aloud(
    store: Store, path: Path, tmp_path: Path
) -> None:
    back_up(path, tmp_path / "copy.db")
    store.close()
    path.write_bytes(b"nothing" * 1000)
    restored = restore(tmp_path / "copy.db", path, at_us=3)
    assert len(restored.unread) == 1
    assert n_events(path) == 500


def test_a_log_without_its_store_is_not_written_into_the_copy(
    store: Store, path: Path, tmp_path: Path
) -> None:
    back_up(path, tmp_path / "copy.db")
    left = tmp_path / "moved" / "recsvc.db-wal"
    left.parent.mkdir()
    left.write_bytes(b"frames of another store")
    with pytest.raises(StoreError, match=r"recsvc\.db-wal belongs to a store that is no longer there"):
        restore(tmp_path / "copy.db", left.with_name("recsvc.db"), at_us=1)
    left.unlink()
    assert restore(tmp_path / "copy.db", left.with_name("recsvc.db"), at_us=1).replaced is None
