import json
import time
from pathlib import Path

import numpy as np
import pytest
from support.events import event
from support.models import ITEMS
from support.placements import Rule, SomePlacements, only

from recsvc.api.answers import ListResponse, ReadyAnswers
from recsvc.cache.epochs import Epochs
from recsvc.cache.near import NearCache
from recsvc.catalogue.item import Item
from recsvc.errors import UnknownPlacementError
from recsvc.metrics import Metrics
from recsvc.model.registry import Registry
from recsvc.ranking.query import Placement, Query, UserKey
from recsvc.ranking.selection import Selection
from recsvc.rules.placement_rules import PlacementRules, Rotation
from recsvc.rules.rule_book import read_book
from recsvc.serving.context import Context
from recsvc.serving.lists import Limits, Lists
from recsvc.serving.live_model import LiveModel
from recsvc.serving.pages import Page, Pages
from recsvc.serving.placements import NO_PLACEMENTS, placed
from recsvc.serving.shop import NoShop
from recsvc.serving.store_shop import StoreShop
from recsvc.store.store import open_store

FOOD = only("food", Placement.FOR_YOU, "tea", "milk", "cake")


class Service:
    """Lists of the small model in a shop with rules."""

    def __init__(self, registry: Registry, placements: SomePlacements) -> None:
        self.live_model = LiveModel(registry, poll_seconds=60)
        self.live_model.refresh()
        self.placements, self.epochs = placements, Epochs()
        self.shop = NoShop(placements)
        self.near = NearCache(1_000_000, 60, self.epochs)
        self.lists = Lists(self.live_model, self.near, Limits(stale_seconds=0), shop=self.shop)

    def ask(self, name: str | None = None, **fields) -> tuple[list[str], str]:
        placement, own = placed(self.placements, name or "for_you")
        answer = self.lists.answer(Query(**{"placement": placement, "name": own, "user_id": "ada", **fields}))
        return [item["item_id"] for item in json.loads(answer.body)["items"]], answer.cache


@pytest.fixture
def service(registry: Registry) -> Service:
    return Service(registry, SomePlacements(FOOD))


def test_a_name_of_the_shops_own_is_ranked_by_its_base_under_its_rules(service: Service) -> None:
    shown, _ = service.ask("food")
    assert set(shown) == {"tea", "milk", "cake"}
    body = json.loads(service.lists.answer(Query(user_id="ada", name="food")).body)
    assert (body["placement"], body["strategy"]) == ("food", "personalized")


def test_a_name_that_nobody_gave_is_refused_with_those_there_are() -> None:
    told = "there is no placement 'foood'; known are bought_together, buy_again, .*food, for_you"
    with pytest.raises(UnknownPlacementError, match=told):
        placed(SomePlacements(FOOD), "foood")
    assert placed(NO_PLACEMENTS, "similar") == (Placement.SIMILAR, None)


def test_rules_of_a_built_in_placement_apply_to_it(service: Service) -> None:
    everything, _ = service.ask(n=7)
    service.placements.put(only("for_you", Placement.FOR_YOU, "tea"))
    assert service.ask(n=7) == (["tea"], "miss")
    service.placements.remove("for_you")
    assert service.ask(n=7) == (everything, "near")


def test_lists_of_other_rules_are_not_given_and_those_of_the_same_are(service: Service) -> None:
    service.ask("food")
    service.placements.put(only("tools", Placement.FOR_YOU, "saw"))
    assert service.ask("food")[1] == "near"
    service.placements.put(only("food", Placement.FOR_YOU, "jam"))
    assert service.ask("food") == (["jam"], "miss")


def test_an_answer_that_is_ready_is_not_given_after_any_change_of_rules(service: Service) -> None:
    ready = ReadyAnswers(1_000_000, service.epochs, service.live_model, service.shop)
    service.ask()
    answer = service.lists.answer(Query(user_id="ada"))
    ready.put("user_id=ada", ListResponse.of(answer, "for_you", 0))
    assert ready.get("user_id=ada") is not None
    service.placements.put(FOOD)
    assert ready.get("user_id=ada") is None


def test_the_rules_that_a_list_is_kept_under_are_those_it_was_made_with(service: Service) -> None:
    look = service.lists.look(Query(user_id="ada", name="food"))
    service.placements.put(only("food", Placement.FOR_YOU, "jam"))
    made = service.lists.answer(Query(user_id="ada", name="food"), look)
    assert {item["item_id"] for item in json.loads(made.body)["items"]} == {"tea", "milk", "cake"}
    assert service.ask("food") == (["jam"], "miss")


