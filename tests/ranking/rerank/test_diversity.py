import numpy as np
import pytest
from support.models import CAKE, HAMMER, JAM, MILK, SAW, TEA, with_categories

from recsvc.model.model import Model
from recsvc.ranking.placements import BY_NAME
from recsvc.ranking.query import Placement, Query
from recsvc.ranking.ranking import Ranking
from recsvc.ranking.recommender import Recommender
from recsvc.ranking.rerank import diversified


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
