from collections.abc import Iterator
from pathlib import Path

import pytest
from support.events import event
from support.losable import Losable
from support.models import CAKE, MILK, TEA

from recsvc.cache.epochs import Epochs
from recsvc.cache.key import UserTag, tag_of
from recsvc.metrics import Metrics
from recsvc.model.registry import Registry
from recsvc.ranking.cold_start import ColdStartItems
from recsvc.ranking.query import UserKey
from recsvc.service import make_shop
from recsvc.serving.cold_start import ColdStart
from recsvc.serving.follower import GuardedStore, StoreFollower
from recsvc.serving.list_ids import ListIds
from recsvc.serving.live_model import LiveModel, LiveVersion
from recsvc.serving.rules_in_force import RulesInForce
from recsvc.serving.shop import Shop
from recsvc.serving.store_users import StoreUsers
from recsvc.store.store import open_store

ADA, NEW, VISIT = UserKey("user", "ada"), UserKey("user", "new"), UserKey("session", "new")
LATER = 2_000_000_000


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
    return make_shop(users, RulesInForce(), ColdStart(lambda: None, 0.0), ListIds())


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
    store.events.append([event("milk", 1 + i, "dislike", user_id="new") for i in range(600)])
    assert users.facts(NEW).has_dislikes
    events = users.events(NEW, live, none_new(live))
    assert events is not None
    assert set(events.disliked.tolist()) == {TEA, MILK}
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


@pytest.mark.parametrize("external_id", ["nul\0", "half \ud800"])
def test_an_id_that_cannot_be_stored_has_no_events(users: StoreUsers, external_id: str) -> None:
    assert not users.facts(UserKey("user", external_id)).has_events
