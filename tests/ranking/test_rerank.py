from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.models import (
    CAKE,
    HAMMER,
    ITEMS,
    JAM,
    MILK,
    NAILS,
    SAW,
    TEA,
    random_model,
    small_model,
    with_categories,
    with_heads,
)

from recsvc.model.model import Model
from recsvc.ranking.live_events import LiveEvents
from recsvc.ranking.placements import BY_NAME
from recsvc.ranking.query import Placement, Query, ReasonType, RecommendationList, Source
from recsvc.ranking.ranking import Ranking
from recsvc.ranking.recommender import Recommender
from recsvc.ranking.rerank import diversified
from recsvc.ranking.selection import EVERYTHING, EXACTLY_N, Capped, OverFetch, Pinned, Selection


@pytest.fixture
def shop(model: Model) -> Model:
    return with_categories(model)


@pytest.fixture
def food_first() -> Ranking:
    scores = {TEA: 1.0, MILK: 0.9, CAKE: 0.8, HAMMER: 0.5, SAW: 0.4}
    items, values = np.asarray(list(scores), np.int32), np.asarray(list(scores.values()), np.float32)
    return Ranking(items, values, ("als",) * len(items))


def test_off_leaves_the_ranking_as_it_is(shop: Model, food_first: Ranking) -> None:
    assert diversified(shop, food_first, 0.0, 3) is food_first


def test_without_categories_nothing_changes(model: Model, food_first: Ranking) -> None:
    assert diversified(model, food_first, 0.5, 3) is food_first


def test_another_category_comes_forward(shop: Model, food_first: Ranking) -> None:
    # milk has both categories of tea, cake one of them, hammer none
    assert diversified(shop, food_first, 0.5, 3).items.tolist() == [TEA, HAMMER, CAKE]


def test_a_little_diversity_changes_little(shop: Model, food_first: Ranking) -> None:
    assert diversified(shop, food_first, 0.05, 3).items.tolist() == [TEA, MILK, CAKE]


def test_all_diversity_still_begins_with_the_best_of_each(shop: Model, food_first: Ranking) -> None:
    assert diversified(shop, food_first, 1.0, 2).items.tolist() == [TEA, HAMMER]


def test_scores_still_fall_and_proposers_stay_with_their_items(shop: Model) -> None:
    mixed = Ranking(
        np.asarray([TEA, MILK, SAW], np.int32),
        np.asarray([1, 0.9, 0.5], np.float32),
        ("als", "item_neighbours", "x"),
    )
    made = diversified(shop, mixed, 0.6, 3)
    assert made.items.tolist() == [TEA, SAW, MILK]
    assert made.scores.tolist() == [1, 0.5, 0.5]
    assert made.proposers == ("als", "x", "item_neighbours")


@pytest.mark.parametrize("n", [1, 3, 100])
def test_items_without_a_category_and_short_rankings_are_no_harm(shop: Model, n: int) -> None:
    ranking = Ranking.of(np.asarray([JAM, TEA], np.int32), np.asarray([1, 2], np.float32), ("x", "x"))
    assert diversified(shop, ranking, 0.5, n).items.tolist() == [TEA, JAM][:n]
    assert len(diversified(shop, Ranking.empty(), 0.5, n)) == 0


def test_only_lists_that_the_ranker_makes_are_diversified(shop: Model) -> None:
    plain, diverse = Recommender(shop), Recommender(shop, diversity=1.0)
    for placement in Placement:
        context = ("tea",) if placement.needs_items else ()
        query = Query(placement, 3, "ada", context)
        if placement is Placement.FOR_YOU:
            assert plain.recommend(query) != diverse.recommend(query)
        elif not BY_NAME[placement].is_mixed:
            assert plain.recommend(query) == diverse.recommend(query)


TOOLS = (HAMMER, NAILS, SAW)


def only(*items: int, n_items: int = len(ITEMS)) -> np.ndarray:
    mask = np.zeros(n_items, dtype=bool)
    mask[list(items)] = True
    return mask


def factors(**of: float) -> np.ndarray:
    return np.asarray([of.get(item, 1.0) for item in ITEMS], dtype=np.float32)


