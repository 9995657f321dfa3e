import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import lightgbm
import numpy as np
import pytest
from support.models import HAMMER, ITEMS, MILK, TEA, random_model, small_model, with_categories

from recsvc.errors import UnknownItemError
from recsvc.model.model import Model
from recsvc.ranking.cold_start import ColdStartItem, ColdStartMaker
from recsvc.ranking.explain.explainer import explain
from recsvc.ranking.explain.explanation import (
    Circumstances,
    Explanation,
    KeptOut,
    Obstacle,
    Purchase,
    SourceView,
)
from recsvc.ranking.features import FEATURES
from recsvc.ranking.live_events import Acts, LiveEvents
from recsvc.ranking.query import Placement, Query, ReasonType, Strategy
from recsvc.ranking.recommender import Recommender
from recsvc.ranking.selection import Capped, OverFetch, Pinned, Selection
from recsvc.ranking.sources.all import SOURCES

SMALL = Recommender(small_model())
FOR_ADA = Query(user_id="ada", n=2)
"""Shows tea and milk, which she bought; next would be cake."""


@cache
def trees() -> str:
    rng = np.random.default_rng(0)
    table = rng.random((500, len(FEATURES)))
    wanted = table[:, FEATURES.index("als")] + table[:, FEATURES.index("own_orders")] > 1
    parameters = {"objective": "binary", "num_leaves": 7, "verbose": -1, "num_threads": 1}
    return lightgbm.train(parameters, lightgbm.Dataset(table, wanted), 20).model_to_string()


def shown_of(recommender: Recommender, query: Query, circumstances: Circumstances) -> list[str]:
    """Return what the shopper sees, as serving does it."""
    made = recommender.recommend(query, circumstances.live, circumstances.over_fetch)
    unavailable = {recommender.model.items.id_of(int(item)) for item in circumstances.over_fetch.unavailable}
    return [item.item_id for item in made.items if item.item_id not in unavailable][: query.n]


def cases() -> Iterator[tuple[Recommender, Query, Circumstances]]:
    model = random_model(3)
    by_trees = replace(model, ranker_all=trees(), ranker_new=trees())
    acts = Acts.of([(5, 1.0, 1.0, 0), (250, 2.0, 1.0, 1)])
    everything = (
        Circumstances(),
        Circumstances(over_fetch=OverFetch(5, np.arange(0, 300, 3, dtype=np.int32))),
        Circumstances(live=LiveEvents(purchases=acts, disliked=np.asarray([4, 7], np.int32))),
    )
    for recommender in (Recommender(by_trees), Recommender(by_trees, diversity=0.4), Recommender(model)):
        for placement in Placement:
            context = ("i00001", "i00002") if placement.needs_items else ()
            for user_id in ("u00001", "u00005", None):
                for circumstances in everything:
                    if user_id is not None or circumstances.live is None:
                        yield recommender, Query(placement, 8, user_id, context, ("i00011",)), circumstances


def test_the_rank_told_is_that_in_the_list_and_what_is_not_shown_has_none() -> None:
    n_shown = 0
    for recommender, query, circumstances in cases():
        shown = shown_of(recommender, query, circumstances)
        others = [f"i{number:05}" for number in range(0, 300, 41)]
        for item_id in {*shown, *others, *query.item_ids, *query.exclude}:
            told = explain(recommender, query, item_id, circumstances)
            expected = shown.index(item_id) + 1 if item_id in shown else None
            assert (told.rank, told.n_shown) == (expected, len(shown)), (query, item_id)
            assert (told.kept_out_by is None) == (item_id in shown)
        n_shown += len(shown)
    assert n_shown > 500


def test_score_and_reason_are_those_of_the_list() -> None:
    for recommender, query, circumstances in cases():
        made = recommender.recommend(query, circumstances.live, circumstances.over_fetch).items[:2]
        for item in made:
            told = explain(recommender, query, item.item_id, circumstances)
            if told.rank == item.rank:
                assert (told.score, told.reason) == (item.score, item.reason)


