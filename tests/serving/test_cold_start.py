import gc
import time
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from support.events import event
from support.models import ITEMS, release, small_model, with_categories

from recsvc.cache.epochs import Epochs
from recsvc.cache.near import NearCache
from recsvc.catalogue.item import Item
from recsvc.metrics import Metrics
from recsvc.model.registry import Registry
from recsvc.model.vocabulary import ItemVocabulary, Vocabulary
from recsvc.ranking.query import Placement, Query
from recsvc.ranking.title_variants import TitleVariants
from recsvc.serving import cold_start, renamed_items
from recsvc.serving.cold_start import MAX_BUYERS, MAX_UNLEARNED, ColdStart, FirstBuyers, UnlearnedItems
from recsvc.serving.follower import GuardedStore
from recsvc.serving.lists import Lists
from recsvc.serving.live_model import LiveModel, LiveVersion
from recsvc.serving.renamed_items import RenamedItems
from recsvc.serving.shop import Shop
from recsvc.serving.store_users import StoreUsers
from recsvc.store.store import Store, open_store

LEARNED = ItemVocabulary.of(["milk", "tea"])


def ids(unlearned: UnlearnedItems) -> set[str]:
    return {item.item_id for item in unlearned}


def test_only_what_the_model_does_not_know_and_the_shop_has_is_kept() -> None:
    unlearned = UnlearnedItems(LEARNED)
    unlearned.take([Item("tea"), Item("coffee"), Item("gone", withdrawn=True, in_stock=False)])
    assert ids(unlearned) == {"coffee"}
    unlearned.take([Item("coffee", withdrawn=True)])
    assert ids(unlearned) == set()


def test_what_cannot_be_sold_now_is_known_but_not_sold() -> None:
    unlearned = UnlearnedItems(
        LEARNED, [Item("a"), Item("b", in_stock=False), Item("c", available_from_us=10)]
    )
    assert (unlearned.sold_at(9), unlearned.sold_at(10)) == ({"a"}, {"a", "c"})
    assert ids(unlearned) == {"a", "b", "c"}


def test_those_last_heard_of_are_kept_and_the_others_counted() -> None:
    unlearned = UnlearnedItems(LEARNED, [Item(f"i{at}", updated_at_us=at) for at in range(MAX_UNLEARNED)])
    assert unlearned.left_out == 0
    unlearned.take([Item("first", updated_at_us=-1), Item("last", updated_at_us=MAX_UNLEARNED)])
    assert (len(unlearned), unlearned.left_out) == (MAX_UNLEARNED, 2)
    assert "last" in ids(unlearned)
    assert not {"first", "i0"} & ids(unlearned)


ADA, ANN, BEN = range(3)
USERS = Vocabulary.of(["ada", "ann", "ben", *(f"x{number:02}" for number in range(30))])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/store.db")
    yield opened
    opened.close()


def bought(store: Store, *purchases: tuple[str, str]) -> None:
    store.events.append([event(item_id, user_id=user_id) for item_id, user_id in purchases])


def look(buyers: FirstBuyers, store: Store, *item_ids: str) -> bool:
    return buyers.look(set(item_ids), store.events, store.position().event)


def test_who_bought_before_and_after_the_item_was_followed_is_known_once(store: Store) -> None:
    buyers = FirstBuyers(USERS)
    bought(store, ("coffee", "ben"), ("tea", "ada"), ("coffee", "nobody knows"), ("coffee", "ben"))
    assert look(buyers, store, "coffee")
    assert buyers.of("coffee") == (BEN,)
    bought(store, ("coffee", "ada"), ("coffee", "ben"), ("drill", "ann"))
    assert look(buyers, store, "coffee")
    assert buyers.of("coffee") == (BEN, ADA)
    assert not look(buyers, store, "coffee")
    assert look(buyers, store, "coffee", "drill")
    assert (buyers.of("drill"), buyers.of("tea")) == ((ANN,), ())
    assert buyers.is_current


def test_only_purchases_of_users_count(store: Store) -> None:
    buyers = FirstBuyers(USERS)
    store.events.append([event("coffee", type="view"), event("coffee", session_id="s")])
    assert not look(buyers, store, "coffee")
    assert buyers.of("coffee") == ()


