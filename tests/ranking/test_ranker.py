import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import lightgbm
import numpy as np
import pytest

from recsvc.errors import DamagedModelError
from recsvc.model.model import Model
from recsvc.ranking.features import FEATURES
from recsvc.ranking.query import Placement, Query
from recsvc.ranking.ranker import Blend, Trees, read_ranker
from recsvc.ranking.recommender import Recommender


def table(**columns: list[float]) -> np.ndarray:
    """Return features that are 0 but for ``columns``."""
    values = np.zeros((len(next(iter(columns.values()))), len(FEATURES)), dtype=np.float32)
    for name, column in columns.items():
        values[:, FEATURES.index(name)] = column
    return values


def trees_that_follow(feature: str) -> str:
    rng = np.random.default_rng(0)
    features = rng.random((400, len(FEATURES)))
    wanted = features[:, FEATURES.index(feature)] > 0.5
    parameters = {"objective": "binary", "num_leaves": 2, "verbose": -1, "num_threads": 1}
    return lightgbm.train(parameters, lightgbm.Dataset(features, wanted), 20).model_to_string()


def test_a_blend_scales_each_feature_to_its_largest() -> None:
    blend = Blend({"als": 1.0, "month_sales": 2.0})
    assert blend.score(table(als=[1, 2], month_sales=[100, 50])).tolist() == [0.5 + 2.0, 1.0 + 1.0]


def test_a_negative_score_adds_nothing_to_a_blend() -> None:
    assert Blend({"als": 1.0}).score(table(als=[-5, 0, 5])).tolist() == [0, 0, 1]


def test_trees_score_by_what_they_learned() -> None:
    scores = Trees(trees_that_follow("basket_neighbours")).score(
        table(basket_neighbours=[0.1, 0.9], als=[0.9, 0.1])
    )
    assert scores[1] > scores[0]


def test_the_best_rows_are_scored_by_all_trees_and_the_others_come_behind() -> None:
    rng = np.random.default_rng(1)
    features = rng.random((300, len(FEATURES))).astype(np.float32)
    wanted = features[:, 0] + features[:, 1] * features[:, 2]
    parameters = {"objective": "regression", "verbose": -1, "num_threads": 1, "learning_rate": 0.05}
    trees = Trees(lightgbm.train(parameters, lightgbm.Dataset(features, wanted), 80).model_to_string())
    exact, quick = trees.score(features), trees.score_best(features, 100)
    first = np.argsort(-exact)[:40]
    assert np.argsort(-quick)[:40].tolist() == first.tolist()
    assert np.allclose(quick[first], exact[first], atol=1e-6)
    assert (np.sort(quick)[::-1][:100] >= quick[np.argsort(-quick)[100]]).all()
    assert trees.score_best(features[:100], 100).tolist() == trees.score(features[:100]).tolist()


def test_a_linear_model_of_a_list_finds_what_its_ranker_goes_by() -> None:
    features = np.random.default_rng(2).random((200, len(FEATURES))).astype(np.float32)
    for ranker in (Blend({"als": 1.0}), Trees(trees_that_follow("als"))):
        slopes = ranker.slopes(features.astype(np.float64), ranker.score(features))
        assert FEATURES[int(np.abs(slopes).argmax())] == "als"


@pytest.mark.parametrize("value", [0.1, 300.7, 1e30])
def test_what_is_the_same_for_all_candidates_has_no_slope(value: float) -> None:
    features = np.random.default_rng(1).random((120, len(FEATURES)))
    features[:, FEATURES.index("user_age_days")] = np.float32(value)
    slopes = Trees(trees_that_follow("als")).slopes(features, features[:, 0].astype(np.float32))
    assert slopes[FEATURES.index("user_age_days")] == 0
    assert slopes[FEATURES.index("als")] > 0.5


@pytest.mark.parametrize("ranker", [Blend({"als": 1.0}), Trees(trees_that_follow("als"))])
def test_no_candidates_are_no_scores(ranker: Blend | Trees) -> None:
    assert ranker.score(np.empty((0, len(FEATURES)), np.float32)).shape == (0,)


@pytest.mark.parametrize(
    "text", ["", "tree\nversion=v4\n", "{", '{"blend": 3}', '{"blend": {"als": "much"}}']
)
def test_a_text_that_is_no_ranker_is_refused(text: str) -> None:
    with pytest.raises(DamagedModelError, match="ranker cannot be read"):
        read_ranker(text)


def test_a_blend_of_what_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(DamagedModelError, match="do not exist: charm"):
        read_ranker(json.dumps({"blend": {"charm": 1.0}}))


def test_trees_of_another_number_of_features_are_refused() -> None:
    data = lightgbm.Dataset(np.random.default_rng(0).random((100, 3)), [0, 1] * 50)
    text = lightgbm.train({"objective": "binary", "verbose": -1, "num_threads": 1}, data, 1).model_to_string()
    with pytest.raises(DamagedModelError, match=f"learned from 3 features; this program has {len(FEATURES)}"):
        read_ranker(text)


def test_lists_with_and_without_repeats_follow_their_own_ranker(model: Model) -> None:
    by_sales = replace(
        model,
        ranker_all=json.dumps({"blend": {"own_orders": 1.0}}),
        ranker_new=json.dumps({"blend": {"month_sales": 1.0}}),
    )
    recommender = Recommender(by_sales)
    all_items = recommender.recommend(Query(Placement.FOR_YOU, user_id="ada", n=2)).items
    new_items = recommender.recommend(Query(Placement.DISCOVER, user_id="ada", n=2)).items
    assert [item.item_id for item in all_items] == ["tea", "milk"]
    assert [item.item_id for item in new_items] == ["jam", "cake"]


@pytest.mark.parametrize("ranker", [Blend({"als": 1.0, "month_sales": 2.0}), Trees(trees_that_follow("als"))])
def test_contributions_add_up_to_the_score(ranker: Blend | Trees) -> None:
    rows = table(als=[0.1, 0.9, 0.4], month_sales=[3, 1, 2])
    for row, score in enumerate(ranker.score(rows)):
        terms = ranker.contributions(rows, row)
        assert terms.base + terms.of_features.sum() == pytest.approx(score, rel=1e-5)
        assert set(np.flatnonzero(terms.of_features)) <= {
            FEATURES.index(name) for name in ("als", "month_sales")
        }


def test_the_best_are_scored_the_same_by_many_threads_at_once() -> None:
    rng = np.random.default_rng(8)
    table = rng.random((400, len(FEATURES))).astype(np.float32)
    parameters = {"objective": "regression", "verbose": -1, "num_threads": 1}
    data = lightgbm.Dataset(table, table[:, 0] + table[:, 1] * table[:, 2])
    trees = Trees(lightgbm.train(parameters, data, 60).model_to_string())
    expected = trees.score_best(table, 50).tolist()
    with ThreadPoolExecutor(8) as threads:
        found = threads.map(lambda _: trees.score_best(table, 50).tolist(), range(400))
        assert all(one == expected for one in found)