def test_contributions_of_features_add_up_to_the_score_of_the_ranker() -> None:
    names = set()
    for recommender, query, circumstances in cases():
        judgement = explain(recommender, query, "i00033", circumstances).judgement
        if judgement is None:
            continue
        names |= {one.name for one in judgement.features}
        total = judgement.base + sum(one.contribution for one in judgement.features)
        assert total == pytest.approx(judgement.score, rel=1e-4, abs=1e-5)
        sizes = [abs(one.contribution) for one in judgement.features]
        assert sizes == sorted(sizes, reverse=True)
        assert sizes[0] > 0
    assert names == set(FEATURES)


def told_of(item_id: str, query: Query = FOR_ADA, **circumstances) -> Explanation:
    return explain(SMALL, query, item_id, Circumstances(**circumstances))


def why_not(item_id: str, query: Query = FOR_ADA, **circumstances) -> Obstacle | None:
    told = told_of(item_id, query, **circumstances).kept_out_by
    return told.what if told else None


@pytest.mark.parametrize(
    ("item_id", "query", "what"),
    [
        ("tea", FOR_ADA, None),
        ("soup", FOR_ADA, Obstacle.UNKNOWN_ITEM),
        ("tea", replace(FOR_ADA, item_ids=("tea",)), Obstacle.CONTEXT),
        ("tea", replace(FOR_ADA, exclude=("tea",)), Obstacle.EXCLUDED),
        ("tea", replace(FOR_ADA, placement=Placement.DISCOVER), Obstacle.ALREADY_BOUGHT),
        ("cake", replace(FOR_ADA, placement=Placement.BUY_AGAIN), Obstacle.NEVER_BOUGHT),
        ("saw", Query(Placement.SIMILAR, item_ids=("tea",), n=2), Obstacle.NOT_A_CANDIDATE),
        ("cake", FOR_ADA, Obstacle.RANK),
        ("saw", Query(Placement.TRENDING, n=2), Obstacle.RANK),
        ("cake", Query(Placement.BUY_AGAIN), Obstacle.NEVER_BOUGHT),
        ("cake", Query(Placement.BUY_AGAIN, user_id="nobody"), Obstacle.NEVER_BOUGHT),
        ("saw", Query(Placement.BOUGHT_TOGETHER, item_ids=("jam",)), Obstacle.NOT_A_CANDIDATE),
    ],
)
def test_what_kept_an_item_out_is_named(item_id: str, query: Query, what: Obstacle | None) -> None:
    assert why_not(item_id, query) is what


def test_what_the_shopper_dislikes_is_kept_out_for_that() -> None:
    assert why_not("tea", live=LiveEvents(disliked=np.asarray([TEA], np.int32))) is Obstacle.DISLIKED


def test_what_cannot_be_shown_is_kept_out_for_the_reason_that_the_shop_gives() -> None:
    over_fetch = OverFetch(5, np.asarray([TEA], np.int32))
    withdrawn = KeptOut(Obstacle.WITHDRAWN, "gone")
    assert told_of("tea", over_fetch=over_fetch, unavailable=withdrawn).kept_out_by == withdrawn
    assert why_not("tea", over_fetch=over_fetch) is Obstacle.OUT_OF_STOCK
    assert told_of("cake", over_fetch=over_fetch).rank == 2


def test_what_a_rule_forbids_is_kept_out_for_that() -> None:
    query = replace(FOR_ADA, n=1)
    everything_but_milk = np.arange(len(ITEMS)) != MILK
    assert why_not("milk", query, selection=Selection(allowed=everything_but_milk)) is Obstacle.FILTER
    lately = Selection(exclude_bought_days=30)
    assert why_not("milk", query, selection=lately) is Obstacle.RECENTLY_BOUGHT
    assert why_not("milk", query, selection=Selection(exclude_bought_days=20)) is None
    rested = Selection(last=np.asarray([MILK], np.int32))
    assert why_not("milk", query, selection=rested) is Obstacle.ROTATION