def test_without_rules_keys_and_lists_are_as_they_were(registry: Registry, service: Service) -> None:
    plain = Lists(service.live_model, NearCache(0, 60, Epochs()))
    query = Query(user_id="ada")
    assert service.lists.key_of(query) == plain.key_of(query)
    assert service.lists.answer(query).body == plain.answer(query).body


def test_rules_that_look_at_the_shopper_make_a_list_of_their_own(service: Service) -> None:
    def for_regulars(context: Context) -> Selection:
        return Selection(allowed=np.isin(ITEMS, ["jam"] if context.n_orders >= 3 else ["saw"]))

    rules = PlacementRules("welcome", Placement.TRENDING)
    service.placements.put(Rule(rules, for_regulars, "regulars", asks_shopper=True))
    assert service.ask("welcome")[0] == ["jam"]
    assert service.ask("welcome", user_id="ann")[0] == ["saw"]
    assert service.ask("welcome", user_id="nobody") == (["saw"], "miss")
    assert service.ask("welcome", user_id=None) == (["saw"], "near")


def test_a_list_that_is_the_same_for_all_is_kept_once_where_rules_do_not_look_at_the_shopper(
    service: Service,
) -> None:
    service.placements.put(only("hot", Placement.TRENDING, "jam"))
    assert [service.ask("hot", user_id=one)[1] for one in ("ada", "bob")] == ["miss", "near"]


def test_a_page_with_named_placements_has_no_item_twice(service: Service) -> None:
    pins = only("hot", Placement.TRENDING, "tea", "jam", "saw")
    service.placements.put(pins)
    pages = Pages(service.lists, service.near)
    page = Page(
        (
            Query(user_id="ada", name="food", n=2),
            Query(Placement.TRENDING, 2, "ada", name="hot"),
            Query(user_id="ada", n=2),
        )
    )
    shown = [[item["item_id"] for item in json.loads(body)["items"]] for body in pages.answer(page).bodies]
    assert [len(one) for one in shown] == [2, 2, 2]
    assert len({item for one in shown for item in one}) == 6
    assert pages.answer(page).cache == "near"
    service.placements.put(only("hot", Placement.TRENDING, "nails"))
    assert pages.answer(page).cache == "miss"


def test_a_page_whose_rules_change_while_it_is_made_is_not_kept(service: Service) -> None:
    class Meddling(Lists):
        def answer(self, query, look=None, *, is_kept=True):
            service.placements.put(only("food", Placement.FOR_YOU, "jam"))
            return super().answer(query, look, is_kept=is_kept)

    meddling = Meddling(service.live_model, service.near, shop=service.shop)
    page = Page((Query(user_id="ada", name="food"),))
    Pages(meddling, service.near).answer(page)
    service.placements.put(FOOD)
    (body,) = Pages(service.lists, service.near).answer(page).bodies
    assert {item["item_id"] for item in json.loads(body)["items"]} == {"tea", "milk", "cake"}


def test_a_list_keeps_to_its_category(service: Service) -> None:
    service.shop.categories.take([Item("saw", categories=("Shed",)), Item("jam", categories=("Shed",))])
    assert service.ask("trending", category="Shed", n=7) == (["jam", "saw"], "miss")
    assert service.ask("food", category="Shed") == ([], "miss")
    service.shop.categories.take([Item("jam", categories=("Pantry",))])
    assert service.ask("trending", category="Shed", n=7) == (["saw"], "miss")


def test_an_answer_of_a_category_is_looked_up_each_time(service: Service) -> None:
    query = Query(user_id="ada", category="Shed")
    service.lists.answer(query)
    assert service.lists.answer(query).cache == "near"
    assert service.lists.answer(query).reuse is None


def test_rotation_reads_impressions_of_the_store_and_puts_items_behind(
    tmp_path: Path, registry: Registry
) -> None:
    store = open_store(f"sqlite:///{tmp_path}/store.db")
    rotation = {"after_impressions": 2, "within_days": 14}
    book = read_book({"fresh": {"base": "for_you", "rotation": rotation}})
    shop = StoreShop(store, Epochs(), Metrics(), 60, book)
    live_model = LiveModel(registry, poll_seconds=60)
    live_model.refresh()
    lists = Lists(live_model, NearCache(1_000_000, 60, Epochs()), shop=shop)

    def best(query: Query) -> str:
        return str(json.loads(lists.answer(query).body)["items"][0]["item_id"])

    first = best(Query(user_id="ada"))
    now = int(time.time())
    store.events.append([event(first, now - 10 * i, "impression") for i in range(3)])
    assert shop.shown_in_vain(UserKey("user", "ada"), live_model.current(), Rotation(2)).size == 1
    assert best(Query(user_id="ada", n=3)) == first
    assert best(Query(user_id="ada", n=3, name="fresh")) != first
    store.close()
