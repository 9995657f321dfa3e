"""Of the variants of one product a list shows one: in lists that are made, kept and given again."""

from dataclasses import replace

import numpy as np
import pytest
from support.models import small_model, with_categories
from support.placements import only, put

from recsvc.cache.epochs import Epochs
from recsvc.cache.near import NearCache
from recsvc.catalogue.item import Item
from recsvc.model.registry import Registry
from recsvc.ranking.cold_start import ColdStartItem, ColdStartMaker
from recsvc.ranking.query import Placement, Query
from recsvc.ranking.recommender import Recommender
from recsvc.ranking.selection import Selection
from recsvc.rules.placement_rules import read_placement
from recsvc.serving.lists import Answer, Limits, Lists
from recsvc.serving.live_model import LiveModel
from recsvc.serving.pages import Page, Pages
from recsvc.serving.shop import Shop
from recsvc.serving.variants import Variants

TOOLS = {"hammer", "nails", "saw"}
GROUPED = [Item(item_id, group_id="tool") for item_id in sorted(TOOLS)]


class Service:
    def __init__(self, registry: Registry) -> None:
        self.live_model = LiveModel(registry, poll_seconds=60)
        self.live_model.refresh()
        self.shop = Shop()
        near = NearCache(1_000_000, 60, Epochs())
        self.lists = Lists(self.live_model, near, Limits(stale_seconds=0), shop=self.shop)

    def answer(self, query: Query | None = None) -> Answer:
        return self.lists.answer(query or Query(user_id="bob", n=7))

    def tools(self) -> int:
        return len(TOOLS & set(self.answer().item_ids))


@pytest.fixture
def service(registry: Registry) -> Service:
    return Service(registry)


def test_a_list_shows_one_variant_of_a_product_also_from_a_cache(service: Service) -> None:
    assert service.tools() == 3
    service.shop.catalogue.take(GROUPED)
    assert (service.tools(), service.answer().cache) == (1, "near")
    assert service.tools() == 1


def test_a_page_that_is_kept_shows_one_variant_too_once_items_are_grouped(service: Service) -> None:
    pages = Pages(service.lists, NearCache(1_000_000, 60, Epochs()))
    page = Page((Query(user_id="bob", n=7),))
    assert len(TOOLS & set(pages.answer(page).lists[0].item_ids)) == 3
    service.shop.catalogue.take(GROUPED)
    answers = [pages.answer(page) for _ in range(2)]
    assert [answer.cache for answer in answers] == ["miss", "near"]
    assert {len(TOOLS & set(answer.lists[0].item_ids)) for answer in answers} == {1}


@pytest.mark.parametrize("n", [1, 2, 3])
def test_the_lists_of_a_page_show_one_variant_of_a_product_together(service: Service, n: int) -> None:
    service.shop.catalogue.take(GROUPED)
    pages = Pages(service.lists, NearCache(1_000_000, 60, Epochs()))
    lists = (
        Query(Placement.TRENDING, 7),
        Query(Placement.TRENDING, n),
        Query(n=7),
        Query(Placement.SIMILAR, 7, item_ids=("tea",)),
    )
    for order in (lists, lists[::-1]):
        page = Page(tuple(replace(one, user_id="bob") for one in order))
        for _ in range(2):  # made, and given again
            shown = [item for answer in pages.answer(page).lists for item in answer.item_ids]
            assert len(TOOLS & set(shown)) == 1
            assert len(shown) == len(set(shown))


def test_a_pinned_variant_of_what_the_page_shows_already_is_left_out(service: Service) -> None:
    service.shop.catalogue.take(GROUPED)
    rules = {"base": "for_you", "pins": [{"item_id": "nails", "position": 1}]}
    put(service.shop.rules, pinned=read_placement("pinned", rules))
    pages = Pages(service.lists, NearCache(1_000_000, 60, Epochs()))
    pinned = service.shop.rules.query_for("pinned", user_id="bob", n=7)
    similar = Query(Placement.SIMILAR, 7, "bob", item_ids=("tea",))
    first = next(iter(TOOLS & set(service.answer(similar).item_ids)))
    shown = [answer.item_ids for answer in pages.answer(Page((similar, pinned))).lists]
    assert first in shown[0]
    assert not TOOLS & set(shown[1])


