"""Changes of stock and price are noted with the item, whichever way it changes, while somebody listens."""

import pytest

from recsvc.catalogue.item import Item
from recsvc.store.backup import QUIET_US, back_up, restore
from recsvc.store.store import Store, open_store
from recsvc.store.webhook_sender import Listening

FOREVER = 2**60


@pytest.fixture
def listened(store: Store) -> Store:
    assert store.sender.take("me", None)
    store.sender.keep_listening(Listening(0, FOREVER, 0, 0, "EUR"))
    return store


def changes(store: Store) -> list[tuple[str, bool | None, float | None, float | None]]:
    return [(one.item_id, one.in_stock, one.was_price, one.price) for one in store.item_changes.after(0, 100)]


def test_each_way_of_changing_an_item_is_noted(listened: Store) -> None:
    listened.catalogue.put([Item("Tea", price=3.0), Item("jam", price=2.0), Item("saw")])
    assert changes(listened) == [], "what is new was not changed"
    listened.catalogue.put([Item("TEA", price=2.5, in_stock=False), Item("jam", price=2.0)])
    listened.catalogue.patch("jam", {"price": 4.0})
    listened.catalogue.patch_many(
        {"tea": {"in_stock": True}, "saw": {"in_stock": True}, "none": {"in_stock": True}}, 9
    )
    assert changes(listened) == [
        ("Tea", False, None, None),
        ("Tea", None, 3.0, 2.5),
        ("jam", None, 2.0, 4.0),
        ("Tea", True, None, None),
    ]


def test_what_is_withdrawn_or_loses_its_price_has_none_from_then_on(listened: Store) -> None:
    listened.catalogue.put([Item("tea", price=3.0), Item("jam")])
    listened.catalogue.withdraw("tea", 1)
    listened.catalogue.put([Item("tea", price=1.0), Item("jam", price=1.0)])
    listened.catalogue.put([Item("jam")])
    assert changes(listened) == [("tea", None, 3.0, None), ("jam", None, None, 1.0), ("jam", None, 1.0, None)]


def test_where_nobody_listens_nothing_is_noted(store: Store) -> None:
    store.catalogue.put([Item("tea", price=3.0)])
    store.catalogue.put([Item("tea", price=1.0)])
    store.sender.take("me", None)
    store.sender.keep_listening(Listening(0, 5, 0, 0, "EUR"))  # somebody did, long ago
    store.catalogue.put([Item("tea", price=2.0)])
    assert changes(store) == []


def test_changes_of_many_items_write_those_alone_that_change(listened: Store) -> None:
    listened.catalogue.put([Item("tea"), Item("jam", in_stock=False)])
    revision = listened.catalogue.newest_revision()
    n_changed, unknown = listened.catalogue.patch_many(
        {"TEA": {"in_stock": True}, "jam": {"in_stock": True}, "none": {"in_stock": False}}, 7
    )
    assert (n_changed, unknown) == (1, {"none"})
    assert listened.catalogue.newest_revision() == revision + 1
    jam = listened.catalogue.get("jam")
    assert jam is not None
    assert (jam.in_stock, jam.updated_at_us) == (True, 7)


def test_who_sends_is_one_row_that_is_taken_once(store: Store) -> None:
    assert store.sender.heart() is None
    assert store.sender.take("a", None)
    assert not store.sender.take("b", None)
    seen = store.sender.heart()
    assert store.sender.beat("a")
    assert not store.sender.take("b", seen), "it gave a sign of life since"
    assert store.sender.take("b", store.sender.heart())
    assert not store.sender.beat("a")


def test_a_restored_copy_tells_nothing_of_what_waited(tmp_path_factory: pytest.TempPathFactory) -> None:
    directory = tmp_path_factory.mktemp("restored")
    store = open_store(f"sqlite:///{directory}/recsvc.db")
    store.sender.take("me", None)
    store.sender.keep_listening(Listening(0, FOREVER, 0, 0, "EUR"))
    store.catalogue.put([Item("tea", price=3.0)])
    store.catalogue.put([Item("tea", price=1.0)])
    back_up(directory / "recsvc.db", directory / "copy.db")
    store.close()
    restore(directory / "copy.db", directory / "recsvc.db", at_us=1000)
    again = open_store(f"sqlite:///{directory}/recsvc.db")
    assert changes(again) == []
    found = again.sender.listening()
    assert found is not None
    assert found.quiet_until_us == 1000 + QUIET_US
    again.close()
