"""A store of an older version is brought up to date, and says the same as before."""

from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, insert, text
from support.events import event

from recsvc.catalogue.item import Item
from recsvc.errors import ConflictError, StoreError
from recsvc.identity.tombstones import tombstone
from recsvc.store import database
from recsvc.store.database import Database
from recsvc.store.event import Event
from recsvc.store.event_rows import to_row
from recsvc.store.store import open_store
from recsvc.store.tables import events, merges, salts, tombstones
from training.sources.order_sources import OrderSources, read_orders
from training.sources.shop_store import StoreAddress

MIGRATIONS = Path(database.__file__).parent / "migrations"


@pytest.fixture
def old_database_url(database_url: str) -> str:
    """A store as version 0.2 left it: the event with the highest number was erased, one has no id."""
    old = Database(database_url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with old._transaction() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
        stored = [event("tea", 1, event_id="e1"), event("milk", 2, session_id="s"), event("jam", 3)]
        connection.execute(insert(events), [_old_row(one) for one in stored])
        connection.execute(text("DELETE FROM events WHERE item_id = 'jam'"))
    old.close()
    return database_url


def _old_row(stored: Event) -> dict[str, Any]:
    """A row of events before these said where in a list the item was."""
    return {name: value for name, value in to_row(stored).items() if name not in ("position", "seen")}


def test_events_of_an_older_store_keep_their_ids_and_numbers(old_database_url: str) -> None:
    store = open_store(old_database_url)
    assert store.events.since().numbers.tolist() == [1, 2]
    assert store.events.history_of("ada") == [event("tea", 1, event_id="e1")]
    assert store.events.append([event("tea", 1, event_id="e1")]).duplicates == 1
    assert store.events.append([event("tea", 1, user_id="bob", event_id="e1")]).accepted == 1
    assert store.events.since(2).numbers.tolist() == [4], "number 3 was given before"
    store.close()


def test_items_of_an_older_store_are_of_no_group_until_they_are_put_into_one(old_database_url: str) -> None:
    engine = create_engine(old_database_url)
    with engine.begin() as connection:
        connection.execute(text(_OLD_ITEM))
    engine.dispose()
    store = open_store(old_database_url)
    assert store.catalogue.get("tea") == Item("tea", categories=("Drinks",), updated_at_us=1)
    store.catalogue.patch("tea", {"group_id": "hot"})
    assert store.catalogue.get("tea") == Item("tea", categories=("Drinks",), updated_at_us=1, group_id="hot")
    store.close()


_OLD_ITEM = """
    INSERT INTO items (item_id, categories, in_stock, attributes, updated_at_us, withdrawn, revision)
    VALUES ('tea', '["Drinks"]', true, '{}', 1, false, 1)
"""


@pytest.fixture
def spelled_database_url(database_url: str) -> str:
    """A store as version 0.4 left it: each spelling is a shopper and an item of its own."""
    old = Database(database_url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with old._transaction() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0005")
        users = ["Ada@Shop.test", "ada@shop.test", "8.0", "0", "Gone@Shop.test", "Second@Shop.test", "eve"]
        stored = [event("Te\u0301e", number, user_id=user) for number, user in enumerate(users, start=1)]
        connection.execute(
            insert(events), [_old_row(one) for one in [*stored, event("tea", 9, session_id="null")]]
        )
        salt = bytes(connection.execute(salts.select()).scalar_one())
        gone = {"digest": tombstone(salt, "user", "gone@shop.test"), "erased_at_us": 1}
        connection.execute(insert(tombstones), [gone])
        rows = [
            ("user", "second@shop.test", "ADA@shop.test"),
            ("user", "SECOND@shop.test", "eve"),
            ("user", "aDa@shop.test", "ada@Shop.test"),
            ("session", "visit", "8.0"),
        ]
        named = [
            {"kind": kind, "from_id": one, "to_user_id": to, "merged_at_us": 1} for kind, one, to in rows
        ]
        connection.execute(insert(merges), named)
        columns = "item_id, categories, in_stock, attributes, updated_at_us, withdrawn, revision"
        row = text(f"INSERT INTO items ({columns}) VALUES (:id, '[]', true, '{{}}', :number, false, :number)")  # noqa: S608
        for number, item_id in enumerate(["AB 1", "ab1", "tea"], start=1):
            connection.execute(row, {"id": item_id, "number": number})
    old.close()
    return database_url


def test_shoppers_and_items_of_an_older_store_get_one_spelling(spelled_database_url: str) -> None:
    store = open_store(spelled_database_url)
    found = store.events.since()
    assert found.user_ids == ("ada@shop.test", "ada@shop.test", "8", None, "eve", "eve", None)
    assert found.session_ids[-1] is None
    assert set(found.item_ids) == {"T\u00e9e", "tea"}
    assert {(one.kind, one.from_id, one.to_user_id) for one in store.users.merges()} == {
        ("user", "second@shop.test", "eve"),
        ("session", "visit", "8"),
    }
    assert {item.item_id: item.updated_at_us for item in store.catalogue.changes_since().items} == {
        "ab1": 2,
        "tea": 3,
    }
    assert store.catalogue.get("Ab 1") == store.catalogue.get("ab1") is not None
    store.close()


@pytest.fixture
def erased_database_url(database_url: str) -> str:
    """A store as version 0.4 left it: Anna was erased in one spelling, and went on in another."""
    old = Database(database_url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with old._transaction() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0006")
        salt = bytes(connection.execute(salts.select()).scalar_one())
        gone = [tombstone(salt, "user", one) for one in ("Anna@Shop.test", "8.0")]
        connection.execute(insert(tombstones), [{"digest": one, "erased_at_us": 1} for one in gone])
        stored = [event("tea", 1, user_id="anna@shop.test"), event("tea", 2, user_id="bob")]
        connection.execute(insert(events), [_old_row(one) for one in stored])
    old.close()
    return database_url


def test_who_was_erased_in_an_older_store_stays_erased_in_every_likely_spelling(
    erased_database_url: str, tmp_path: Path
) -> None:
    store = open_store(erased_database_url)
    assert store.events.since().user_ids == ("bob",)
    named = ["anna@shop.test", "Anna@Shop.test", "ANNA@shop.test", "8", "8.0", "bob"]
    assert store.events.append([event("milk", 3, user_id=one) for one in named]).ignored == 5
    with pytest.raises(ConflictError, match="was erased"):
        store.users.merge("user", "bob", "anna@shop.test", 4)
    store.close()
    rows = "".join(f"{one},tea,2026-01-0{day}\n" for day, one in enumerate(named, start=1))
    (tmp_path / "orders.csv").write_text(f"user_id,item_id,date\n{rows}")
    sources = OrderSources((str(tmp_path / "orders.csv"),), store=StoreAddress(erased_database_url))
    raw = read_orders(sources)
    assert (raw.n_erased, raw.lines["user_id"].cast(str).to_list()) == (5, ["bob"])
    (tmp_path / "orders.csv").write_text(
        "user_id,item_id,date\nanna@shop.test,tea,2026-01-01\n8,tea,2026-01-02\n"
    )
    assert read_orders(sources).n_erased == 2, "also where no line has the spelling that was erased"


def test_a_store_of_a_newer_version_is_refused_in_a_sentence(database_url: str) -> None:
    open_store(database_url).close()
    store = open_store(database_url)
    store.prepare()
    with store._database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    again = open_store(database_url)
    with pytest.raises(StoreError, match="made by a newer version of recsvc"):
        again.prepare()
    again.close()