def test_lists_of_a_page_without_groups_are_as_before(service: Service) -> None:
    queries = tuple(Query(placement, 3, "bob") for placement in (Placement.TRENDING, Placement.FOR_YOU))
    resolved = service.lists.resolve(queries[1])
    narrowed = resolved.without(["tea"])
    assert narrowed.key == service.lists.resolve(replace(queries[1], exclude=("tea",))).key


def test_an_answer_that_was_given_is_not_given_again_once_items_are_grouped(service: Service) -> None:
    service.answer()
    reuse = service.answer().reuse
    assert reuse is not None
    assert reuse.basis == service.lists.basis()
    service.shop.catalogue.take(GROUPED)
    assert reuse.basis != service.lists.basis()


@pytest.mark.parametrize(
    "after",
    [
        [Item(item_id) for item_id in sorted(TOOLS)],
        [Item(item_id, group_id=item_id) for item_id in sorted(TOOLS)],
        [Item(item_id, group_id="tool", withdrawn=True) for item_id in ("hammer", "saw")],
    ],
    ids=["in no group", "in groups of one", "withdrawn"],
)
def test_items_that_leave_their_group_are_shown_again(service: Service, after: list[Item]) -> None:
    service.shop.catalogue.take(GROUPED)
    service.shop.catalogue.take(after)
    assert service.tools() == 3


def test_lists_of_a_shop_without_groups_are_kept_under_the_same_keys(service: Service) -> None:
    before = service.lists.resolve(Query(user_id="bob")).key
    service.shop.catalogue.take([Item("saw", title="Saw"), Item("hammer")])
    assert service.lists.resolve(Query(user_id="bob")).key == before
    service.shop.catalogue.take(GROUPED)
    assert service.lists.resolve(Query(user_id="bob")).key != before
    service.shop.catalogue.take([Item(item_id) for item_id in sorted(TOOLS)])
    assert service.lists.resolve(Query(user_id="bob")).key == before


def test_the_order_in_which_workers_hear_of_groups_does_not_matter(service: Service) -> None:
    other = Shop()
    service.shop.catalogue.take(GROUPED)
    other.catalogue.take([Item("saw", group_id="other"), *reversed(GROUPED)])
    assert other.catalogue.variants.digest == service.shop.catalogue.variants.digest


def test_rules_and_variants_hold_together(service: Service) -> None:
    service.shop.catalogue.take(GROUPED)
    put(service.shop.rules, tools=only("for_you", "saw", "nails", "tea"))
    shown = service.answer(service.shop.rules.query_for("tools", user_id="bob", n=7)).item_ids
    assert len(shown) == 2
    assert "tea" in shown


def test_what_is_similar_to_an_item_is_none_of_its_variants(service: Service) -> None:
    service.shop.catalogue.take(GROUPED)
    shown = service.answer(Query(Placement.SIMILAR, 7, item_ids=("saw",))).item_ids
    assert not TOOLS & set(shown)


def test_items_that_the_catalogue_does_not_group_stay_in_the_groups_that_were_learned() -> None:
    learned = np.asarray([-1, 0, 1, 1, 0, -1, -1], dtype=np.int32)
    items = ColdStartMaker(replace(small_model(), variant_groups=learned)).make([ColdStartItem("zip")])
    variants = Variants()
    variants.take([Item("nails", group_id="tool"), Item("saw", group_id="tool")])
    placed = variants.among(items)
    assert placed is not None
    assert placed.tolist() == [-1, 0, 1, 1, 2, 2, -1, -1]


def test_a_cold_start_item_does_not_stand_beside_a_variant_that_is_sold() -> None:
    model = with_categories(small_model())
    new = ColdStartMaker(model).make([ColdStartItem("axe", ("Tools",))], 0.5)

    def shown(*grouped: str) -> set[str]:
        variants = Variants()
        variants.take([Item(item_id, group_id="tool") for item_id in grouped])
        rules = Selection(variants=variants.among(new))
        made = Recommender(model).recommend(Query(user_id="bob", n=6), selection=rules, cold_start=new)
        return {item.item_id for item in made.items}

    assert {"axe", "saw", "nails"} <= shown()
    assert len({"axe", "saw", "nails"} & shown("axe", "saw", "nails")) == 1
