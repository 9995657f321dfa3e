from dataclasses import replace

import pytest
from support.models import JAM, NAILS, SAW, random_model, small_model, with_heads
from support.selections import ids, only, recommend

from recsvc.model.model import Model
from recsvc.ranking.query import Placement, Query, Source
from recsvc.ranking.recommender import Recommender
from recsvc.ranking.selection import Selection

ALL_QUERIES = [Query(one, 7, "ada", ("tea",) if one.needs_items else ()) for one in Placement]


@pytest.mark.parametrize("query", ALL_QUERIES, ids=lambda query: query.placement)
def test_a_selection_that_says_nothing_changes_nothing(query: Query) -> None:
    assert recommend(query, Selection()) == Recommender(small_model()).recommend(query)


@pytest.mark.parametrize("query", ALL_QUERIES, ids=lambda query: query.placement)
def test_only_what_is_allowed_is_in_a_list_also_where_it_is_filled(query: Query) -> None:
    made = recommend(query, Selection(allowed=only(NAILS, SAW, JAM), is_filled=True))
    assert set(ids(made)) == {"jam", "nails", "saw"}


def test_a_filter_that_leaves_a_fiftieth_of_the_catalogue_still_gives_a_full_list_of_the_shoppers_taste() -> (
    None
):
    model = random_model(4, n_items=2000)
    mask = only(*range(3, 2000, 50), n_items=2000)
    made = recommend(Query(Placement.DISCOVER, 20, "u00003"), Selection(allowed=mask), model)
    assert len(made.items) == 20
    assert {int(one[1:]) % 50 for one in ids(made)} == {3}
    assert {item.source for item in made.items} <= {
        Source.ALS,
        Source.CO_PURCHASE,
        Source.CATEGORY,
        Source.POPULAR,
    }
    assert Source.ALS in {item.source for item in made.items}


def test_a_filter_that_leaves_nothing_of_the_head_looks_at_the_whole_table() -> None:
    model = with_heads(random_model(4), 50)
    made = recommend(
        Query(user_id="u00003", n=5), Selection(allowed=only(*range(200, 300), n_items=300)), model
    )
    assert Source.ALS in {item.source for item in made.items}


def test_an_empty_filter_gives_an_empty_list() -> None:
    assert recommend(Query(user_id="ada"), Selection(allowed=only())).items == ()


def test_what_was_bought_lately_is_hidden_in_personal_placements_alone() -> None:
    lately = Selection(exclude_bought_days=10)
    assert "tea" not in ids(recommend(Query(user_id="ada", n=7), lately))
    assert "milk" in ids(recommend(Query(user_id="ada", n=7), lately))
    assert ids(recommend(Query(Placement.BUY_AGAIN, user_id="ada"), lately)) == ["milk"]
    assert "tea" in ids(recommend(Query(Placement.TRENDING, user_id="ada"), lately))


def test_without_dates_nothing_was_bought_lately(model: Model) -> None:
    undated = replace(
        model, popularity=model.popularity[:1], popularity_windows_days=model.popularity_windows_days[:1]
    )
    assert "tea" in ids(recommend(Query(user_id="ada", n=7), Selection(exclude_bought_days=10), undated))


def test_a_list_that_is_not_filled_holds_only_what_the_shopper_may_like() -> None:
    unfilled = Selection(is_filled=False)
    assert recommend(Query(user_id="nobody"), unfilled).items == ()
    assert ids(recommend(Query(Placement.BOUGHT_TOGETHER, item_ids=("saw",)), unfilled)) == ["hammer"]
    assert ids(recommend(Query(Placement.TRENDING, n=2), unfilled)) == ["jam", "nails"]