def test_later_buyers_than_the_first_are_not_kept(store: Store) -> None:
    buyers = FirstBuyers(USERS)
    bought(store, *(("coffee", f"x{number:02}") for number in range(MAX_BUYERS + 5)))
    look(buyers, store, "coffee")
    assert buyers.of("coffee") == tuple(range(3, 3 + MAX_BUYERS))


def test_a_look_reads_a_bounded_number_of_events_and_the_next_ones_the_rest(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cold_start, "EVENTS_A_LOOK", 2)
    buyers = FirstBuyers(USERS)
    bought(store, ("a", "ada"), ("a", "ada"), ("b", "ben"), ("a", "ann"), ("b", "ada"))
    seen = []
    for _ in range(10):
        look(buyers, store, "a", "b")
        seen.append((buyers.of("a"), buyers.of("b")))
        if buyers.is_current:
            break
    assert seen[0] == ((ADA,), ())
    assert seen[-1] == ((ADA, ANN), (BEN, ADA))
    bought(store, ("a", "ben"), ("b", "ann"), ("b", "ann"), ("b", "ann"))
    assert look(buyers, store, "a", "b")
    assert not buyers.is_current
    while not buyers.is_current:
        look(buyers, store, "a", "b")
    assert (buyers.of("a"), buyers.of("b")) == ((ADA, ANN, BEN), (BEN, ADA, ANN))


def test_an_item_that_comes_back_is_read_from_the_beginning(store: Store) -> None:
    buyers = FirstBuyers(USERS)
    bought(store, ("coffee", "ben"))
    look(buyers, store, "coffee")
    look(buyers, store)
    assert buyers.of("coffee") == ()
    bought(store, ("coffee", "ann"))
    look(buyers, store, "coffee")
    assert buyers.of("coffee") == (BEN, ANN)


def test_who_was_erased_is_left_out(store: Store) -> None:
    buyers = FirstBuyers(USERS)
    bought(store, ("coffee", "ben"), ("coffee", "ada"))
    look(buyers, store, "coffee")
    buyers.leave_out_erased(lambda user_id: user_id == "ben")
    assert buyers.of("coffee") == (ADA,)


SHARE = 0.5
COFFEE = Item("coffee", categories=("Food > Drinks",), updated_at_us=1)


@pytest.fixture
def live_model(registry: Registry) -> LiveModel:
    registry.publish(with_categories(small_model()), release("2"))
    live_model = LiveModel(registry, poll_seconds=60)
    live_model.refresh()
    return live_model


class Watch:
    """The cold-start items of a store; ``look`` reads on in it."""

    def __init__(self, store: Store, live_model: LiveModel, **options: Any) -> None:
        self.items = ColdStart(lambda: live_model.version, SHARE, **options)
        self.of = self.items.of
        self._store = store

    def look(self) -> bool:
        return self.items.follow(self._store, self._store.position())


@pytest.fixture
def watch(store: Store, live_model: LiveModel) -> Watch:
    return Watch(store, live_model)


def caught_up(watch: Watch) -> None:
    while not watch.look():
        pass


def test_an_item_that_the_model_does_not_know_is_a_cold_start_item(
    watch: Watch, store: Store, live_model: LiveModel
) -> None:
    live = live_model.current()
    assert (watch.of(live).ids, watch.of(live).share) == ((), SHARE)
    store.catalogue.put([Item("tea"), COFFEE])
    store.events.append([event("coffee", user_id="ben"), event("tea", user_id="ada")])
    caught_up(watch)
    new = watch.of(live)
    assert (new.ids, new.is_sold.tolist(), new.n_buyers.tolist()) == (("coffee",), [True], [1])
    assert new.content_tastes.tolist() == [pytest.approx([2**0.5, 0])]
    assert new.buyer_tastes.tolist() == [[0, 1]]


def test_while_nothing_happens_the_cold_start_items_are_the_same(
    watch: Watch, store: Store, live_model: LiveModel
) -> None:
    store.catalogue.put([COFFEE])
    caught_up(watch)
    new = watch.of(live_model.current())
    store.events.append([event("tea", user_id="ada")])
    caught_up(watch)
    assert watch.of(live_model.current()) is new


