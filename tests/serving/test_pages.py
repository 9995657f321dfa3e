from typing import Any

import pytest

from recsvc.cache.epochs import Epochs
from recsvc.cache.near import NearCache
from recsvc.catalogue.item import Item
from recsvc.errors import QueryError
from recsvc.model.registry import Registry
from recsvc.ranking.query import Placement, Query, UserKey
from recsvc.serving.lists import Limits, Lists
from recsvc.serving.live_model import LiveModel
from recsvc.serving.pages import Page, PageAnswer, Pages


class Shop:
    """Pages of the small model."""

    def __init__(self, registry: Registry) -> None:
        live_model = LiveModel(registry, poll_seconds=60)
        live_model.refresh()
        self.near = NearCache(1_000_000, 60, Epochs())
        self.lists = Lists(live_model, self.near, Limits(stale_seconds=0))
        self.pages = Pages(self.lists, self.near)

    def sell_out(self, *item_ids: str) -> None:
        """Make these items unavailable, and all others available."""
        catalogue = self.lists.shop.catalogue
        catalogue.take(
            [Item(one, in_stock=one not in item_ids) for one in {*catalogue.unavailable.item_ids, *item_ids}]
        )
        catalogue.settle(1)


@pytest.fixture
def shop(registry: Registry) -> Shop:
    return Shop(registry)


def page(*lists: tuple[Placement, int], user_id: str | None = "ada", exclude: tuple[str, ...] = ()) -> Page:
    return Page(tuple(Query(placement, n, user_id, exclude=exclude) for placement, n in lists))


def items(answer: PageAnswer) -> list[list[str]]:
    return [one.item_ids for one in answer.lists]


def documents(answer: PageAnswer) -> list[dict[str, Any]]:
    return [one.document() for one in answer.lists]


def test_lists_with_nothing_in_common_are_those_asked_for_alone(shop: Shop) -> None:
    asked = page((Placement.BUY_AGAIN, 2), (Placement.DISCOVER, 2))
    answer = shop.pages.answer(asked)
    assert documents(answer) == [shop.lists.answer(query).document() for query in asked.queries]


def test_no_item_is_on_the_page_twice_and_later_lists_stay_full(shop: Shop) -> None:
    trending = Query(Placement.TRENDING, 3, "ada")
    shown = items(shop.pages.answer(page((Placement.TRENDING, 3), (Placement.TRENDING, 3))))
    assert shop.lists.answer(trending).item_ids == shown[0]
    assert len(set(shown[0] + shown[1])) == 6


def test_a_shop_with_too_few_items_gives_each_once(shop: Shop) -> None:
    shown = items(shop.pages.answer(page(*[(Placement.FOR_YOU, 5)] * 3)))
    assert [len(one) for one in shown] == [5, 2, 0]


def test_excluded_items_are_in_no_list(shop: Shop) -> None:
    shown = items(
        shop.pages.answer(page((Placement.TRENDING, 3), (Placement.FOR_YOU, 3), exclude=("jam", "tea")))
    )
    assert not {"jam", "tea"} & {item for one in shown for item in one}


def test_a_page_is_kept_as_a_whole(shop: Shop) -> None:
    asked = page((Placement.TRENDING, 3), (Placement.FOR_YOU, 3))
    first, second = shop.pages.answer(asked), shop.pages.answer(asked)
    assert (first.cache, second.cache) == ("miss", "near")
    assert documents(second) == documents(first)


def test_the_order_of_the_lists_matters(shop: Shop) -> None:
    one = page((Placement.TRENDING, 4), (Placement.FOR_YOU, 4))
    other = page((Placement.FOR_YOU, 4), (Placement.TRENDING, 4))
    shop.pages.answer(one)
    assert shop.pages.answer(other).cache == "miss"


def test_a_page_is_invalidated_with_the_lists_of_the_shopper(shop: Shop) -> None:
    adas, bobs = (
        page((Placement.TRENDING, 3), (Placement.FOR_YOU, 3), user_id=one) for one in ("ada", "bob")
    )
    shop.pages.answer(adas)
    shop.pages.answer(bobs)
    shop.lists.invalidate(UserKey("user", "ada"))
    assert shop.pages.answer(adas).cache == "miss"
    assert shop.pages.answer(bobs).cache == "near"


def test_shoppers_nobody_knows_share_one_page_but_each_sees_the_own_id(shop: Shop) -> None:
    lists = [(Placement.TRENDING, 2), (Placement.FOR_YOU, 2)]
    shop.pages.answer(page(*lists, user_id=None))
    answer = shop.pages.answer(page(*lists, user_id='made "up"'))
    assert answer.cache == "near"
    assert [one["user_id"] for one in documents(answer)] == ['made "up"'] * 2


def test_a_page_with_an_item_that_may_not_be_shown_any_more_is_made_anew(shop: Shop) -> None:
    asked = page((Placement.TRENDING, 3))
    assert shop.pages.answer(asked).cache == "miss"
    shop.sell_out("nothing on the page")
    assert shop.pages.answer(asked).cache == "near"
    shop.sell_out("jam")
    assert shop.pages.answer(asked).cache == "miss"
    shop.sell_out()
    assert shop.pages.answer(asked).cache == "near"


@pytest.mark.parametrize(
    ("lists", "exclude", "told"),
    [
        ([], (), r"a page has 1\.\.10 lists, got 0"),
        ([(Placement.FOR_YOU, 1)] * 11, (), r"a page has 1\.\.10 lists, got 11"),
        ([(Placement.FOR_YOU, 90)] * 3, (), "at most 250 items together, got 270"),
        (
            [(Placement.FOR_YOU, 1)],
            tuple(map(str, range(251))),
            "at most 250 exclude values for a page, got 251",
        ),
    ],
)
def test_what_is_no_page_is_refused(
    lists: list[tuple[Placement, int]], exclude: tuple[str, ...], told: str
) -> None:
    with pytest.raises(QueryError, match=told):
        page(*lists, exclude=exclude)


def test_the_largest_page_can_be_asked_for(shop: Shop) -> None:
    largest = page(*[(Placement.FOR_YOU, 25)] * 10, exclude=tuple(map(str, range(250))))
    assert len(shop.pages.answer(largest).lists) == 10
