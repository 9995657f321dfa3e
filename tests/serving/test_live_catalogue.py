import numpy as np
import pytest
from support.models import ITEMS, with_categories

from recsvc.catalogue.item import Item
from recsvc.model.model import Model
from recsvc.model.registry import Registry
from recsvc.ranking.recommender import Recommender
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.live_model import LiveVersion


@pytest.fixture
def live(registry: Registry, model: Model) -> LiveVersion:
    return LiveVersion(registry.load().manifest, Recommender(with_categories(model)))


def members(catalogue: LiveCatalogue, live: LiveVersion, category: str) -> set[str]:
    return {ITEMS[i] for i in np.flatnonzero(catalogue.items_in(live, category).is_in)}


def test_a_category_holds_what_the_model_learned_by_its_name_or_its_last_level(live: LiveVersion) -> None:
    catalogue = LiveCatalogue()
    assert members(catalogue, live, "Food") == {"cake", "milk", "tea"}
    assert members(catalogue, live, "Food > Drinks") == members(catalogue, live, "Drinks") == {"milk", "tea"}
    assert members(catalogue, live, "Toys") == set()


def test_what_the_catalogue_says_of_an_item_counts_before_what_was_learned(live: LiveVersion) -> None:
    catalogue = LiveCatalogue()
    before = catalogue.items_in(live, "Food").digest
    catalogue.take([Item("tea", categories=("Garden > Herbs",)), Item("milk", price=1.0)])
    assert members(catalogue, live, "Food") == {"cake", "milk"}
    assert members(catalogue, live, "Garden") == members(catalogue, live, "Herbs") == {"tea"}
    assert catalogue.items_in(live, "Food").digest != before
    catalogue.take([Item("tea", categories=())])
    assert catalogue.items_in(live, "Food").digest == before
    assert catalogue.categories_of(live, ["tea"]) == {"Food", "Drinks", "Food > Drinks"}


def unavailable(*items: Item, at_us: int = 5) -> set[str]:
    catalogue = LiveCatalogue()
    catalogue.take(items)
    catalogue.settle(at_us)
    return set(catalogue.unavailable.item_ids)


def test_what_is_out_of_stock_or_withdrawn_is_unavailable() -> None:
    withdrawn = Item("c", in_stock=False, withdrawn=True)
    assert unavailable(Item("a"), Item("b", in_stock=False), withdrawn) == {"b", "c"}


def test_what_is_not_yet_or_no_longer_available_is_unavailable() -> None:
    window = Item("a", available_from_us=3, available_until_us=6)
    assert [unavailable(window, at_us=now) for now in (2, 3, 5, 6)] == [{"a"}, set(), set(), {"a"}]


def test_the_last_word_on_an_item_counts() -> None:
    assert unavailable(Item("a", in_stock=False), Item("a")) == set()
    assert unavailable(Item("a"), Item("a", in_stock=False)) == {"a"}