def test_without_dates_nothing_was_bought_recently(model: Model) -> None:
    windows = model.popularity_windows_days[:1]
    undated = replace(model, popularity=model.popularity[:1], popularity_windows_days=windows)
    lately = Circumstances(selection=Selection(exclude_bought_days=30))
    told = explain(Recommender(undated), replace(FOR_ADA, n=1), "milk", lately)
    assert told.kept_out_by is not None
    assert told.kept_out_by.what is Obstacle.RANK


def test_a_full_group_is_named_where_what_comes_behind_is_shown() -> None:
    groups = np.full(len(ITEMS), -1, np.int32)
    groups[[TEA, MILK, HAMMER]] = 0
    selection = Selection(caps=(Capped(groups, 1),))
    assert why_not("milk", selection=selection) is Obstacle.CAP
    assert why_not("cake", replace(FOR_ADA, n=1), selection=selection) is Obstacle.RANK


def test_a_variant_that_another_one_stands_for_is_told_so() -> None:
    variants = np.full(len(ITEMS), -1, np.int32)
    variants[[TEA, MILK]] = 0
    selection = Selection(variants=variants)
    assert why_not("milk", selection=selection) is Obstacle.VARIANT
    assert why_not("cake", replace(FOR_ADA, n=1), selection=selection) is Obstacle.RANK
    like_tea = Query(Placement.SIMILAR, n=2, item_ids=("tea",))
    assert why_not("milk", like_tea, selection=selection) is Obstacle.VARIANT


def test_a_variant_of_what_was_bought_is_told_so_in_discover() -> None:
    variants = np.full(len(ITEMS), -1, np.int32)
    variants[[TEA, MILK]] = 0
    ann = Query(Placement.DISCOVER, 7, "ann")
    assert why_not("milk", ann) is None
    assert why_not("milk", ann, selection=Selection(variants=variants)) is Obstacle.VARIANT_BOUGHT


def test_what_gave_way_to_other_categories_is_told_so() -> None:
    diverse = Recommender(with_categories(small_model()), diversity=0.9)
    told = explain(diverse, FOR_ADA, "milk")
    assert (told.candidate_rank, told.kept_out_by and told.kept_out_by.what) == (2, Obstacle.DIVERSITY)


def test_the_place_among_the_candidates_is_told_beyond_the_list() -> None:
    told = told_of("cake")
    assert (told.rank, told.candidate_rank, told.n_candidates) == (None, 3, 7)


def test_a_list_of_what_sells_ranks_the_whole_catalogue() -> None:
    told = told_of("saw", Query(n=2))
    assert (told.strategy, told.candidate_rank, told.n_candidates) == (Strategy.TRENDING, 7, 7)
    assert [one.source for one in told.sources] == ["trending", "popular"]


def test_each_source_tells_its_score_and_the_place_it_gives() -> None:
    views = {one.source: one for one in told_of("milk").sources}
    assert tuple(views) == (*(source.name for source in SOURCES), "repurchase")
    # 9 x .8 from tea; cake has 9 x .6 from tea, tea 3 x .8 from milk
    assert views["item_neighbours"] == SourceView("item_neighbours", pytest.approx(7.2), 1, 3, proposed=True)
    assert views["month_sales"] == SourceView("month_sales", 3.0, 3, 7, proposed=True)
    assert views["repurchase"].rank == 2


def test_a_source_that_gives_no_score_gives_no_place() -> None:
    views = {one.source: one for one in told_of("saw").sources}
    assert views["item_neighbours"] == SourceView("item_neighbours", 0.0, None, 3, proposed=False)


def test_what_goes_with_a_cart_comes_from_one_source() -> None:
    told = told_of("cake", Query(Placement.BOUGHT_TOGETHER, 2, item_ids=("tea",)))
    (view,) = told.sources
    assert (view.source, view.rank, view.n_scored, view.proposed) == ("cart", 2, 2, True)
    assert told.judgement is None


def test_what_is_similar_comes_from_what_is_alike_and_from_what_the_buyers_buy() -> None:
    told = told_of("cake", Query(Placement.SIMILAR, 2, item_ids=("tea",)))
    seen = [(view.source, view.rank, view.n_scored, view.proposed) for view in told.sources]
    assert seen == [("alternatives", None, 1, False), ("item_neighbours", 2, 2, True)]


