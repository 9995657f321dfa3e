from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.models import ITEMS, USERS, small_model, with_categories

from recsvc.errors import QueryError
from recsvc.model.model import Model
from recsvc.ranking.cold_start import ColdStartItem, ColdStartMaker
from recsvc.ranking.given_list import MAX_GIVEN_ITEMS, GivenList
from recsvc.ranking.query import Query
from recsvc.ranking.recommender import Recommender

ADA, BOB = Query(user_id="ada"), Query(user_id="bob")  # ada buys what goes with tea, bob buys tools

FOR_ADA = Recommender(small_model()).item_ids(replace(ADA, n=4))
"""What the ranker proposes; behind it what sells fills the list."""


def ranked(
    model: Model,
    query: Query,
    *item_ids: str,
    own_weight: float = 0.0,
    new: tuple[ColdStartItem, ...] = (),
) -> list[str] | None:
    recommender = Recommender(model)
    items = ColdStartMaker(model).make(new) if new else recommender.no_cold_start
    places = items.known.places_of(item_ids)
    order = GivenList(item_ids, own_weight).order_for(recommender, query, None, items, places)
    return None if order is None else [item_ids[place] for place in order]


def test_each_shopper_sees_their_own_side_first(model: Model) -> None:
    given_ids = "hammer", "cake", "saw", "milk"
    of_ada, of_bob = ranked(model, ADA, *given_ids), ranked(model, BOB, *given_ids)
    assert of_ada is not None
    assert of_bob is not None
    assert set(of_ada[:2]) == {"cake", "milk"}
    assert set(of_bob[:2]) == {"hammer", "saw"}


def test_it_is_the_order_of_for_you(model: Model) -> None:
    assert ranked(model, ADA, *reversed(FOR_ADA)) == FOR_ADA


def test_an_item_that_nobody_knows_keeps_its_place(model: Model) -> None:
    assert ranked(model, ADA, "saw", "?", "tea", "!") == ["tea", "?", "saw", "!"]


def test_cold_start_items_share_their_places_the_likeliest_first() -> None:
    drill = ColdStartItem("drill", ("Tools",))
    juice = ColdStartItem("juice", ("Food", "Food > Drinks"))
    model = with_categories(small_model())
    new = (drill, juice)
    assert ranked(model, ADA, "drill", "tea", "juice", new=new) == ["juice", "tea", "drill"]
    assert ranked(model, BOB, "juice", "saw", "drill", new=new) == ["drill", "saw", "juice"]


@pytest.mark.parametrize("user_id", [None, "nobody"])
def test_of_whom_nothing_is_known_the_order_is_the_shops(model: Model, user_id: str | None) -> None:
    assert ranked(model, Query(user_id=user_id), "saw", "tea") is None


def test_the_shops_order_counts_as_much_as_it_is_told_to(model: Model) -> None:
    given_ids = "saw", "hammer", "cake", "milk"
    assert ranked(model, ADA, *given_ids, own_weight=1) == list(given_ids)
    half = ranked(model, ADA, *given_ids, own_weight=0.5)
    assert half is not None
    assert half[0] in {"saw", "cake", "milk"}
    assert half.index("hammer") > half.index("saw")  # of two that suit alike, the shop's first


@given(
    st.sampled_from(USERS),
    st.lists(st.sampled_from([*ITEMS, "?", "!"]), min_size=1, unique=True),
    st.floats(0, 1),
)
def test_each_item_comes_back_once(user_id: str, item_ids: list[str], own_weight: float) -> None:
    order = ranked(small_model(), Query(user_id=user_id), *item_ids, own_weight=own_weight)
    assert order is not None
    assert sorted(order) == sorted(item_ids)


def test_a_long_list_has_its_first_places_exactly() -> None:
    rng = np.random.default_rng(7)
    shuffled = tuple(rng.permutation([f"unknown {number}" for number in range(993)] + list(ITEMS)).tolist())
    order = ranked(small_model(), ADA, *shuffled)
    assert order is not None
    assert [item_id for item_id in order if item_id in FOR_ADA] == FOR_ADA


@pytest.mark.parametrize(
    ("item_ids", "own_weight", "said"),
    [
        ((), 0.0, "1..1000 item_ids, got 0"),
        (tuple(map(str, range(MAX_GIVEN_ITEMS + 1))), 0.0, "got 1001"),
        (("tea",), 1.5, "own_weight must be 0..1, got 1.5"),
        (("tea",), float("nan"), "own_weight"),
    ],
)
def test_what_is_out_of_bounds_is_refused_by_name(
    item_ids: tuple[str, ...], own_weight: float, said: str
) -> None:
    with pytest.raises(QueryError, match=said):
        GivenList(item_ids, own_weight)
