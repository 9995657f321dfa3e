import numpy as np
import pytest
from support.models import ITEMS, with_categories

from recsvc.catalogue.item import Item
from recsvc.model.model import Model
from recsvc.model.registry import Registry
from recsvc.ranking.recommender import Recommender
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.shop_categories import ShopCategories


@pytest.fixture
def live(registry: Registry, model: Model) -> LiveVersion:
    return LiveVersion(registry.load().manifest, Recommender(with_categories(model)))


def members(categories: ShopCategories, live: LiveVersion, category: str) -> set[str]:
    return {ITEMS[i] for i in np.flatnonzero(categories.members(live, category).mask)}


def test_a_category_holds_what_the_model_learned_by_its_name_or_its_last_level(live: LiveVersion) -> None:
    categories = ShopCategories()
    assert members(categories, live, "Food") == {"cake", "milk", "tea"}
    assert (
        members(categories, live, "Food > Drinks") == members(categories, live, "Drinks") == {"milk", "tea"}
    )
    assert members(categories, live, "Toys") == set()


def test_what_the_catalogue_says_of_an_item_counts_before_what_was_learned(live: LiveVersion) -> None:
    categories = ShopCategories()
    before = categories.members(live, "Food").digest
    categories.take([Item("tea", categories=("Garden > Herbs",)), Item("milk", price=1.0)])
    assert members(categories, live, "Food") == {"cake", "milk"}
    assert members(categories, live, "Garden") == members(categories, live, "Herbs") == {"tea"}
    assert categories.members(live, "Food").digest != before
    categories.take([Item("tea", categories=())])
    assert categories.members(live, "Food").digest == before
    assert categories.of(live, ["tea"]) == {"Food", "Drinks", "Food > Drinks"}
