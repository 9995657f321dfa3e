import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.events import event
from support.models import CAKE, TEA

from recsvc.cache.epochs import Epochs
from recsvc.cache.key import UserTag, tag_of
from recsvc.catalogue.item import Item
from recsvc.errors import StoreError
from recsvc.metrics import Metrics
from recsvc.model.registry import Registry
from recsvc.ranking.cold_start import ColdStartItems
from recsvc.ranking.query import UserKey
from recsvc.rules.rule_book import NO_RULES
from recsvc.service import make_shop
from recsvc.serving.cold_start import ColdStart
from recsvc.serving.follower import GuardedStore, StoreFollower
from recsvc.serving.live_model import LiveModel, LiveVersion
from recsvc.serving.shop import Shop
from recsvc.serving.store_users import StoreUsers
from recsvc.store.sql_store import SqlStore, open_store
from recsvc.store.store import Position

ADA, NEW, VISIT = UserKey("user", "ada"), UserKey("user", "new"), UserKey("session", "new")
LATER = 2_000_000_000


class Losable:
    """A store that can be lost, and counts how often it is asked for events."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self.catalogue, self.shoppers, self.placements = store.catalogue, store.shoppers, store.placements
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
def invalidated() -> list[UserTag]:
    return []


@pytest.fixture
def users(store: Losable, epochs: Epochs, invalidated: list[UserTag]) -> StoreUsers:
    return StoreUsers(GuardedStore(store), epochs, Metrics(), 60, invalidated.append)


def shop_of(users: StoreUsers) -> tuple[Shop, StoreFollower]:
    return make_shop(users, NO_RULES, ColdStart(lambda: None, 0.0))


def none_new(live: LiveVersion) -> ColdStartItems:
    return live.recommender.no_cold_start


@pytest.fixture
def live(registry: Registry) -> LiveVersion:
    live_model = LiveModel(registry, poll_seconds=60)
    live_model.refresh()
    return live_model.current()


def test_the_store_is_asked_once_for_each_shopper_until_their_lists_are_invalidated(
    users: StoreUsers, store: Losable, epochs: Epochs
) -> None:
    for _ in range(3):
        assert not users.facts(NEW).has_events
    assert store.asked == 1
    store.events.append([event("tea", LATER, user_id="new")])
    epochs.invalidate(tag_of(NEW).bucket)
    assert users.facts(NEW).has_events
    assert not users.facts(VISIT).has_events


def test_a_dislike_is_known_beyond_the_newest_events(
    users: StoreUsers, store: Losable, live: LiveVersion
) -> None:
    store.events.append([event("tea", 0, "dislike", user_id="new")])
    store.events.append([event("cake", LATER + i, "view", user_id="new") for i in range(600)])
    assert users.facts(NEW).has_dislikes
    events = users.events(NEW, live, none_new(live))
    assert events is not None
    assert events.disliked.tolist() == [TEA]
    assert set(events.interest.items.tolist()) == {CAKE}


def test_while_the_store_is_lost_nobody_has_events_and_it_is_left_alone(
    users: StoreUsers, store: Losable, live: LiveVersion
) -> None:
    store.events.append([event("tea", LATER)])
    store.is_lost, store.asked = True, 0
    assert users.events(ADA, live, none_new(live)) is None
    assert not users.facts(NEW).has_events
    assert store.asked == 1


def test_lists_that_were_made_without_the_store_are_invalidated_when_it_is_back(
    users: StoreUsers, store: Losable, live: LiveVersion, invalidated: list[UserTag]
) -> None:
    _, follower = shop_of(users)
    store.is_lost = True
    users.events(ADA, live, none_new(live))
    users.facts(VISIT)
    assert not invalidated
    store.is_lost = False
    follower.refresh()
    assert set(invalidated) == {tag_of(ADA), tag_of(VISIT)}
    follower.refresh()
    assert len(invalidated) == 2


def test_what_is_unavailable_follows_the_catalogue_and_stays_while_the_store_is_lost(
    users: StoreUsers, store: Losable, live: LiveVersion
) -> None:
    shop, follower = shop_of(users)
    tea = Item("tea", in_stock=False)
    store.catalogue.put([tea, Item("cake")])
    follower.refresh()
    unavailable = shop.catalogue.unavailable
    assert (unavailable, shop.catalogue.unavailable_in(live).tolist()) == ({"tea"}, [TEA])
    follower.refresh()
    assert shop.catalogue.unavailable is unavailable
    store.is_lost = True
    with pytest.raises(StoreError):
        follower.refresh()
    assert shop.catalogue.unavailable is unavailable
    store.is_lost = False
    store.catalogue.put([replace(tea, in_stock=True)])
    follower.refresh()
    assert (shop.catalogue.unavailable, shop.catalogue.unavailable_in(live).tolist()) == (set(), [])


def test_an_item_that_becomes_available_is_shown_without_anybody_saying_so(
    users: StoreUsers, store: Losable
) -> None:
    shop, follower = shop_of(users)
    soon_us = time.time_ns() // 1000 + 200_000
    store.catalogue.put([Item("tea", available_from_us=soon_us)])
    follower.refresh()
    assert shop.catalogue.unavailable == {"tea"}
    time.sleep(0.25)
    follower.refresh()
    assert shop.catalogue.unavailable == set()


@pytest.mark.parametrize("external_id", ["nul\0", "half \ud800"])
def test_an_id_that_cannot_be_stored_has_no_events(users: StoreUsers, external_id: str) -> None:
    assert not users.facts(UserKey("user", external_id)).has_events


def test_an_erasure_elsewhere_is_known_before_a_list_is_made(users: StoreUsers, store: Losable) -> None:
    shop, _ = shop_of(users)
    assert not shop.was_erased_by_now("ada")
    store.shoppers.erase("ada", 1)
    assert not shop.erasures.holds("ada")
    assert shop.was_erased_by_now("ada")
    assert shop.erasures.holds("ada")
    assert not shop.erasures.holds("ann")
