import gc
import json
import time
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from support.events import event
from support.models import ITEMS, release, small_model, with_categories

from recsvc.cache.epochs import Epochs
from recsvc.cache.near import NearCache
from recsvc.catalogue.item import Item
from recsvc.metrics import Metrics
from recsvc.model.registry import Registry
from recsvc.model.vocabulary import Vocabulary
from recsvc.ranking.query import Placement, Query
from recsvc.serving import cold_start as cold_start_watch
from recsvc.serving import cold_start as unlearned
from recsvc.serving.cold_start import ColdStartWatch
from recsvc.serving.lists import Lists
from recsvc.serving.live_model import LiveModel
from recsvc.serving.store_shop import StoreShop
from recsvc.store.store import Store, open_store

SHARE = 0.5
COFFEE = Item("coffee", categories=("Food > Drinks",), updated_at_us=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/store.db")
    yield opened
    opened.close()


@pytest.fixture
def live_model(registry: Registry) -> LiveModel:
    registry.publish(with_categories(small_model()), release("2"))
    live_model = LiveModel(registry, poll_seconds=60)
    live_model.refresh()
    return live_model


@pytest.fixture
def watch(store: Store, live_model: LiveModel) -> ColdStartWatch:
    return ColdStartWatch(store, lambda: live_model.version, SHARE)


def caught_up(watch: ColdStartWatch) -> None:
    while not watch.refresh():
        pass


def test_an_item_that_the_model_does_not_know_is_a_newcomer(
    watch: ColdStartWatch, store: Store, live_model: LiveModel
) -> None:
    live = live_model.current()
    assert (watch.of(live).ids, watch.of(live).share) == ((), SHARE)
    store.catalogue.put([Item("tea"), COFFEE])
    store.events.append([event("coffee", user_id="ben"), event("tea", user_id="ada")])
    caught_up(watch)
    new = watch.of(live)
    assert (new.ids, new.is_sold.tolist(), new.n_buyers.tolist()) == (("coffee",), [True], [1])
    assert new.category_tastes.tolist() == [[1, 0]]
    assert new.buyer_tastes.tolist() == [[0, 1]]


def test_while_nothing_happens_the_newcomers_are_the_same(
    watch: ColdStartWatch, store: Store, live_model: LiveModel
) -> None:
    store.catalogue.put([COFFEE])
    caught_up(watch)
    new = watch.of(live_model.current())
    store.events.append([event("tea", user_id="ada")])
    caught_up(watch)
    assert watch.of(live_model.current()) is new


def test_what_is_sold_out_or_not_yet_sold_is_known_but_not_sold(
    watch: ColdStartWatch, store: Store, live_model: LiveModel
) -> None:
    soon_us = time.time_ns() // 1000 + 500_000
    store.catalogue.put([COFFEE, Item("later", available_from_us=soon_us)])
    store.catalogue.patch("coffee", {"in_stock": False})
    caught_up(watch)
    assert watch.of(live_model.current()).is_sold.tolist() == [False, False]
    time.sleep(max(0.0, soon_us / 1e6 - time.time()))
    caught_up(watch)
    assert watch.of(live_model.current()).is_sold.tolist() == [False, True]
    store.catalogue.withdraw("later", 1)
    caught_up(watch)
    assert watch.of(live_model.current()).ids == ("coffee",)


def test_an_erased_first_buyer_counts_no_more(
    watch: ColdStartWatch, store: Store, live_model: LiveModel
) -> None:
    store.catalogue.put([COFFEE])
    store.events.append([event("coffee", user_id="ben"), event("coffee", user_id="ada")])
    caught_up(watch)
    store.users.erase("ben", 1)
    caught_up(watch)
    assert watch.of(live_model.current()).buyer_tastes.tolist() == [[1, 0]]


def test_a_version_that_knows_the_item_has_it_no_more_and_the_one_before_still_does(
    watch: ColdStartWatch, store: Store, live_model: LiveModel, registry: Registry
) -> None:
    store.catalogue.put([COFFEE, Item("ink")])
    caught_up(watch)
    before = live_model.current()
    knows_ink = replace(small_model(), items=Vocabulary.of({*ITEMS, "ink"} - {"jam"}))
    registry.publish(knows_ink, release("3"))
    live_model.refresh()
    after = live_model.current()
    # At once, before the catalogue was gone through again.
    assert (watch.of(after).ids, watch.of(before).ids) == (("coffee",), ("coffee", "ink"))
    store.catalogue.put([Item("jam")])
    caught_up(watch)
    assert watch.of(after).ids == ("coffee", "jam")
    registry.rollback()
    live_model.refresh()
    caught_up(watch)
    assert watch.of(live_model.current()).ids == ("coffee", "ink")
    assert watch.of(before).ids == ()  # nobody follows that one any more


def test_a_look_reads_a_bounded_part_of_the_catalogue(
    watch: ColdStartWatch, store: Store, live_model: LiveModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cold_start_watch, "ITEMS_A_LOOK", 2)
    store.catalogue.put([Item(name) for name in "abc"])
    assert not watch.refresh()
    assert watch.of(live_model.current()).ids == ("a", "b")
    caught_up(watch)
    assert watch.of(live_model.current()).ids == ("a", "b", "c")


def test_it_is_said_once_how_many_were_left_out(
    watch: ColdStartWatch, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unlearned, "MAX_UNLEARNED", 2)
    store.catalogue.put([Item(name, updated_at_us=at) for at, name in enumerate("abc")])
    with capture_logs() as logs:
        for _ in range(4):
            caught_up(watch)
    assert [(line["event"], line["kept"], line["left_out"]) for line in logs] == [
        ("cold_start_items_left_out", 2, 1)
    ]


def lists_of(live_model: LiveModel, near: NearCache, store: Store, watch: ColdStartWatch) -> Lists:
    shop = StoreShop(store, Epochs(), Metrics(), 60)
    shop.cold_start_watch = watch
    return Lists(live_model, near, shop=shop)


def ids(lists: Lists, query: Query) -> list[str]:
    return [item["item_id"] for item in json.loads(lists.answer(query).body)["items"]]


def test_a_list_that_another_worker_made_with_an_item_unknown_here_is_given_without_it_where_excluded(
    watch: ColdStartWatch, store: Store, live_model: LiveModel
) -> None:
    near = NearCache(1_000_000, 60, Epochs())
    there, here = (
        lists_of(live_model, near, store, one)
        for one in (watch, ColdStartWatch(store, lambda: live_model.version, SHARE))
    )
    store.catalogue.put([COFFEE])
    caught_up(watch)
    asked = Query(Placement.DISCOVER, 2, "ada")
    assert ids(there, asked)[1] == "coffee"
    answer = here.answer(asked)
    assert (answer.cache, ids(here, asked)[1]) == ("near", "coffee")
    without = ids(here, replace(asked, exclude=("coffee",)))
    assert (len(without), "coffee" in without) == (2, False)
    assert len(near) == 1


def test_whoever_bought_a_newcomer_is_not_shown_it(
    watch: ColdStartWatch, store: Store, live_model: LiveModel
) -> None:
    store.catalogue.put([COFFEE])
    caught_up(watch)
    lists = lists_of(live_model, NearCache(0, 60, Epochs()), store, watch)
    for user_id, act in (("ada", "purchase"), ("ann", "dislike")):
        assert "coffee" in ids(lists, Query(n=4, user_id=user_id))
        store.events.append([event("coffee", type=act, user_id=user_id)])
        assert not any("coffee" in ids(lists, Query(one, 7, user_id, ("milk",))) for one in Placement)


def test_the_version_before_is_not_kept_for_good(
    store: Store, live_model: LiveModel, registry: Registry
) -> None:
    watch = ColdStartWatch(store, lambda: live_model.version, SHARE, stale_seconds=0.2)
    watch.refresh()
    gone = weakref.ref(live_model.current())
    registry.publish(with_categories(small_model()), release("3"))
    live_model.refresh()
    assert watch.of(live_model.current()).share == SHARE
    live_model.previous(0)
    gc.collect()
    assert gone() is not None
    time.sleep(0.25)
    watch.refresh()
    gc.collect()
    assert gone() is None
