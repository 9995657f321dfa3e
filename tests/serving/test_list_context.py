import pytest
from support.models import with_categories

from recsvc.model.model import Model
from recsvc.model.registry import Registry
from recsvc.ranking.query import Query
from recsvc.ranking.recommender import Recommender
from recsvc.rules.expression import ASKED_CATEGORIES, BOUGHT_CATEGORIES, ORDERS
from recsvc.serving.list_context import list_context
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.live_model import LiveVersion


@pytest.fixture
def live(registry: Registry, model: Model) -> LiveVersion:
    return LiveVersion(registry.load().manifest, Recommender(with_categories(model)))


def test_the_context_knows_orders_and_the_categories_that_are_asked_for(live: LiveVersion) -> None:
    query, everything = Query(user_id="ada", item_ids=("saw", "soup")), {BOUGHT_CATEGORIES, ASKED_CATEGORIES}
    context = list_context(everything, live, query, None, LiveCatalogue())
    assert (context.n_orders, context.is_known) == (3, True)
    assert context.asked_categories == {"Tools"}
    assert context.bought_categories == {"Food", "Drinks", "Food > Drinks"}
    orders = list_context({ORDERS}, live, query, None, LiveCatalogue())
    assert (orders.n_orders, orders.bought_categories, orders.asked_categories) == (
        3,
        frozenset(),
        frozenset(),
    )
    nobody = list_context(everything, live, Query(), None, LiveCatalogue())
    assert (nobody.n_orders, nobody.is_known, nobody.bought_categories) == (0, False, frozenset())
