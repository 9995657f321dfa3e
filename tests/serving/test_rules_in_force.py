import gc
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from support.models import ITEMS, small_model, with_categories

from recsvc.catalogue.item import Item
from recsvc.errors import UnknownPlacementError
from recsvc.model.artifact import PublishedModel
from recsvc.model.registry import Registry
from recsvc.ranking.cold_start import ColdStartItem, ColdStartItems, ColdStartMaker
from recsvc.ranking.query import Placement, Query
from recsvc.ranking.recommender import Recommender
from recsvc.ranking.selection import Selection
from recsvc.rules.rule_book import Origin, read_book
from recsvc.serving.list_context import list_context
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.rules_in_force import RulesInForce
from recsvc.store.store import Store, open_store
from recsvc.store.stored_placements import StoredPlacement

CHEAP = {"base": "for_you", "filter": "price < 5"}
ADA = Query(user_id="ada")
TEA, SAW = Item("tea", price=4.0), Item("saw", price=9.0)


@pytest.fixture
def live(registry: Registry) -> LiveVersion:
    return LiveVersion(registry.load().manifest, Recommender(with_categories(small_model())))


def none_new(live: LiveVersion) -> ColdStartItems:
    return live.recommender.no_cold_start


def selected(
    rules: RulesInForce,
    live: LiveVersion,
    name: str,
    query: Query = ADA,
    cold_start: ColdStartItems | None = None,
) -> Selection:
    compiled = rules.state.compiled(name, live)
    assert compiled is not None
    context = list_context(compiled.context, live, query, None, LiveCatalogue())
    return compiled.selection(context, cold_start or none_new(live))


def shown(
    rules: RulesInForce, live: LiveVersion, name: str, cold_start: ColdStartItems | None = None
) -> set[str]:
    """The items that the rules let into a list."""
    cold_start = cold_start or none_new(live)
    allowed = selected(rules, live, name, cold_start=cold_start).allowed
    assert allowed is not None
    return {cold_start.known.id_of(index) for index in allowed.nonzero()[0].tolist()}


def test_a_filter_goes_by_the_catalogue_as_it_is_once_it_is_settled(live: LiveVersion) -> None:
    rules = RulesInForce(read_book({"cheap": CHEAP}))
    assert shown(rules, live, "cheap") == set()
    rules.take([TEA, SAW])
    assert shown(rules, live, "cheap") == set()
    rules.settle()
    assert shown(rules, live, "cheap") == {"tea"}
    rules.take([Item("tea", price=6.0), Item("saw", price=4.5)])
    rules.settle()
    assert shown(rules, live, "cheap") == {"saw"}


def test_lists_are_others_only_where_something_else_comes_out(live: LiveVersion) -> None:
    rules = RulesInForce(read_book({"cheap": CHEAP}))
    rules.take([TEA, SAW])
    rules.settle()
    state, digest = rules.state, rules.state.compiled("cheap", live).digest
    rules.settle()
    assert rules.state is state
    rules.take([Item("tea", price=4.5)])
    rules.settle()
    assert rules.state is not state
    assert rules.state.compiled("cheap", live).digest == digest
    rules.take([Item("tea", price=5.5)])
    rules.settle()
    assert rules.state.compiled("cheap", live).digest != digest


def test_what_no_rule_looks_at_changes_nothing(live: LiveVersion) -> None:
    rules = RulesInForce(read_book({"plain": {"base": "for_you", "exclude_bought_days": 3}}))
    state = rules.state
    rules.take([TEA, SAW])
    rules.settle()
    assert rules.state is state


def test_other_rules_read_of_the_catalogue_what_they_look_at(live: LiveVersion) -> None:
    rules = RulesInForce(read_book({"cheap": CHEAP}))
    rules.take([TEA])
    rules.settle()
    acme = Item("jam", price=7.0, attributes={"brand": "Acme"})
    rules.replace(read_book({"acme": {"base": "for_you", "filter": 'brand == "Acme"'}}), lambda: [TEA, acme])
    assert shown(rules, live, "acme") == {"jam"}
    assert (rules.book.get("cheap"), rules.state.compiled("cheap", live), rules.names()) == (
        None,
        None,
        ("acme",),
    )


def test_a_built_in_placement_without_rules_has_none(live: LiveVersion) -> None:
    rules = RulesInForce(read_book({"trending": {"filter": "price < 5"}}))
    assert rules.state.compiled("for_you", live) is None
    assert rules.state.compiled("trending", live) is not None


def test_where_the_catalogue_says_no_category_the_learned_ones_count(live: LiveVersion) -> None:
    drinks = {"base": "for_you", "filter": '"Drinks" in categories'}
    rules = RulesInForce(read_book({"drinks": drinks}))
    assert shown(rules, live, "drinks") == {"milk", "tea"}
    odd = Item("jam", categories=("Food > Drinks > Odd",))
    rules.take([Item("milk", categories=("Dairy",)), odd, Item("tea", price=4.0)])
    rules.settle()
    assert shown(rules, live, "drinks") == {"jam", "tea"}


