"""What the appeal of items adds to scores, online as offline."""

import json
from dataclasses import replace

import numpy as np
import pytest
from support.models import ITEMS, JAM, NAILS, small_model

from recsvc.errors import DamagedModelError
from recsvc.model.model import Model
from recsvc.ranking.appeal import APPEAL, AppealWeight
from recsvc.ranking.candidates import Candidates, Proposer
from recsvc.ranking.features import FEATURES, features
from recsvc.ranking.history import history_of
from recsvc.ranking.personal_places import PersonalPlaces
from recsvc.ranking.query import Query
from recsvc.ranking.ranker import read_ranker
from recsvc.ranking.recommender import Recommender
from recsvc.ranking.user_state import UserState

BY_SALES = '{"blend": {"month_sales": 1.0}}'
NAMES = (*FEATURES, APPEAL)
HALF = AppealWeight(share=1.0, weight=0.5)


def table(appeal: list[float]) -> np.ndarray:
    """Return features of items of which the first sells best, and all are as appealing as that."""
    values = np.zeros((len(appeal), len(NAMES)), dtype=np.float32)
    values[:, NAMES.index("month_sales")] = np.arange(len(appeal), 0, -1)
    values[:, -1] = appeal
    return values


def liked(model: Model, **appeal: float) -> Model:
    """Return the model in which items have this appeal, and both rankers ask for it."""
    values = np.asarray([appeal.get(item, 0.0) for item in ITEMS], dtype=np.float32)
    text = AppealWeight(1.0, 10.0).written("{}")
    return replace(model, item_appeal=values, ranker_all=text, ranker_new=text)


def test_appeal_adds_its_weight_to_the_score() -> None:
    ranker, features_of_four = read_ranker(HALF.written(BY_SALES), NAMES), table([0, 0, 1, -1])
    assert ranker.score(features_of_four) == pytest.approx([1.0, 0.75, 0.5 + 0.5, 0.25 - 0.5])
    assert ranker.score_best(features_of_four, 2) == pytest.approx(ranker.score(features_of_four))
    assert ranker.slopes(features_of_four.astype(float), ranker.score(features_of_four))[-1] == 0.5


def test_what_features_add_is_the_score() -> None:
    ranker, features_of_four = read_ranker(HALF.written(BY_SALES), NAMES), table([0.5, 0, 1, -1])
    for row, score in enumerate(ranker.score(features_of_four)):
        terms = ranker.contributions(features_of_four, row)
        assert terms.base + terms.of_features.sum() == pytest.approx(score)
        assert terms.of_features[-1] == pytest.approx(0.5 * features_of_four[row, -1])


def test_an_altered_row_gets_what_it_would_in_the_list() -> None:
    ranker, features_of_four = read_ranker(HALF.written(BY_SALES), NAMES), table([0, 0, 1, -1])
    altered = features_of_four[[3]].copy()
    altered[:, -1] = 2
    found = ranker.score_altered(altered, features_of_four, ranker.score(features_of_four))
    assert found == pytest.approx([0.25 + 1.0])


def test_a_ranker_that_does_not_ask_for_appeal_scores_as_without() -> None:
    assert read_ranker(BY_SALES, NAMES).score(table([9, -9, 9])) == pytest.approx([1, 2 / 3, 1 / 3])


def test_a_model_that_knows_no_appeal_ranks_without() -> None:
    without = table([9, -9, 9])[:, :-1]
    assert read_ranker(HALF.written(BY_SALES)).score(without) == pytest.approx([1, 2 / 3, 1 / 3])


def test_appeal_is_read_behind_personal_places() -> None:
    places = PersonalPlaces(2, {"als": 1.0})
    ranker = read_ranker(places.written(HALF.written(BY_SALES)), NAMES)
    assert ranker.score(table([0, 0, 1])) == pytest.approx([1, 2 / 3, 1 / 3 + 0.5])


@pytest.mark.parametrize("said", [[1], [1, 2, 3], [1, -1], [1, float("inf")], ["a", 1], {"a": 1}, 3])
def test_a_weight_that_is_none_is_refused(said: object) -> None:
    with pytest.raises(DamagedModelError, match="weight of appeal"):
        read_ranker(f"{json.dumps({APPEAL: said})}\n{BY_SALES}", NAMES)


def test_the_appeal_of_each_candidate_is_the_last_feature(model: Model) -> None:
    made = liked(model, jam=0.25, nails=-1.0)
    proposer = Proposer(made)
    user = UserState(0, history_of(made, 0))
    candidates = Candidates.scored(
        np.asarray([JAM, NAILS], np.int32), next(iter(proposer.scores_of_all([user])))
    )
    known = features(made, user, candidates)
    assert known[:, -1].tolist() == [0.25, -1.0]
    np.testing.assert_array_equal(known[:, :-1], features(model, user, candidates))


def test_what_is_liked_where_it_is_seen_comes_first(model: Model) -> None:
    def first(made: Model) -> str:
        return Recommender(made).recommend(Query(user_id="ada")).items[0].item_id

    assert first(model) != "cake"
    assert first(liked(model, cake=1.0)) == "cake"
    assert first(liked(model)) == first(small_model())
