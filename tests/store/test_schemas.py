"""Stores in schemas of one PostgreSQL database."""

import threading
from contextlib import closing

import psycopg
from support.events import event
from support.postgres import PostgresServer

from recsvc.settings.shop_tables import with_schema
from recsvc.store.database import Database
from recsvc.store.store import open_store


def test_a_schema_is_made_where_there_is_none_and_keeps_its_rows_to_itself(
    shared_postgres: PostgresServer,
) -> None:
    url = shared_postgres.new_database().partition("?")[0]
    stores = [open_store(with_schema(url, f"shop_{name}")) for name in ("one", "two")]
    try:
        for store in stores:
            store.prepare()
        stores[0].events.append([event("tea", 1_777_593_600, user_id="ada")])
        assert [store.events.bought_item_ids() for store in stores] == [{"tea"}, set()]
        assert stores[0].shop_id() != stores[1].shop_id()
        with closing(open_store(with_schema(url, "shop_one"))) as again:
            assert again.shop_id() == stores[0].shop_id()
    finally:
        for store in stores:
            store.close()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA shop_one CASCADE; DROP SCHEMA shop_two CASCADE")


def test_writers_of_one_schema_do_not_wait_for_those_of_another(shared_postgres: PostgresServer) -> None:
    urls = [shared_postgres.new_database() for _ in range(2)]
    with (
        closing(Database(urls[0], timeout_seconds=5)) as one,
        closing(Database(urls[0], timeout_seconds=0.3)) as same,
        closing(Database(urls[1], timeout_seconds=5)) as other,
    ):
        for database in (one, same, other):
            database.prepare()
        written = threading.Event()

        def write() -> None:
            with other.write():
                written.set()

        with one.write():
            thread = threading.Thread(target=write)
            thread.start()
            assert written.wait(3)
            thread.join()
            refused: list[Exception] = []
            try:
                with same.write():
                    pass
            except Exception as error:  # noqa: BLE001 - looked at below
                refused.append(error)
            assert refused
