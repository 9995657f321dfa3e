import numpy as np
from support.models import JAM, TEA, with_categories
from support.selections import factors, ids, recommend

from recsvc.model.model import Model
from recsvc.ranking.query import Placement, Query
from recsvc.ranking.recommender import Recommender
from recsvc.ranking.selection import EVERYTHING, Selection


def test_a_boost_puts_an_item_up_and_a_small_factor_down() -> None:
    query = Query(Placement.TRENDING, n=7)
    assert ids(recommend(query, EVERYTHING))[0] == "jam"
    boosted = recommend(query, Selection(factors=factors(nails=100, jam=0.01)))
    assert ids(boosted)[0] == "nails"
    assert max(item.score for item in boosted.items) == 1
    assert ids(boosted).index("jam") > ids(boosted).index("tea")


def test_a_boost_reaches_items_that_would_not_be_in_the_list() -> None:
    assert ids(recommend(Query(Placement.TRENDING, n=1), Selection(factors=factors(tea=100)))) == ["tea"]


def test_what_comes_last_is_behind_all_others() -> None:
    made = recommend(Query(user_id="ada", n=7), Selection(last=np.asarray([TEA, JAM], dtype=np.int32)))
    assert set(ids(made)[-2:]) == {"tea", "jam"}
    assert {"tea", "jam"}.isdisjoint(
        ids(recommend(Query(user_id="ada", n=5), Selection(last=np.asarray([TEA, JAM], dtype=np.int32))))
    )


def test_what_comes_last_does_so_also_where_lists_are_diverse(model: Model) -> None:
    diverse = Recommender(with_categories(model), diversity=1.0)
    made = diverse.recommend(Query(user_id="ada", n=7), selection=Selection(last=np.asarray([TEA], np.int32)))
    assert ids(made)[-1] == "tea"
