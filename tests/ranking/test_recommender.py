from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.models import ITEMS, USERS, small_model

from recsvc.errors import UnknownItemError
from recsvc.model.model import Model
from recsvc.ranking.query import (
    Placement,
    Query,
    ReasonType,
    RecommendationList,
    Source,
    Strategy,
)
from recsvc.ranking.recommender import Recommender


def recommend(model: Model, query: Query) -> RecommendationList:
    return Recommender(model).recommend(query)


ADA_BOUGHT = {"tea", "milk"}


def ids(made: RecommendationList) -> list[str]:
    return [item.item_id for item in made.items]


def test_for_you_shows_the_shoppers_own_side_first(model: Model) -> None:
    assert set(ids(recommend(model, Query(user_id="ada", n=3)))) == {"tea", "milk", "cake"}
    assert set(ids(recommend(model, Query(user_id="bob", n=3)))) == {"nails", "saw", "hammer"}


def test_bought_items_are_never_in_discover(model: Model) -> None:
    made = recommend(model, Query(Placement.DISCOVER, user_id="ada", n=100))
    assert ids(made)[0] == "cake"
    assert not ADA_BOUGHT & set(ids(made))
    assert set(ids(made)) == set(ITEMS) - ADA_BOUGHT


def test_buy_again_holds_only_the_shoppers_own_items_most_bought_first(model: Model) -> None:
    made = recommend(model, Query(Placement.BUY_AGAIN, user_id="ada"))
    assert ids(made) == ["tea", "milk"]
    assert [item.reason.type for item in made.items] == [
        ReasonType.YOU_BUY_THIS_REGULARLY,
        ReasonType.YOU_BOUGHT_THIS,
    ]


def test_similar_shows_what_is_like_the_item_then_what_its_buyers_buy_and_says_which(model: Model) -> None:
    made = recommend(model, Query(Placement.SIMILAR, item_ids=("hammer",), n=3))
    assert [(item.item_id, item.source, item.reason.type) for item in made.items] == [
        ("saw", Source.SIMILAR, ReasonType.SIMILAR_TO_ITEM),
        ("nails", Source.CO_PURCHASE, ReasonType.ALSO_BOUGHT),
        ("jam", Source.TRENDING, ReasonType.TRENDING),
    ]
    assert [item.reason.item_ids for item in made.items] == [("hammer",), ("hammer",), ()]


def test_similar_to_an_unknown_item_is_an_error_that_names_it(model: Model) -> None:
    with pytest.raises(UnknownItemError, match="item_id 'soup' is not in the model"):
        recommend(model, Query(Placement.SIMILAR, item_ids=("soup",)))


def test_bought_together_adds_up_over_the_cart_and_leaves_it_out(model: Model) -> None:
    made = recommend(model, Query(Placement.BOUGHT_TOGETHER, item_ids=("cake", "milk", "soup"), n=1))
    assert ids(made) == ["tea"]
    assert made.items[0].reason.type is ReasonType.BOUGHT_WITH_YOUR_CART
    assert made.items[0].reason.item_ids == ("milk", "cake")


def test_nothing_goes_with_a_cart_of_unknown_items(model: Model) -> None:
    assert ids(recommend(model, Query(Placement.BOUGHT_TOGETHER, item_ids=("soup",), n=1))) == []


def test_what_goes_with_a_cart_is_not_filled_up_with_what_sells(model: Model) -> None:
    assert ids(recommend(model, Query(Placement.BOUGHT_TOGETHER, item_ids=("tea",), n=7))) == ["milk", "cake"]


@pytest.mark.parametrize("user_id", [None, "nobody"])
def test_a_shopper_nobody_knows_has_nothing_to_buy_again(model: Model, user_id: str | None) -> None:
    assert ids(recommend(model, Query(Placement.BUY_AGAIN, user_id=user_id, n=2))) == []


def test_trending_is_the_rising_then_the_selling(model: Model) -> None:
    made = recommend(model, Query(Placement.TRENDING, n=5))
    assert ids(made) == ["jam", "nails", "tea", "milk", "cake"]
    assert [item.source for item in made.items] == [Source.TRENDING] * 3 + [Source.POPULAR] * 2


@pytest.mark.parametrize("user_id", [None, "nobody"])
@pytest.mark.parametrize("placement", [Placement.FOR_YOU, Placement.DISCOVER])
def test_a_shopper_nobody_knows_gets_trending(
    model: Model, user_id: str | None, placement: Placement
) -> None:
    made = recommend(model, Query(placement, user_id=user_id, n=2))
    assert (made.strategy, ids(made)) == (Strategy.TRENDING, ["jam", "nails"])


def test_a_guest_on_a_product_page_gets_what_goes_with_it(model: Model) -> None:
    made = recommend(model, Query(item_ids=("hammer",), n=2))
    assert set(ids(made)) == {"nails", "saw"}
    assert made.items[0].reason.item_ids == ("hammer",)


def test_reasons_of_taste_name_purchases_of_the_shopper(model: Model) -> None:
    made = recommend(model, Query(Placement.DISCOVER, user_id="ada", n=1))
    assert made.items[0].reason.type is ReasonType.BECAUSE_YOU_BOUGHT
    assert set(made.items[0].reason.item_ids) <= ADA_BOUGHT
    assert made.items[0].reason.item_ids[0] == "tea"


def test_without_dates_the_selling_stand_in_for_the_rising(model: Model) -> None:
    undated = replace(
        model,
        trending=np.zeros(7, np.float32),
        popularity=model.popularity[:1],
        popularity_windows_days=model.popularity_windows_days[:1],
    )
    assert ids(recommend(undated, Query(Placement.TRENDING, n=3))) == ["jam", "tea", "milk"]


@given(
    placement=st.sampled_from(Placement),
    n=st.integers(1, 20),
    user_id=st.sampled_from([None, "nobody", *USERS]),
    item_ids=st.lists(st.sampled_from([*ITEMS, "soup"]), max_size=4),
    exclude=st.lists(st.sampled_from([*ITEMS, "soup"]), max_size=4),
)
def test_every_list_keeps_the_rules(
    placement: Placement, n: int, user_id: str | None, item_ids: list[str], exclude: list[str]
) -> None:
    context = ["tea", *item_ids] if placement.needs_items else item_ids
    made = recommend(small_model(), Query(placement, n, user_id, tuple(context), tuple(exclude)))
    shown = ids(made)
    excluded = {*context, *exclude} - {"soup"}
    assert not excluded & set(shown)
    assert len(set(shown)) == len(shown)
    assert [item.rank for item in made.items] == list(range(1, len(shown) + 1))
    scores = [item.score for item in made.items]
    assert scores == sorted(scores, reverse=True)
    if placement not in (Placement.DISCOVER, Placement.BUY_AGAIN, Placement.BOUGHT_TOGETHER):
        assert len(shown) == min(n, len(ITEMS) - len(excluded))


@pytest.mark.parametrize("placement", [Placement.FOR_YOU, Placement.DISCOVER, Placement.BUY_AGAIN])
def test_items_without_reasons_are_the_same(model: Model, placement: Placement) -> None:
    recommender = Recommender(model)
    for user_id in (*USERS, "nobody"):
        query = Query(placement, user_id=user_id, n=5)
        assert recommender.item_ids(query) == ids(recommender.recommend(query))
