from dataclasses import replace

import numpy as np
import pytest
from support.models import HAMMER, ITEMS, NAILS, SAW, with_categories
from support.selections import factors, ids, only, recommend, small_model

from recsvc.ranking.query import Placement, Query
from recsvc.ranking.recommender import Recommender
from recsvc.ranking.selection import EVERYTHING, Capped, OverFetch, Pinned, Selection

TOOLS = {"hammer", "nails", "saw"}
ONE_TOOL = np.where(only(HAMMER, NAILS, SAW), 0, -1).astype(np.int32)
ONE_OF_TOOLS = Selection(variants=ONE_TOOL)


def best_tool(query: Query) -> str:
    return next(one for one in ids(recommend(query, EVERYTHING)) if one in TOOLS)


@pytest.mark.parametrize(
    "query", [Query(user_id="ann", n=7), Query(user_id="ada", n=7), Query(Placement.TRENDING, n=7)]
)
def test_of_the_variants_of_a_product_the_best_alone_is_in_the_list(query: Query) -> None:
    made = ids(recommend(query, ONE_OF_TOOLS))
    assert [one for one in made if one in TOOLS] == [best_tool(query)]


def test_a_diverse_list_and_its_spare_items_hold_one_variant_too() -> None:
    recommender = Recommender(with_categories(small_model()), diversity=0.5)
    made = ids(
        recommender.recommend(Query(user_id="bob", n=2), over_fetch=OverFetch(9), selection=ONE_OF_TOOLS)
    )
    assert len(TOOLS & set(made)) == 1


def test_a_variant_that_cannot_be_sold_now_gives_way_to_another() -> None:
    query = Query(user_id="bob", n=7)
    gone = np.asarray([ITEMS.index(best_tool(query))], dtype=np.int32)
    made = ids(recommend(query, ONE_OF_TOOLS, over_fetch=OverFetch(unavailable=gone)))
    assert len(TOOLS & (set(made) - {best_tool(query)})) == 1


def test_a_list_that_starts_from_an_item_shows_none_of_its_variants() -> None:
    made = ids(recommend(Query(Placement.SIMILAR, 7, item_ids=("saw",)), ONE_OF_TOOLS))
    assert made
    assert not TOOLS & set(made)


def test_a_pinned_variant_stands_for_the_others_and_a_boosted_one_comes_first() -> None:
    query = Query(user_id="bob", n=7)
    pinned = Selection(variants=ONE_TOOL, pinned=(Pinned(HAMMER, 2),))
    assert [one for one in ids(recommend(query, pinned)) if one in TOOLS] == ["hammer"]
    boosted = Selection(variants=ONE_TOOL, factors=factors(hammer=100))
    assert TOOLS & set(ids(recommend(Query(Placement.TRENDING, n=7), boosted))) == {"hammer"}


def test_discover_holds_no_variant_of_what_was_bought_and_other_lists_do() -> None:
    for user_id in ("ada", "bob", "ann", "ben"):
        query = Query(Placement.DISCOVER, 7, user_id)
        history = set(ITEMS) - set(ids(recommend(query, EVERYTHING)))
        shown = set(ids(recommend(query, ONE_OF_TOOLS)))
        assert len(shown & TOOLS) == (0 if history & TOOLS else 1), user_id
        assert shown - TOOLS == set(ITEMS) - history - TOOLS


LEARNED = replace(small_model(), variant_groups=ONE_TOOL)


@pytest.mark.parametrize(
    "query", [Query(user_id="ann", n=7), Query(user_id="ada", n=7), Query(Placement.TRENDING, n=7)]
)
def test_what_the_model_learned_to_be_variants_is_shown_once_too(query: Query) -> None:
    made = ids(recommend(query, EVERYTHING, LEARNED))
    assert [one for one in made if one in TOOLS] == [best_tool(query)]


def test_what_goes_with_a_cart_and_what_is_similar_is_no_variant_of_it() -> None:
    for placement in (Placement.SIMILAR, Placement.BOUGHT_TOGETHER):
        query = Query(placement, 7, item_ids=("hammer",))
        assert TOOLS & set(ids(recommend(query, EVERYTHING)))
        assert not TOOLS & set(ids(recommend(query, EVERYTHING, LEARNED)))


def test_the_groups_of_the_catalogue_come_before_those_that_were_learned() -> None:
    apart = Selection(variants=np.full(len(ITEMS), -1, dtype=np.int32))
    assert len(TOOLS & set(ids(recommend(Query(user_id="bob", n=7), apart, LEARNED)))) == 3


@pytest.mark.parametrize("selection", [Selection(), ONE_OF_TOOLS])
def test_a_rule_lets_all_variants_in(selection: Selection) -> None:
    made = recommend(Query(user_id="bob", n=7), replace(selection, one_of_variants=False), LEARNED)
    assert set(ids(made)) >= TOOLS


def test_a_cap_that_binds_nothing_changes_nothing_of_the_variants() -> None:
    """Variants alone are capped by a quicker way than other groups are."""
    rng = np.random.default_rng(3)
    for _ in range(20):
        groups = rng.integers(-1, 3, len(ITEMS)).astype(np.int32)
        gone = rng.permutation(len(ITEMS))[:2].astype(np.int32)
        pins = (Pinned(int(rng.integers(len(ITEMS))), 2),)
        quick = Selection(variants=groups, pinned=pins)
        slow = replace(quick, caps=(Capped(np.full(len(ITEMS), -1, dtype=np.int32), 1),))
        query, fetch = Query(Placement.TRENDING, 4, item_ids=("tea",)), OverFetch(2, gone)
        assert ids(recommend(query, quick, None, fetch)) == ids(recommend(query, slow, None, fetch))
        learned, bob = replace(small_model(), variant_groups=groups), Query(n=6, user_id="bob")
        quick, slow = replace(quick, variants=None), replace(slow, variants=None)
        assert ids(recommend(bob, quick, learned, fetch)) == ids(recommend(bob, slow, learned, fetch))


def test_who_bought_two_variants_may_see_both_and_no_third() -> None:
    """Bob bought nails and a saw, which are taken for variants here, and the hammer for a third."""
    made = recommend(Query(user_id="bob", n=7), EVERYTHING, LEARNED)
    assert TOOLS & set(ids(made)) == {"nails", "saw"}
    assert TOOLS & set(ids(recommend(Query(Placement.DISCOVER, 7, "bob"), EVERYTHING, LEARNED))) == {"hammer"}
    said = recommend(Query(user_id="bob", n=7), ONE_OF_TOOLS, LEARNED)
    assert len(TOOLS & set(ids(said))) == 1