def test_cold_start_items_obey_filters_caps_and_pins_as_all_others_do(live: LiveVersion) -> None:
    table = {
        **CHEAP,
        "caps": [{"by": "brand", "at_most": 1}],
        "pins": [{"item_id": "cocoa", "position": 2}],
        "boosts": [{"when": "price < 3", "factor": 2.0}],
    }
    rules = RulesInForce(read_book({"cheap": table}))
    brand = {"brand": "Acme"}
    rules.take(
        [
            Item("tea", price=4.0, attributes=brand),
            Item("cocoa", price=2.0, attributes=brand),
            Item("mate", price=8.0, attributes={"brand": "Best"}),
        ]
    )
    rules.settle()
    new = ColdStartMaker(live.recommender.model).make([ColdStartItem("mate"), ColdStartItem("cocoa")])
    assert shown(rules, live, "cheap", new) == {"tea", "cocoa"}
    selection = selected(rules, live, "cheap", cold_start=new)
    tea, cocoa, mate = (new.known.index_of(one) for one in ("tea", "cocoa", "mate"))
    groups = selection.caps[0].groups
    assert groups[tea] == groups[cocoa] != groups[mate]
    assert selection.factors[[tea, cocoa]].tolist() == [1.0, 2.0]
    assert [(one.item, one.position) for one in selection.pinned] == [(cocoa, 2)]
    assert len(selection.allowed) == len(groups) == len(ITEMS) + 2


def test_a_pin_holds_from_its_moment_on(live: LiveVersion) -> None:
    now_us = [0]
    pin = {"item_id": "saw", "position": 1, "from": "1970-01-02", "until": "1970-01-03"}
    rules = RulesInForce(read_book({"mine": {"base": "for_you", "pins": [pin]}}), lambda: now_us[0])
    held = []
    for day in (0, 0.9, 1, 1.9, 2, 3):
        now_us[0] = int(day * 86_400_000_000)
        rules.settle()
        held.append(len(selected(rules, live, "mine").pinned))
    assert held == [0, 0, 1, 1, 0, 0]


def test_rules_that_look_at_the_user_say_so_and_get_what_they_need(live: LiveVersion) -> None:
    own = {"base": "trending", "filter": "categories in shopper.categories"}
    known = {"base": "trending", "filter": "shopper.orders > 2 or price < 5"}
    page = {"base": "trending", "filter": "categories in context.categories"}
    rules = RulesInForce(read_book({"own": own, "known": known, "page": page}))
    assert [rules.state.compiled(name, live).looks_at_user for name in ("own", "known", "page")] == [
        True,
        True,
        False,
    ]

    def allowed(name: str) -> set[str]:
        selection = selected(rules, live, name, Query(user_id="bob", item_ids=("tea",)))
        return {ITEMS[index] for index in selection.allowed.nonzero()[0].tolist()}

    assert allowed("own") == {"hammer", "nails", "saw"}
    assert allowed("known") == set()
    assert allowed("page") == {"cake", "milk", "tea"}


def test_a_version_that_is_no_longer_live_is_not_kept(registry: Registry) -> None:
    published: PublishedModel = registry.load()
    rules = RulesInForce(read_book({"cheap": CHEAP}))
    gone = LiveVersion.of(published, 0.0)
    assert rules.state.compiled("cheap", gone) is not None
    known = weakref.ref(gone)
    del gone
    gc.collect()
    assert known() is None
    rules.take([TEA])
    rules.settle()


def test_a_name_that_nobody_gave_is_refused_with_those_there_are() -> None:
    rules = RulesInForce(read_book({"food": {"base": "discover"}}))
    told = "there is no placement 'foood'; known are bought_together, buy_again, .*food, for_you"
    with pytest.raises(UnknownPlacementError, match=told):
        rules.query_for("foood")
    assert rules.query_for("food", n=3) == Query(Placement.DISCOVER, 3, name="food")
    assert RulesInForce().query_for("trending") == Query(Placement.TRENDING)


FILE = read_book({"sale": {"base": "for_you"}})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/store.db")
    yield opened
    opened.close()


def origins(rules: RulesInForce) -> tuple[Origin, Origin]:
    return rules.book.origin_of("garden"), rules.book.origin_of("sale")


def test_rules_of_the_store_are_followed_and_those_of_the_file_stay(store: Store) -> None:
    rules = RulesInForce(FILE)
    rules.follow(store, store.position())
    assert rules.book is FILE
    store.placements.put(StoredPlacement("garden", {"base": "discover"}, 1))
    rules.follow(store, store.position())
    assert origins(rules) == (Origin.STORE, Origin.FILE)
    book = rules.book
    rules.follow(store, store.position())
    assert rules.book is book
    store.placements.delete("garden", 2)
    rules.follow(store, store.position())
    assert rules.book == FILE


def test_rules_that_only_another_version_understands_are_left_out_and_logged(store: Store) -> None:
    store.placements.put(StoredPlacement("sale", {"base": "for_you", "sparkle": True}, 1))
    store.placements.put(StoredPlacement("garden", {"base": "for_you"}, 1))
    rules = RulesInForce(FILE)
    with capture_logs() as logs:
        rules.follow(store, store.position())
        rules.follow(store, store.position())
    assert origins(rules) == (Origin.STORE, Origin.FILE)
    assert [(line["event"], line["placement"]) for line in logs] == [("placement_refused", "sale")]
    assert "there is no key sparkle" in logs[0]["error"]


def test_rules_go_by_the_catalogue_of_the_store(store: Store, live: LiveVersion) -> None:
    store.catalogue.put([TEA, SAW])
    rules = RulesInForce(read_book({"cheap": CHEAP}))
    rules.follow(store, store.position())
    assert shown(rules, live, "cheap") == {"tea"}
    store.placements.put(StoredPlacement("dear", {"base": "for_you", "filter": "price > 5"}, 1))
    rules.follow(store, store.position())
    assert shown(rules, live, "dear") == {"saw"}
