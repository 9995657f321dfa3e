import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.events import event
from support.models import CAKE, TEA

from recsvc.cache.epochs import Epochs
from recsvc.cache.key import Owner, owner_of
from recsvc.catalogue.item import Item
from recsvc.errors import StoreError
from recsvc.metrics import Metrics
from recsvc.model.registry import Registry
from recsvc.ranking.query import UserKey
from recsvc.serving.live_model import LiveModel, LiveVersion
from recsvc.serving.store_shop import StoreShop
from recsvc.store.store import Position, Store, open_store

ADA, NEW, VISIT = UserKey("user", "ada"), UserKey("user", "new"), UserKey("session", "new")
LATER = 2_000_000_000


class Losable:
    """A store that can be lost, and counts how often it is asked for events."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.catalogue, self.users = store.catalogue, store.users
        self.is_lost = False
        self.asked = 0

    @property
    def events(self):
        self.asked += 1
        self._check()
        return self._store.events

    def position(self) -> Position:
        self._check()
        return self._store.position()

    def _check(self) -> None:
        if self.is_lost:
            raise StoreError("lost")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Losable]:
    opened = open_store(f"sqlite:///{tmp_path}/store.db")
    yield Losable(opened)
    opened.close()


@pytest.fixture
def epochs() -> Epochs:
    return Epochs()


@pytest.fixture
def shop(store: Losable, epochs: Epochs) -> StoreShop:
    return StoreShop(store, epochs, Metrics(), ttl_seconds=60)


@pytest.fixture
def live(registry: Registry) -> LiveVersion:
    live_model = LiveModel(registry, poll_seconds=60)
    live_model.refresh()
    return live_model.current()


def test_the_store_is_asked_once_for_each_shopper_until_their_lists_are_dropped(
    shop: StoreShop, store: Losable, epochs: Epochs
) -> None:
    for _ in range(3):
        assert not shop.facts(NEW).has_events
    assert store.asked == 1
    store.events.append([event("tea", LATER, user_id="new")])
    epochs.drop(owner_of("new").bucket)
    assert shop.facts(NEW).has_events
    assert not shop.facts(VISIT).has_events


def test_a_dislike_is_known_beyond_the_newest_events(
    shop: StoreShop, store: Losable, live: LiveVersion
) -> None:
    store.events.append([event("tea", 0, "dislike", user_id="new")])
    store.events.append([event("cake", LATER + i, "view", user_id="new") for i in range(600)])
    assert shop.facts(NEW).has_dislikes
    events = shop.events(NEW, live, shop.cold_start(live))
    assert events is not None
    assert events.disliked.tolist() == [TEA]
    assert set(events.interest.items.tolist()) == {CAKE}


def test_while_the_store_is_lost_nobody_has_events_and_it_is_left_alone(
    shop: StoreShop, store: Losable, live: LiveVersion
) -> None:
    store.events.append([event("tea", LATER)])
    store.is_lost, store.asked = True, 0
    assert shop.events(ADA, live, shop.cold_start(live)) is None
    assert not shop.facts(NEW).has_events
    assert store.asked == 1


def test_who_was_answered_without_the_store_has_their_lists_dropped_when_it_is_back(
    shop: StoreShop, store: Losable, live: LiveVersion
) -> None:
    dropped: list[Owner] = []
    shop.drop = dropped.append
    store.is_lost = True
    shop.events(ADA, live, shop.cold_start(live))
    shop.facts(VISIT)
    assert not dropped
    store.is_lost = False
    shop.watch.refresh()
    assert set(dropped) == {owner_of("ada"), owner_of("new", "session")}
    shop.watch.refresh()
    assert len(dropped) == 2


def test_the_mask_follows_the_catalogue_and_stays_while_the_store_is_lost(
    shop: StoreShop, store: Losable, live: LiveVersion
) -> None:
    tea = Item("tea", in_stock=False)
    store.catalogue.put([tea, Item("cake")])
    shop.watch.refresh()
    mask = shop.mask
    assert (mask.hidden, shop.unavailable(live).tolist()) == ({"tea"}, [TEA])
    shop.watch.refresh()
    assert shop.mask is mask
    store.is_lost = True
    with pytest.raises(StoreError):
        shop.watch.refresh()
    assert shop.mask is mask
    store.is_lost = False
    store.catalogue.put([replace(tea, in_stock=True)])
    shop.watch.refresh()
    assert (shop.mask.hidden, shop.unavailable(live).tolist()) == (set(), [])


def test_an_item_that_becomes_available_is_shown_without_anybody_saying_so(
    shop: StoreShop, store: Losable
) -> None:
    soon_us = time.time_ns() // 1000 + 200_000
    store.catalogue.put([Item("tea", available_from_us=soon_us)])
    shop.watch.refresh()
    assert shop.mask.hidden == {"tea"}
    time.sleep(0.25)
    shop.watch.refresh()
    assert shop.mask.hidden == set()


@pytest.mark.parametrize("external_id", ["nul\0", "half \ud800"])
def test_an_id_that_cannot_be_stored_has_no_events(shop: StoreShop, external_id: str) -> None:
    assert not shop.facts(UserKey("user", external_id)).has_events


def test_an_erasure_elsewhere_is_known_before_a_list_is_made(shop: StoreShop, store: Losable) -> None:
    assert not shop.was_erased_by_now("ada")
    store.users.erase("ada", 1)
    assert not shop.is_erased("ada")
    assert shop.was_erased_by_now("ada")
    assert shop.is_erased("ada")
    assert not shop.is_erased("ann")
