import pytest
from support.models import with_categories

from recsvc.model.model import Model
from recsvc.model.registry import Registry
from recsvc.ranking.query import Query
from recsvc.ranking.recommender import Recommender
from recsvc.serving.context import Context
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.shop_categories import ShopCategories


@pytest.fixture
def live(registry: Registry, model: Model) -> LiveVersion:
    return LiveVersion(registry.load().manifest, Recommender(with_categories(model)))


def test_the_context_knows_orders_and_categories_and_asks_for_events_only_when_it_must(
    live: LiveVersion,
) -> None:
    asked: list[int] = []
    context = Context(
        live, Query(user_id="ada", item_ids=("saw", "soup")), lambda: asked.append(1), ShopCategories()
    )
    assert context.asked_categories == {"Tools"}
    assert asked == []
    assert context.n_orders == 3
    assert context.bought_categories == {"Food", "Drinks", "Food > Drinks"}
    assert asked == [1]
    nobody = Context(live, Query(), lambda: None, ShopCategories())
    assert (nobody.n_orders, nobody.bought_categories) == (0, frozenset())