def test_purchases_behind_an_item_are_told_strongest_first() -> None:
    tea, milk = told_of("cake").because_of
    assert (tea.item_id, tea.orders, tea.last_days_ago) == ("tea", 3, 1)
    assert (milk.item_id, milk.orders, milk.last_days_ago) == ("milk", 1, 20)
    assert tea.share + milk.share == pytest.approx(1)
    assert tea.share > milk.share


def test_behind_a_repurchase_is_the_purchase() -> None:
    assert told_of("tea").because_of == (Purchase("tea", 1.0, 3, 1),)
    told = told_of("tea", replace(FOR_ADA, placement=Placement.BUY_AGAIN))
    assert told.reason is not None
    assert told.reason.type is ReasonType.YOU_BUY_THIS_REGULARLY
    assert 0 < (told.due_within_week or 0) < 1


def test_what_somebody_looks_at_is_no_purchase() -> None:
    told = told_of("cake", Query(Placement.SIMILAR, item_ids=("tea",)))
    assert told.because_of == (Purchase("tea", 1.0),)


def test_what_sells_has_no_purchases_behind_it() -> None:
    assert told_of("saw").because_of == ()


def test_what_is_no_candidate_is_judged_as_if_it_were(model: Model) -> None:
    by_habit = json.dumps({"blend": {"own_orders": 2.0}})
    recommender = Recommender(replace(model, ranker_new=by_habit))
    told = explain(recommender, Query(Placement.DISCOVER, user_id="ada"), "tea")
    assert told.candidate_rank is None
    assert told.judgement is not None
    assert (told.judgement.score, told.judgement.features[0].name) == (2.0, "own_orders")


def test_a_list_that_cannot_be_made_cannot_be_explained() -> None:
    with pytest.raises(UnknownItemError, match="soup"):
        told_of("cake", Query(Placement.SIMILAR, item_ids=("soup",)))


def test_items_that_fill_a_list_are_told_to_sell() -> None:
    told = told_of("jam", Query(Placement.SIMILAR, item_ids=("tea",), n=3))
    assert (told.rank, told.candidate_rank) == (3, None)
    assert [one.source for one in told.sources if one.proposed] == ["trending"]


def test_cold_start_items_and_what_rules_do_are_told_as_the_list_shows_them() -> None:
    recommender = Recommender(with_categories(small_model()))
    new = ColdStartMaker(recommender.model).make(
        [
            ColdStartItem("coffee", ("Food > Drinks",)),
            ColdStartItem("drill", ("Tools",)),
            ColdStartItem("book", buyers=(0,)),
        ],
        0.5,
    )
    allowed = np.ones(len(ITEMS) + 3, dtype=bool)
    allowed[new.known.index_of("book")] = False
    rules = Selection(allowed=allowed, pinned=(Pinned(HAMMER, 1),))
    query = replace(FOR_ADA, n=4)
    circumstances = Circumstances(selection=rules, cold_start=new)
    made = recommender.recommend(query, selection=rules, cold_start=new)
    shown = [item.item_id for item in made.items]
    assert {"hammer", "coffee"} <= set(shown)
    for item_id in new.known.learned.ids:
        told = explain(recommender, query, item_id, circumstances)
        assert told.rank == (shown.index(item_id) + 1 if item_id in shown else None)
    coffee, book, drill = (
        explain(recommender, query, one, circumstances) for one in ("coffee", "book", "drill")
    )
    assert (coffee.rank, coffee.sources, coffee.judgement) == (shown.index("coffee") + 1, (), None)
    assert coffee.reason == made.items[shown.index("coffee")].reason
    assert {one.item_id for one in coffee.because_of} == {"tea", "milk"}
    assert book.kept_out_by is not None
    assert book.kept_out_by.what is Obstacle.FILTER
    assert drill.kept_out_by is not None
    assert drill.kept_out_by.what is Obstacle.NOT_A_CANDIDATE
