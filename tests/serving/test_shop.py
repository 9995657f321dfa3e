import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.losable import Losable
from support.models import TEA

from recsvc.cache.epochs import Epochs
from recsvc.catalogue.item import Item
from recsvc.errors import StoreError
from recsvc.metrics import Metrics
from recsvc.model.registry import Registry
from recsvc.rules.rule_book import NO_RULES
from recsvc.service import make_shop
from recsvc.serving.cold_start import ColdStart
from recsvc.serving.follower import GuardedStore, StoreFollower
from recsvc.serving.list_ids import ListIds
from recsvc.serving.live_model import LiveModel, LiveVersion
from recsvc.serving.shop import Shop
from recsvc.serving.store_users import StoreUsers
from recsvc.store.store import open_store

Made = tuple[Shop, StoreFollower]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Losable]:
    opened = open_store(f"sqlite:///{tmp_path}/store.db")
    yield Losable(opened)
    opened.close()


@pytest.fixture
def made(store: Losable) -> Made:
    users = StoreUsers(GuardedStore(store), Epochs(), Metrics(), 60, lambda _tag: None)
    return make_shop(users, NO_RULES, ColdStart(lambda: None, 0.0), ListIds())


@pytest.fixture
def live(registry: Registry) -> LiveVersion:
    live_model = LiveModel(registry, poll_seconds=60)
    live_model.refresh()
    return live_model.current()


def test_what_is_unavailable_follows_the_catalogue_and_stays_while_the_store_is_lost(
    made: Made, store: Losable, live: LiveVersion
) -> None:
    shop, follower = made
    tea = Item("tea", in_stock=False)
    store.catalogue.put([tea, Item("cake")])
    follower.refresh()
    unavailable = shop.catalogue.unavailable
    assert (unavailable.item_ids, shop.catalogue.unavailable_in(live).tolist()) == ({"tea"}, [TEA])
    follower.refresh()
    assert shop.catalogue.unavailable is unavailable
    store.is_lost = True
    with pytest.raises(StoreError):
        follower.refresh()
    assert shop.catalogue.unavailable is unavailable
    store.is_lost = False
    store.catalogue.put([replace(tea, in_stock=True)])
    follower.refresh()
    assert (shop.catalogue.unavailable.item_ids, shop.catalogue.unavailable_in(live).tolist()) == (set(), [])


def test_an_item_that_becomes_available_is_shown_without_anybody_saying_so(
    made: Made, store: Losable
) -> None:
    shop, follower = made
    soon_us = time.time_ns() // 1000 + 2_000_000
    store.catalogue.put([Item("tea", available_from_us=soon_us)])
    follower.refresh()
    assert shop.catalogue.unavailable.item_ids == {"tea"}
    time.sleep(max(0.0, soon_us / 1e6 - time.time()) + 0.01)
    follower.refresh()
    assert shop.catalogue.unavailable.item_ids == set()


def test_an_erasure_elsewhere_is_known_before_a_list_is_made(made: Made, store: Losable) -> None:
    shop, _ = made
    assert not shop.was_erased_by_now("ada")
    store.users.erase("ada", 1)
    assert not shop.erasures.holds("ada")
    assert shop.was_erased_by_now("ada")
    assert shop.erasures.holds("ada")
    assert not shop.erasures.holds("ann")
