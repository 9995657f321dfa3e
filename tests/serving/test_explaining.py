import pytest

from recsvc.cache.epochs import Epochs
from recsvc.cache.near import NearCache
from recsvc.catalogue.item import Item
from recsvc.errors import NoModelError, OverloadedError, UnknownItemError
from recsvc.metrics import Metrics
from recsvc.model.registry import Registry
from recsvc.ranking.explain.explanation import Obstacle
from recsvc.ranking.explain.told import Standing
from recsvc.ranking.query import Placement, Query
from recsvc.serving.explaining import Explaining
from recsvc.serving.lists import Limits, Lists
from recsvc.serving.live_model import LiveModel
from recsvc.serving.shop import Shop


def shop_without_tea() -> Shop:
    """A shop that has sold out of tea."""
    shop = Shop()
    shop.catalogue.take([Item("tea", in_stock=False)])
    shop.catalogue.settle(1)
    return shop


def parts(registry: Registry, shop: Shop, **limits) -> tuple[Explaining, Lists]:
    live_model = LiveModel(registry, poll_seconds=60)
    live_model.refresh()
    lists = Lists(live_model, NearCache(0, 60, Epochs()), Limits(**limits), shop=shop)
    return Explaining(live_model, shop, lists.line, Metrics()), lists


@pytest.mark.parametrize("shop", [Shop(), shop_without_tea()])
def test_the_place_told_is_that_in_the_list(registry: Registry, shop: Shop) -> None:
    explaining, lists = parts(registry, shop)
    for user_id in ("ada", "bob", "nobody", None):
        for placement in (Placement.FOR_YOU, Placement.BUY_AGAIN, Placement.TRENDING):
            query = Query(placement, 2, user_id)
            items = lists.answer(query).document()["items"]
            assert items or (placement is Placement.BUY_AGAIN and user_id in ("nobody", None))
            for item in items:
                assert explaining.explain(query, item["item_id"]).explanation.rank == item["rank"]


def test_what_is_sold_out_is_kept_out_for_that(registry: Registry) -> None:
    told = parts(registry, shop_without_tea())[0].explain(Query(user_id="ada"), "tea").explanation
    assert told.kept_out_by is not None
    assert (told.rank, told.kept_out_by.what) == (None, Obstacle.OUT_OF_STOCK)


def test_whom_the_list_is_for_is_told(registry: Registry) -> None:
    explaining, _ = parts(registry, Shop())

    def standing(query: Query) -> Standing:
        return explaining.explain(query, "tea").standing

    assert standing(Query(user_id="ada")) is Standing.KNOWN
    assert standing(Query(user_id="nobody")) is Standing.UNKNOWN
    assert standing(Query(session_id="visit")) is Standing.UNKNOWN
    assert standing(Query()) is Standing.GUEST
    assert standing(Query(Placement.TRENDING, user_id="ada")) is Standing.ANYBODY


def test_an_explanation_waits_in_the_line_of_the_lists(registry: Registry) -> None:
    explaining, lists = parts(registry, Shop(), slots=1, max_waiting=0)
    with lists.line.turn(), pytest.raises(OverloadedError):
        explaining.explain(Query(user_id="ada"), "tea")
    assert explaining.explain(Query(user_id="ada"), "tea").explanation.rank == 1


def test_after_a_failure_the_line_moves_on(registry: Registry) -> None:
    explaining, _ = parts(registry, Shop(), slots=1, max_waiting=0)
    for _ in range(2):
        with pytest.raises(UnknownItemError):
            explaining.explain(Query(Placement.SIMILAR, item_ids=("soup",)), "tea")


def test_without_a_model_nothing_is_explained(tmp_path) -> None:
    with pytest.raises(NoModelError):
        parts(Registry(tmp_path), Shop())[0].explain(Query(), "tea")