def test_what_is_sold_out_or_not_yet_sold_is_known_but_not_sold(
    watch: Watch, store: Store, live_model: LiveModel
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


def test_an_erased_first_buyer_counts_no_more(watch: Watch, store: Store, live_model: LiveModel) -> None:
    store.catalogue.put([COFFEE])
    store.events.append([event("coffee", user_id="ben"), event("coffee", user_id="ada")])
    caught_up(watch)
    store.users.erase("ben", 1)
    caught_up(watch)
    assert watch.of(live_model.current()).buyer_tastes.tolist() == [[1, 0]]


def test_a_version_that_knows_the_item_has_it_no_more_and_the_one_before_still_does(
    watch: Watch, store: Store, live_model: LiveModel, registry: Registry
) -> None:
    store.catalogue.put([COFFEE, Item("ink")])
    caught_up(watch)
    before = live_model.current()
    knows_ink = replace(small_model(), items=ItemVocabulary.of({*ITEMS, "ink"} - {"jam"}))
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
    watch: Watch, store: Store, live_model: LiveModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cold_start, "ITEMS_A_LOOK", 2)
    store.catalogue.put([Item(name) for name in "abc"])
    assert not watch.look()
    assert watch.of(live_model.current()).ids == ("a", "b")
    caught_up(watch)
    assert watch.of(live_model.current()).ids == ("a", "b", "c")


def test_it_is_said_once_how_many_were_left_out(
    watch: Watch, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cold_start, "MAX_UNLEARNED", 2)
    store.catalogue.put([Item(name, updated_at_us=at) for at, name in enumerate("abc")])
    with capture_logs() as logs:
        for _ in range(4):
            caught_up(watch)
    assert [(line["event"], line["kept"], line["left_out"]) for line in logs] == [
        ("cold_start_items_left_out", 2, 1)
    ]


def lists_of(live_model: LiveModel, near: NearCache, store: Store, watch: Watch) -> Lists:
    users = StoreUsers(GuardedStore(store), Epochs(), Metrics(), 60, lambda _tag: None)
    return Lists(live_model, near, shop=Shop(users=users, cold_start=watch.items))


def shown(lists: Lists, query: Query) -> list[str]:
    return lists.answer(query).item_ids


def test_a_list_that_another_worker_made_with_an_item_unknown_here_is_given_without_it_where_excluded(
    watch: Watch, store: Store, live_model: LiveModel
) -> None:
    near = NearCache(1_000_000, 60, Epochs())
    there, here = (lists_of(live_model, near, store, one) for one in (watch, Watch(store, live_model)))
    store.catalogue.put([COFFEE])
    caught_up(watch)
    asked = Query(Placement.DISCOVER, 2, "ada")
    assert shown(there, asked)[1] == "coffee"
    answer = here.answer(asked)
    assert (answer.cache, shown(here, asked)[1]) == ("near", "coffee")
    without = shown(here, replace(asked, exclude=("coffee",)))
    assert (len(without), "coffee" in without) == (2, False)
    assert len(near) == 1


def test_who_bought_a_cold_start_item_is_not_shown_it(
    watch: Watch, store: Store, live_model: LiveModel
) -> None:
    store.catalogue.put([COFFEE])
    caught_up(watch)
    lists = lists_of(live_model, NearCache(0, 60, Epochs()), store, watch)
    for user_id, act in (("ada", "purchase"), ("ann", "dislike")):
        assert "coffee" in shown(lists, Query(n=4, user_id=user_id))
        store.events.append([event("coffee", type=act, user_id=user_id)])
        assert not any("coffee" in shown(lists, Query(one, 7, user_id, ("milk",))) for one in Placement)


def test_the_version_before_is_not_kept_for_good(
    store: Store, live_model: LiveModel, registry: Registry
) -> None:
    watch = Watch(store, live_model, stale_seconds=0.2)
    watch.look()
    gone = weakref.ref(live_model.current())
    registry.publish(with_categories(small_model()), release("3"))
    live_model.refresh()
    assert watch.of(live_model.current()).share == SHARE
    live_model.previous(0)
    gc.collect()
    assert gone() is not None
    time.sleep(0.25)
    watch.look()
    gc.collect()
    assert gone() is None


MUGS = {"mug-1", "mug-2"}


def put_mugs(store: Store, second: str) -> None:
    titles = {"mug-1": "Red mug", "mug-2": second}
    store.catalogue.put(
        [
            Item(item_id, title=title, price=5.0, categories=("Food > Drinks",))
            for item_id, title in titles.items()
        ]
    )


