from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from recsvc.catalogue.item import Item
from recsvc.rules.rule_book import Origin, read_book
from recsvc.serving.store_watch import Restrictions, StoreWatch
from recsvc.store.store import Store, open_store
from recsvc.store.stored_placements import StoredPlacement


def hidden(*items: Item, at_us: int = 5) -> set[str]:
    restrictions = Restrictions()
    restrictions.take(items)
    return set(restrictions.hidden_at(at_us))


def test_what_is_out_of_stock_or_withdrawn_is_hidden() -> None:
    withdrawn = Item("c", in_stock=False, withdrawn=True)
    assert hidden(Item("a"), Item("b", in_stock=False), withdrawn) == {"b", "c"}


def test_what_is_not_yet_or_no_longer_available_is_hidden() -> None:
    window = Item("a", available_from_us=3, available_until_us=6)
    assert [hidden(window, at_us=now) for now in (2, 3, 5, 6)] == [{"a"}, set(), set(), {"a"}]


def test_the_last_word_on_an_item_counts() -> None:
    assert hidden(Item("a", in_stock=False), Item("a")) == set()
    assert hidden(Item("a"), Item("a", in_stock=False)) == {"a"}


FILE = read_book({"sale": {"base": "for_you"}})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/store.db")
    yield opened
    opened.close()


def test_rules_of_the_store_are_followed_and_those_of_the_file_stay(store: Store) -> None:
    watch = StoreWatch(store, book=FILE)
    watch.refresh()
    assert watch.placements.book is FILE
    store.placements.put(StoredPlacement("garden", {"base": "discover"}, 1))
    watch.refresh()
    assert (watch.placements.book.origin_of("garden"), watch.placements.book.origin_of("sale")) == (
        Origin.STORE,
        Origin.FILE,
    )
    book = watch.placements.book
    watch.refresh()
    assert watch.placements.book is book
    store.placements.delete("garden", 2)
    watch.refresh()
    assert watch.placements.book == FILE


def test_rules_that_only_another_version_understands_are_left_out_and_logged(store: Store) -> None:
    store.placements.put(StoredPlacement("sale", {"base": "for_you", "sparkle": True}, 1))
    store.placements.put(StoredPlacement("garden", {"base": "for_you"}, 1))
    watch = StoreWatch(store, book=FILE)
    with capture_logs() as logs:
        watch.refresh()
        watch.refresh()
    assert (watch.placements.book.origin_of("garden"), watch.placements.book.origin_of("sale")) == (
        Origin.STORE,
        Origin.FILE,
    )
    assert [(line["event"], line["placement"]) for line in logs] == [("placement_refused", "sale")]
    assert "there is no key sparkle" in logs[0]["error"]