def tools_are_one_group(at_most: int) -> Capped:
    return Capped(np.where(only(*TOOLS), 0, -1).astype(np.int32), at_most)


def ids(made: RecommendationList) -> list[str]:
    return [item.item_id for item in made.items]


def recommend(
    query: Query, selection: Selection, model: Model | None = None, over_fetch: OverFetch = EXACTLY_N
):
    return Recommender(model or small_model()).recommend(query, over_fetch=over_fetch, selection=selection)


ALL_QUERIES = [Query(one, 7, "ada", ("tea",) if one.needs_items else ()) for one in Placement]


@pytest.mark.parametrize("query", ALL_QUERIES, ids=lambda query: query.placement)
def test_a_selection_that_says_nothing_changes_nothing(query: Query) -> None:
    assert recommend(query, Selection()) == Recommender(small_model()).recommend(query)


@pytest.mark.parametrize("query", ALL_QUERIES, ids=lambda query: query.placement)
def test_only_what_is_allowed_is_in_a_list_also_where_it_is_filled(query: Query) -> None:
    made = recommend(query, Selection(allowed=only(NAILS, SAW, JAM)))
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


def test_a_boost_puts_an_item_up_and_a_small_factor_down() -> None:
    query = Query(Placement.TRENDING, n=7)
    assert ids(recommend(query, EVERYTHING))[0] == "jam"
    boosted = recommend(query, Selection(factors=factors(nails=100, jam=0.01)))
    assert ids(boosted)[0] == "nails"
    assert max(item.score for item in boosted.items) == 1
    assert ids(boosted).index("jam") > ids(boosted).index("tea")


def test_a_boost_reaches_items_that_would_not_be_in_the_list() -> None:
    assert ids(recommend(Query(Placement.TRENDING, n=1), Selection(factors=factors(tea=100)))) == ["tea"]


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


def test_pins_stand_at_their_positions_and_say_so() -> None:
    made = recommend(Query(user_id="ada", n=4), Selection(pinned=(Pinned(SAW, 3), Pinned(JAM, 1))))
    assert (ids(made)[0], ids(made)[2]) == ("jam", "saw")
    assert [item.source is Source.RULE for item in made.items] == [True, False, True, False]
    assert made.items[0].reason.type is ReasonType.PINNED


def test_of_two_pins_at_one_position_the_first_wins_and_the_other_comes_right_after() -> None:
    pins = (Pinned(SAW, 2), Pinned(JAM, 2), Pinned(NAILS, 1))
    made = ids(recommend(Query(user_id="ada", n=7), Selection(pinned=pins)))
    assert made[:3] == ["nails", "saw", "jam"]
    assert len(set(made)) == len(made) == 7


@pytest.mark.parametrize(
    "query",
    [
        Query(user_id="ada", n=7, exclude=("saw",)),
        Query(user_id="ada", n=7, item_ids=("saw",)),
        Query(Placement.DISCOVER, 7, "bob"),
    ],
    ids=["excluded", "in the context", "bought"],
)
def test_a_pin_of_what_may_not_be_shown_is_not_shown(query: Query) -> None:
    assert "saw" not in ids(recommend(query, Selection(pinned=(Pinned(SAW, 1),))))


def test_a_pin_of_what_is_disliked_or_not_allowed_is_not_shown() -> None:
    pins = (Pinned(SAW, 1), Pinned(JAM, 2))
    live = LiveEvents(disliked=np.asarray([SAW], dtype=np.int32))
    made = Recommender(small_model()).recommend(
        Query(user_id="ada", n=7), live, selection=Selection(pinned=pins, allowed=only(SAW, TEA, MILK))
    )
    assert set(ids(made)) == {"tea", "milk"}


def test_a_pinned_item_takes_a_place_of_its_group() -> None:
    rules = Selection(pinned=(Pinned(SAW, 2),), caps=(tools_are_one_group(1),))
    made = ids(recommend(Query(user_id="bob", n=7), rules))
    assert made[1] == "saw"
    assert not {"nails", "hammer"} & set(made)


