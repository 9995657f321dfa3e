from dataclasses import replace

import numpy as np
import pytest
from support.models import small_model, with_categories

from recsvc.model.model import Model
from recsvc.model.vocabulary import ItemVocabulary
from recsvc.ranking.cold_start import ColdStartItem, ColdStartMaker, KnownItems

KNOWN = KnownItems(ItemVocabulary.of(["milk", "tea"]), ItemVocabulary.of(["coffee", "zest"]))


def test_cold_start_items_follow_the_items_of_the_model() -> None:
    assert [KNOWN.id_of(index) for index in range(len(KNOWN))] == ["milk", "tea", "coffee", "zest"]
    assert KNOWN.indices_of(["zest", "soup", "milk", "coffee"]) == [3, 0, 2]


def test_what_neither_knows_has_no_index_and_no_name() -> None:
    assert KNOWN.index_of("soup") is None
    assert KnownItems(KNOWN.learned, ItemVocabulary.of([])).index_of("zest") is None
    for index in (4, -1):
        with pytest.raises(IndexError):
            KNOWN.id_of(index)


ADA, ANN, BEN, BOB = range(4)
FOOD, DRINKS, TOOLS = range(3)


@pytest.fixture
def shop() -> Model:
    return with_categories(small_model())


def test_cold_start_items_have_their_names_in_the_order_of_their_indices(shop: Model) -> None:
    new = ColdStartMaker(shop).make([ColdStartItem("zest"), ColdStartItem("coffee", is_sold=False)])
    assert new.ids == ("coffee", "zest")
    assert [new.known.id_of(new.first_index + place) for place in range(2)] == ["coffee", "zest"]
    assert new.is_sold.tolist() == [False, True]


def test_categories_are_those_that_the_model_knows_with_those_above_them(shop: Model) -> None:
    new = ColdStartMaker(shop).make(
        [ColdStartItem("coffee", ("Food > Drinks > Hot", "Tools")), ColdStartItem("zest", ("Toys",))]
    )
    assert new.categories.row(0)[0].tolist() == [FOOD, DRINKS, TOOLS]
    assert new.narrowest.row(0)[0].tolist() == [DRINKS]
    assert new.categories.row(1)[0].tolist() == []
    assert not new.content_tastes[1].any()


def test_an_item_tastes_like_what_sells_in_its_categories(shop: Model) -> None:
    new = ColdStartMaker(shop).make([ColdStartItem("drill", ("Tools",)), ColdStartItem("coffee", ("Food",))])
    assert new.content_tastes.tolist() == [[1, 0], [0, 1]]


def test_what_an_item_is_has_length_1_and_is_nothing_where_no_feature_is_known(shop: Model) -> None:
    new = ColdStartMaker(shop).make(
        [ColdStartItem("coffee", ("Food > Drinks > Hot",)), ColdStartItem("zest", ("Toys",))]
    )
    assert new.content.row(0)[1] == pytest.approx([0.5**0.5] * 2)
    assert new.content.row(1)[0].tolist() == []
    assert not new.content_tastes[1].any()
    assert new.content_sold[1] == 0 < new.content_sold[0]


def test_first_buyers_count_alike_however_strong_their_factors(shop: Model) -> None:
    strong = replace(shop, user_factors=shop.user_factors.copy())
    strong.user_factors[BEN] *= 9
    new = ColdStartMaker(strong).make([ColdStartItem("book", buyers=(ADA, BEN)), ColdStartItem("none")])
    assert new.buyer_tastes.tolist() == [[0.5, 0.5], [0, 0]]
    assert new.n_buyers.tolist() == [2, 0]


def test_there_may_be_none(shop: Model) -> None:
    new = ColdStartMaker(small_model()).make([])
    assert (len(new), new.ids, new.first_index) == (0, (), 7)
    assert ColdStartMaker(small_model()).make([ColdStartItem("coffee", ("Food",))]).ids == ("coffee",)


def test_rows_that_do_not_belong_together_are_refused(shop: Model) -> None:
    new = ColdStartMaker(shop).make([ColdStartItem("coffee")])
    with pytest.raises(ValueError, match="n_buyers has 2 rows for 1 cold-start items"):
        replace(new, n_buyers=np.zeros(2, np.int32))