def test_one_of_the_variants_by_title_is_shown_as_titles_are_now(
    watch: Watch, store: Store, live_model: LiveModel
) -> None:
    lists = lists_of(live_model, NearCache(0, 60, Epochs()), store, watch)

    def mugs() -> int:
        caught_up(watch)
        return len(MUGS & set(shown(lists, Query(n=6, user_id="ada"))))

    put_mugs(store, "Blue mug")
    assert mugs() == 1
    put_mugs(store, "Blue bowl")
    assert mugs() == 2
    store.catalogue.patch("mug-2", {"title": "Mug, blue"})
    assert mugs() == 1


def test_a_cold_start_item_is_a_variant_of_one_that_is_called_so_now(
    watch: Watch, store: Store, live_model: LiveModel
) -> None:
    def are_variants() -> bool:
        caught_up(watch)
        new = watch.of(live_model.current())
        milk, coffee = new.known.indices_of(["milk", "coffee"])
        groups = new.variant_groups
        return groups is not None and bool(groups[milk] == groups[coffee] >= 0)

    store.catalogue.put([Item("coffee", title="Coffee blue", categories=("Food > Drinks",))])
    assert not are_variants()
    store.catalogue.put([Item("milk", title="Coffee red")])
    assert are_variants()
    store.catalogue.patch("milk", {"title": "Milk"})
    assert not are_variants()


def test_so_many_items_that_are_called_by_another_name_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renamed_items, "MAX_RENAMED", 2)
    renamed = RenamedItems(TitleVariants(with_categories(small_model())))
    renamed.take([Item(name, title=f"Fine {name}") for name in ("cake", "milk", "tea")])
    assert list(renamed.titles.values()) == ["Fine milk", "Fine tea"]
    renamed.take([Item("milk"), Item("tea", title="Fine tea", withdrawn=True), Item("jam", title="Jam")])
    assert renamed.titles == {}


class Beside:
    """Says which version an experiment shows beside the live one."""

    def __init__(self) -> None:
        self.version: LiveVersion | None = None


def test_the_version_of_an_experiment_shows_what_it_does_not_know_as_the_live_one_does(
    store: Store, live_model: LiveModel, registry: Registry
) -> None:
    beside = Beside()
    watch = Watch(store, live_model, second=lambda: beside.version)
    store.catalogue.put([COFFEE, Item("ink")])
    store.events.append([event("coffee", user_id="ben")])
    caught_up(watch)
    knows_ink = replace(small_model(), items=ItemVocabulary.of({*ITEMS, "ink"} - {"jam"}))
    registry.publish(knows_ink, release("3"), activate=False)
    other, live = live_model.load("3"), live_model.current()
    assert watch.of(other).ids == (), "nobody asked for it"
    beside.version = other
    assert watch.of(other).ids == ("coffee",), "at once, as the live version has it"
    store.catalogue.put([Item("jam")])
    caught_up(watch)
    assert watch.of(other).ids == ("coffee", "jam")
    assert watch.of(other).n_buyers.tolist() == [1, 0]
    assert (watch.of(live).ids, watch.of(other)) == (("coffee", "ink"), watch.of(other))
    store.catalogue.withdraw("coffee", 2)
    caught_up(watch)
    assert (watch.of(live).ids, watch.of(other).ids) == (("ink",), ("jam",))


def test_the_live_version_keeps_its_cold_start_items_where_an_experiment_goes_on_with_it(
    store: Store, live_model: LiveModel, registry: Registry
) -> None:
    before = live_model.current()
    watch = Watch(store, live_model, stale_seconds=0.0, second=lambda: before)
    store.catalogue.put([COFFEE])
    caught_up(watch)
    kept = watch.of(before)
    registry.publish(with_categories(small_model()), release("3"))
    live_model.refresh()
    caught_up(watch)
    time.sleep(0.01)
    caught_up(watch)
    assert watch.of(before) is kept
    assert watch.of(live_model.current()).ids == ("coffee",)


def test_a_version_that_no_experiment_shows_any_more_is_not_kept(
    store: Store, live_model: LiveModel, registry: Registry
) -> None:
    registry.publish(with_categories(small_model()), release("3"), activate=False)
    beside = Beside()
    beside.version = live_model.load("3")
    watch = Watch(store, live_model, second=lambda: beside.version)
    caught_up(watch)
    gone = weakref.ref(beside.version)
    beside.version = None
    watch.look()
    gc.collect()
    assert gone() is None
