import time
from pathlib import Path

import pytest
from support.events import event
from support.placements import only, put

from recsvc.cache.epochs import Epochs
from recsvc.cache.near import NearCache
from recsvc.catalogue.item import Item
from recsvc.metrics import Metrics
from recsvc.model.registry import Registry
from recsvc.ranking.query import Placement, Query, UserKey
from recsvc.rules.placement_rules import PlacementRules, Rotation
from recsvc.rules.rule_book import read_book
from recsvc.serving.follower import GuardedStore
from recsvc.serving.lists import Limits, Lists
from recsvc.serving.live_model import LiveModel
from recsvc.serving.pages import Page, Pages
from recsvc.serving.rules_in_force import RulesInForce
from recsvc.serving.shop import Shop
from recsvc.serving.store_users import StoreUsers
from recsvc.store.store import open_store

FOOD = only("for_you", "tea", "milk", "cake")


class Service:
    """Lists of the small model in a shop with rules."""

    def __init__(self, registry: Registry, **rules: PlacementRules) -> None:
        self.live_model = LiveModel(registry, poll_seconds=60)
        self.live_model.refresh()
        self.shop = Shop()
        self.put(**rules)
        self.near = NearCache(1_000_000, 60, Epochs())
        self.lists = Lists(self.live_model, self.near, Limits(stale_seconds=0), shop=self.shop)

    def put(self, **rules: PlacementRules | None) -> None:
        put(self.shop.rules, **rules)

    def ask(self, name: str = "for_you", **fields) -> tuple[list[str], str]:
        query = self.shop.rules.query_for(name, **{"user_id": "ada", **fields})
        answer = self.lists.answer(query)
        return answer.item_ids, answer.cache


@pytest.fixture
def service(registry: Registry) -> Service:
    return Service(registry, food=FOOD)


def test_a_name_of_the_shops_own_is_ranked_by_its_base_under_its_rules(service: Service) -> None:
    shown, _ = service.ask("food")
    assert set(shown) == {"tea", "milk", "cake"}
    body = service.lists.answer(Query(user_id="ada", name="food")).document()
    assert (body["placement"], body["strategy"]) == ("food", "personalized")


def test_rules_of_a_built_in_placement_apply_to_it(service: Service) -> None:
    everything, _ = service.ask(n=7)
    service.put(for_you=only("for_you", "tea"))
    assert service.ask(n=7) == (["tea"], "miss")
    service.put(for_you=None)
    assert service.ask(n=7) == (everything, "near")


def test_lists_of_other_rules_are_not_given_and_those_of_the_same_are(service: Service) -> None:
    service.ask("food")
    service.put(tools=only("for_you", "saw"))
    assert service.ask("food")[1] == "near"
    service.put(food=only("for_you", "jam"))
    assert service.ask("food") == (["jam"], "miss")


def test_an_answer_may_not_be_given_again_after_any_change_of_rules(service: Service) -> None:
    service.ask()
    reuse = service.lists.answer(Query(user_id="ada")).reuse
    assert reuse is not None
    assert reuse.basis == service.lists.basis()
    service.put(food=FOOD)
    assert reuse.basis != service.lists.basis()


def test_the_rules_that_a_list_is_kept_under_are_those_it_was_made_with(service: Service) -> None:
    look = service.lists.look(service.lists.resolve(Query(user_id="ada", name="food")))
    service.put(food=only("for_you", "jam"))
    assert set(service.lists.finish(look).item_ids) == {"tea", "milk", "cake"}
    assert service.ask("food") == (["jam"], "miss")


def test_without_rules_keys_and_lists_are_as_they_were(registry: Registry, service: Service) -> None:
    plain = Lists(service.live_model, NearCache(0, 60, Epochs()))
    query = Query(user_id="ada")
    assert service.lists.resolve(query).key == plain.resolve(query).key
    assert service.lists.answer(query).document() == plain.answer(query).document()


def test_rules_that_look_at_the_user_make_a_list_of_their_own(service: Service) -> None:
    regulars = '(item_id == "jam" and shopper.orders >= 3) or (item_id == "saw" and shopper.orders < 3)'
    service.put(welcome=PlacementRules(base=Placement.TRENDING, filter=regulars))
    assert service.ask("welcome")[0] == ["jam"]
    assert service.ask("welcome", user_id="ann")[0] == ["saw"]
    assert service.ask("welcome", user_id="nobody") == (["saw"], "miss")
    assert service.ask("welcome", user_id=None) == (["saw"], "near")


def test_a_list_that_is_the_same_for_all_is_kept_once_where_rules_do_not_look_at_the_user(
    service: Service,
) -> None:
    service.put(hot=only("trending", "jam"))
    assert [service.ask("hot", user_id=one)[1] for one in ("ada", "bob")] == ["miss", "near"]


def test_a_page_with_named_placements_has_no_item_twice(service: Service) -> None:
    service.put(hot=only("trending", "tea", "jam", "saw"))
    pages = Pages(service.lists, service.near)
    page = Page(
        (
            Query(user_id="ada", name="food", n=2),
            Query(Placement.TRENDING, 2, "ada", name="hot"),
            Query(user_id="ada", n=2),
        )
    )
    shown = [one.item_ids for one in pages.answer(page).lists]
    assert [len(one) for one in shown] == [2, 2, 2]
    assert len({item for one in shown for item in one}) == 6
    assert pages.answer(page).cache == "near"
    service.put(hot=only("trending", "nails"))
    assert pages.answer(page).cache == "miss"


def test_a_page_whose_rules_change_while_it_is_made_is_kept_under_the_rules_it_was_made_with(
    service: Service,
) -> None:
    class Meddling(Lists):
        def finish(self, look, *, is_kept=True):
            service.put(food=only("for_you", "jam"))
            return super().finish(look, is_kept=is_kept)

    meddling = Meddling(service.live_model, service.near, shop=service.shop)
    page = Page((Query(user_id="ada", name="food"),))
    Pages(meddling, service.near).answer(page)
    service.put(food=FOOD)
    (made,) = Pages(service.lists, service.near).answer(page).lists
    assert set(made.item_ids) == {"tea", "milk", "cake"}


def test_a_list_keeps_to_its_category(service: Service) -> None:
    catalogue = service.shop.catalogue
    catalogue.take([Item("saw", categories=("Shed",)), Item("jam", categories=("Shed",))])
    assert service.ask("trending", category="Shed", n=7) == (["jam", "saw"], "miss")
    assert service.ask("food", category="Shed") == ([], "miss")
    catalogue.take([Item("jam", categories=("Pantry",))])
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
    users = StoreUsers(GuardedStore(store), Epochs(), Metrics(), 60, lambda _tag: None)
    live_model = LiveModel(registry, poll_seconds=60)
    live_model.refresh()
    shop = Shop(rules=RulesInForce(book), users=users)
    lists = Lists(live_model, NearCache(1_000_000, 60, Epochs()), shop=shop)

    def best(query: Query) -> str:
        return lists.answer(query).item_ids[0]

    first = best(Query(user_id="ada"))
    now = int(time.time())
    store.events.append([event(first, now - 10 * i, "impression") for i in range(3)])
    ada, twice = UserKey("user", "ada"), Rotation(after_impressions=2)
    assert users.shown_in_vain(ada, live_model.current(), twice).size == 1
    assert best(Query(user_id="ada", n=3)) == first
    assert best(Query(user_id="ada", n=3, name="fresh")) != first
    store.close()
