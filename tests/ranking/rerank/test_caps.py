import numpy as np
from support.models import CAKE, ITEMS, MILK, NAILS, SAW, TEA
from support.selections import factors, ids, only, recommend, tools_are_one_group

from recsvc.ranking.query import Placement, Query
from recsvc.ranking.selection import EVERYTHING, OverFetch, Selection


def test_of_a_group_that_is_full_no_more_items_are_in_the_list() -> None:
    query = Query(user_id="bob", n=7)
    made = ids(recommend(query, Selection(caps=(tools_are_one_group(1),))))
    best_tool = next(one for one in ids(recommend(query, EVERYTHING)) if one in ("nails", "saw", "hammer"))
    assert [one for one in made if one in ("nails", "saw", "hammer")] == [best_tool]
    assert set(made) == {best_tool, "cake", "jam", "milk", "tea"}


def test_an_item_that_cannot_be_shown_now_keeps_nobody_out_of_a_group() -> None:
    first = ids(recommend(Query(user_id="bob", n=7), Selection(caps=(tools_are_one_group(1),))))
    gone = [ITEMS.index(one) for one in first if one in ("nails", "saw", "hammer")]
    over_fetch = OverFetch(unavailable=np.asarray(gone, dtype=np.int32))
    made = ids(
        recommend(Query(user_id="bob", n=7), Selection(caps=(tools_are_one_group(1),)), over_fetch=over_fetch)
    )
    assert len([one for one in made if one in {"nails", "saw", "hammer"} - set(first)]) == 1


def test_a_boost_decides_which_item_of_a_group_stays() -> None:
    rules = Selection(factors=factors(hammer=100), caps=(tools_are_one_group(1),))
    made = ids(recommend(Query(Placement.TRENDING, n=7), rules))
    assert "hammer" in made
    assert not {"nails", "saw"} & set(made)


def test_spare_items_obey_the_same_rules() -> None:
    rules = Selection(allowed=only(TEA, MILK, CAKE, SAW, NAILS), caps=(tools_are_one_group(1),))
    made = ids(recommend(Query(user_id="ada", n=1), rules, over_fetch=OverFetch(spare=9)))
    assert len(made) == 4
    assert set(made) - {"saw", "nails"} == {"tea", "milk", "cake"}
