import pytest
from support.events import SECOND_US, event

from recsvc.catalogue.item import Item
from recsvc.store import shop_counts
from recsvc.store.shop_counts import ItemCounts
from recsvc.store.store import open_store

NOW_US = 1_000_000


def test_items_are_counted_by_what_they_lack(database_url: str) -> None:
    store = open_store(database_url)
    assert store.counts.items(NOW_US) == ItemCounts(0, 0, 0, 0, 0, 0, 0)
    store.catalogue.put([
        Item("tea", title="Tea", image_url="https://shop.test/t", price=0.0, categories=("Food",)),
        Item("saw", title="", in_stock=False),
        Item("jam", available_from_us=NOW_US + 1),
        Item("nut", available_until_us=NOW_US),
    ])  # fmt: skip
    store.catalogue.withdraw("old", NOW_US)
    assert store.counts.items(NOW_US) == ItemCounts(4, 3, 3, 3, 3, 3, 1)
    assert store.counts.items(NOW_US + 30_000_000).unavailable == 3, "kept for a minute"
    assert store.counts.items(NOW_US + 60_000_001).unavailable == 2, "jam is for sale by then"
    store.close()


def test_events_are_counted_by_type_and_time(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(database_url)
    assert store.counts.events(0).last_received_us is None
    store.events.append([event("tea", at) for at in range(1, 21)])
    assert store.counts.events(11 * SECOND_US).recent == 10
    assert store.counts.events(11 * SECOND_US).reaches_back_us == 11 * SECOND_US
    assert store.counts.events(11 * SECOND_US).is_whole
    monkeypatch.setattr(shop_counts, "NEWEST_EVENTS", 4)
    counts = store.counts.events(11 * SECOND_US)
    assert (counts.recent, sum(counts.newest.values()), counts.is_whole) == (10, 4, False)
    assert (counts.reaches_back_us, counts.last_received_us) == (17 * SECOND_US, 20 * SECOND_US)
    assert store.counts.events(0).recent == 20
    assert store.counts.events(21 * SECOND_US).recent == 0
    store.close()
