"""A store of an older version is brought up to date, and says the same as before."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, insert, text
from support.events import event

from recsvc.catalogue.item import Item
from recsvc.store import database
from recsvc.store.database import Database
from recsvc.store.store import open_store
from recsvc.store.tables import events, to_row

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
        connection.execute(insert(events), [to_row(one) for one in stored])
        connection.execute(text("DELETE FROM events WHERE item_id = 'jam'"))
    old.close()
    return database_url


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