def test_a_pin_beyond_the_end_of_a_short_list_closes_it() -> None:
    rules = Selection(pinned=(Pinned(SAW, 5),), allowed=only(SAW, TEA, MILK), is_filled=False)
    made = ids(recommend(Query(user_id="ada", n=7), rules))
    assert made[-1] == "saw"
    assert set(made) == {"tea", "milk", "saw"}


def test_a_list_that_is_not_filled_holds_only_what_the_shopper_may_like() -> None:
    unfilled = Selection(is_filled=False)
    assert recommend(Query(user_id="nobody"), unfilled).items == ()
    assert ids(recommend(Query(Placement.BOUGHT_TOGETHER, item_ids=("saw",)), unfilled)) == ["hammer"]
    assert ids(recommend(Query(Placement.TRENDING, n=2), unfilled)) == ["jam", "nails"]


def test_spare_items_obey_the_same_rules() -> None:
    rules = Selection(allowed=only(TEA, MILK, CAKE, SAW, NAILS), caps=(tools_are_one_group(1),))
    made = ids(recommend(Query(user_id="ada", n=1), rules, over_fetch=OverFetch(spare=9)))
    assert len(made) == 4
    assert set(made) - {"saw", "nails"} == {"tea", "milk", "cake"}


SELECTIONS = st.builds(
    Selection,
    allowed=st.none() | st.integers(1, 6).map(lambda each: np.arange(60) % each == 0),
    factors=st.none()
    | st.integers(0, 9).map(
        lambda seed: np.random.default_rng(seed).uniform(0.01, 100, 60).astype(np.float32)
    ),
    pinned=st.lists(st.builds(Pinned, st.integers(0, 59), st.integers(1, 12)), max_size=4).map(tuple),
    caps=st.lists(
        st.builds(
            lambda n_groups, at_most: Capped((np.arange(60) % n_groups - 1).astype(np.int32), at_most),
            st.integers(1, 8),
            st.integers(1, 4),
        ),
        max_size=2,
    ).map(tuple),
    last=st.sets(st.integers(0, 59), max_size=9).map(lambda items: np.asarray(sorted(items), dtype=np.int32)),
    exclude_bought_days=st.none() | st.floats(0, 99),
    is_filled=st.booleans(),
)
RECOMMENDERS = [Recommender(random_model(3, n_items=60), diversity) for diversity in (0.0, 0.4)]


QUERIES = st.builds(
    lambda placement, n, user: Query(placement, n, f"u{user:05}", ("i00007",), ("i00012",)),
    st.sampled_from(Placement),
    st.integers(1, 20),
    st.integers(0, 7),
)


@settings(deadline=None, max_examples=150)
@given(
    selection=SELECTIONS,
    recommender=st.sampled_from(RECOMMENDERS),
    query=QUERIES,
    spare=st.sampled_from([0, 5]),
)
def test_whatever_the_rules_say_each_list_keeps_them(
    selection: Selection, recommender: Recommender, query: Query, spare: int
) -> None:
    made = recommender.recommend(query, over_fetch=OverFetch(spare), selection=selection)
    shown = [int(one[1:]) for one in ids(made)]
    is_pin = [item.source is Source.RULE for item in made.items]
    assert len(set(shown)) == len(shown)
    assert not {7, 12} & set(shown)
    assert selection.allowed is None or selection.allowed[shown].all()
    scores = [item.score for item in made.items]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    for cap in selection.caps:
        ordinary = [cap.groups[item] for item, pinned in zip(shown, is_pin, strict=True) if not pinned]
        pinned = [cap.groups[item] for item, pinned in zip(shown, is_pin, strict=True) if pinned]
        for group in set(ordinary) - {-1}:
            assert ordinary.count(group) <= max(0, cap.at_most - pinned.count(group))
    asked_for = {pin.item: pin.position for pin in reversed(selection.pinned)}
    for rank, item in enumerate(shown, start=1):
        if is_pin[rank - 1]:
            pushed = sum(position <= asked_for[item] for one, position in asked_for.items() if one != item)
            is_at_the_end = all(is_pin[rank:])
            assert asked_for[item] <= rank <= asked_for[item] + pushed or is_at_the_end
    others = [item in selection.last for item, pinned in zip(shown, is_pin, strict=True) if not pinned]
    assert others == sorted(others)
