"""Starting at once, and what happens when the database does not do as it should."""

import shutil
import sqlite3
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event as sql_event
from sqlalchemy import insert
from structlog.testing import capture_logs
from support.events import event
from support.postgres import PostgresServer

from recsvc.errors import SettingsError, StoreError
from recsvc.store.database import Database
from recsvc.store.store import Store, open_store
from recsvc.store.tables import merges, metadata

PREPARE = "import sys; from recsvc.store.store import open_store; open_store(sys.argv[1]).prepare()"


def test_the_migrations_lead_to_the_tables(database_url: str) -> None:
    database = Database(database_url)
    with database.write() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    database.close()


def test_processes_that_start_at_once_make_the_tables_once(database_url: str) -> None:
    starting = [subprocess.Popen([sys.executable, "-c", PREPARE, database_url]) for _ in range(4)]
    assert [process.wait(timeout=60) for process in starting] == [0] * 4
    store = open_store(database_url)
    assert store.position().event == 0
    assert len(store.users.tombstones().salt) == 32
    store.close()


def test_preparing_again_changes_nothing(store: Store) -> None:
    store.events.append([event()])
    salt = store.users.tombstones().salt
    store.prepare()
    assert (store.position().event, store.users.tombstones().salt) == (1, salt)


def test_what_was_stored_is_there_for_the_next_process(database_url: str) -> None:
    first = open_store(database_url)
    first.events.append([event()])
    first.close()
    second = open_store(database_url)
    assert second.events.history_of("ada") == [event()]
    second.close()


def test_sqlite_writes_through_to_the_disk(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/recsvc.db")
    with database.read() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "secure_delete")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1}
    database.close()


def test_a_locked_file_is_an_error_that_stores_nothing(tmp_path: Path) -> None:
    path = tmp_path / "recsvc.db"
    store = open_store(f"sqlite:///{path}", timeout_seconds=0.1)
    store.events.append([event("tea")])
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="database is locked"):
        store.events.append([event("milk")])
    assert [stored.item_id for stored in store.events.history_of("ada")] == ["tea"], (
        "readers do not wait for writers"
    )
    other.execute("ROLLBACK")
    other.close()
    assert store.events.append([event("cake")]).accepted == 1
    assert [stored.item_id for stored in store.events.history_of("ada")] == ["cake", "tea"]
    store.close()


def test_threads_queue_for_their_turn_but_not_forever(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/recsvc.db", timeout_seconds=0.1)
    store = Store(database)
    with database.write():
        results: list[object] = []

        def write() -> None:
            try:
                results.append(store.events.append([event()]))
            except StoreError as error:
                results.append(str(error))

        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
    assert results == ["other writers of this process took longer than 0.1 s"]
    assert store.events.append([event()]).accepted == 1
    store.close()


def test_a_full_disk_is_an_error_that_stores_nothing(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/recsvc.db")
    store = Store(database)
    store.events.append([event("tea")])
    database.close()
    sql_event.listen(
        database._engine, "connect", lambda connection, _: connection.execute("PRAGMA max_page_count = 1")
    )
    with pytest.raises(StoreError, match="full"):
        store.events.append([event("x" * 200) for _ in range(500)])
    assert [stored.item_id for stored in store.events.history_of("ada")] == ["tea"]
    store.close()


def test_a_directory_that_does_not_exist_is_an_error_until_it_does(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/later/recsvc.db")
    with pytest.raises(StoreError, match="unable to open"):
        store.events.append([event()])
    (tmp_path / "later").mkdir()
    assert store.events.append([event()]).accepted == 1
    store.close()


def test_a_lost_postgresql_is_an_error_until_it_is_back(own_postgres: PostgresServer) -> None:
    store = open_store(own_postgres.new_database())
    store.events.append([event("tea", event_id="e1")])
    own_postgres.kill()
    with capture_logs() as logs:
        for _ in range(2):
            started = time.monotonic()
            with pytest.raises(StoreError):
                store.events.append([event("milk", event_id="e2")])
            assert time.monotonic() - started < 5
        own_postgres.start()
        assert store.events.append([event("milk", event_id="e2")]).accepted == 1
    assert [line["event"] for line in logs] == ["store_lost", "store_back"]
    assert "ada" not in str(logs)
    assert sorted(stored.item_id for stored in store.events.history_of("ada")) == ["milk", "tea"]
    store.close()


def test_a_postgresql_that_says_nothing_is_given_up_in_time(own_postgres: PostgresServer) -> None:
    store = open_store(own_postgres.new_database(), timeout_seconds=0.5)
    store.events.append([event("tea", event_id="e1")])
    own_postgres.hang()
    try:
        for ask in (store.position, lambda: store.events.append([event("milk", event_id="e2")])):
            started = time.monotonic()
            with pytest.raises(StoreError):
                ask()
            assert time.monotonic() - started < 6
    finally:
        own_postgres.go_on()
    assert store.position().event == 1
    assert store.events.append([event("milk", event_id="e2")]).accepted == 1
    store.close()


def test_an_error_names_neither_password_nor_shopper(tmp_path: Path) -> None:
    store = open_store("postgresql://me:secret@127.0.0.1:1/nothing")
    with pytest.raises(StoreError) as refused:
        store.events.history_of("ada")
    assert "secret" not in str(refused.value)
    assert "ada" not in str(refused.value)


def test_a_row_that_is_refused_is_not_quoted(database_url: str) -> None:
    database = Database(database_url)
    row = {"kind": "user", "from_id": "shopper-17850", "to_user_id": "b", "merged_at_us": 1}
    with pytest.raises(RuntimeError, match="IntegrityError") as refused, database.write() as connection:
        connection.execute(insert(merges), [row, row])
    shown = "".join(traceback.format_exception(refused.value))
    assert "17850" not in shown
    database.close()


@pytest.mark.parametrize("url", ["nonsense", "oracle://host/db"])
def test_a_url_of_something_else_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="database_url"):
        open_store(url)


def test_all_who_use_a_store_are_told_the_same_shop(database_url: str) -> None:
    stores = [open_store(database_url) for _ in range(2)]
    assert len({store.shop_id() for store in stores}) == 1
    for store in stores:
        store.close()


def test_two_stores_are_two_shops_and_so_is_a_copied_file(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("one.db", "other.db", "copied.db")]
    stores = [open_store(f"sqlite:///{path}") for path in paths[:2]]
    shops = [store.shop_id() for store in stores]
    for store in stores:
        store.close()
    shutil.copyfile(paths[0], paths[2])
    copied = open_store(f"sqlite:///{paths[2]}")
    assert len({*shops, copied.shop_id()}) == 3
    copied.close()
