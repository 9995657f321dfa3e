import json
from dataclasses import replace

import numpy as np
import pytest

from recsvc.errors import DamagedModelError
from recsvc.model.model import Model
from recsvc.ranking.features import FEATURES
from recsvc.ranking.personal_places import PersonalPlaces
from recsvc.ranking.query import Placement, Query
from recsvc.ranking.ranker import WithPersonalPlaces, read_ranker
from recsvc.ranking.recommender import Recommender

TWO = PersonalPlaces(2, {"als": 1.0})
BY_SALES = '{"blend": {"month_sales": 1.0}}'
SELLS = np.arange(30, 10, -1).astype(np.float32)
"""Of twenty items, best first."""


def tastes(**by_place: float) -> np.ndarray:
    """Return what taste says of the twenty items: 0 but for ``by_place``, such as ``at_12=1``."""
    says = np.zeros(20, dtype=np.float32)
    for name, value in by_place.items():
        says[int(name.removeprefix("at_"))] = value
    return says


def order(scores: np.ndarray) -> list[int]:
    return np.argsort(-scores, kind="stable").tolist()


def test_the_last_of_the_first_ten_places_go_to_taste_and_the_rest_stays_in_its_order() -> None:
    placed = TWO.placed(SELLS, tastes(at_0=9, at_12=1, at_15=2))
    assert order(placed) == [0, 1, 2, 3, 4, 5, 6, 7, 15, 12, 8, 9, 10, 11, 13, 14, 16, 17, 18, 19]
    assert len(set(placed.tolist())) == 20


@pytest.mark.parametrize("says", [tastes(), -tastes(at_12=1)])
def test_where_taste_says_nothing_the_list_stays(says: np.ndarray) -> None:
    assert order(TWO.placed(SELLS, says)) == list(range(20))


@pytest.mark.parametrize("n", [0, 1, 8, 9])
def test_short_lists_are_no_trouble(n: int) -> None:
    assert order(TWO.placed(SELLS[:n], tastes(at_8=1)[:n])) == list(range(n))


def test_scores_that_are_all_the_same_still_leave_room_for_taste() -> None:
    placed = TWO.placed(np.full(20, 5, np.float32), tastes(at_19=1))
    assert order(placed)[:10] == [0, 1, 2, 3, 4, 5, 6, 7, 19, 8]


def ranker_and_table(says: np.ndarray) -> tuple[WithPersonalPlaces, np.ndarray]:
    ranker = read_ranker(TWO.written(BY_SALES))
    assert isinstance(ranker, WithPersonalPlaces)
    table = np.zeros((20, len(FEATURES)), dtype=np.float32)
    table[:, FEATURES.index("month_sales")], table[:, FEATURES.index("als")] = SELLS, says
    return ranker, table


def test_what_is_served_is_read_from_the_first_line_of_a_ranker() -> None:
    ranker, table = ranker_and_table(tastes(at_12=1, at_15=2))
    assert ranker.places == TWO
    assert order(ranker.score(table))[8:10] == [15, 12]
    assert order(ranker.score_best(table, 20)) == order(ranker.score(table))


def test_without_what_taste_said_of_it_an_item_falls_back_to_its_place() -> None:
    ranker, table = ranker_and_table(tastes(at_12=1, at_15=2))
    scores = ranker.score(table)
    assert ranker.score_altered(table, table, scores).tolist() == pytest.approx(
        [*scores[:12], scores[15], *scores[13:]], rel=1e-6
    )
    without = table[[12, 15]].copy()
    without[:, FEATURES.index("als")] = 0
    assert ranker.score_altered(without, table, scores).max() < scores[8]


def test_an_item_has_not_fallen_for_certain_before_three_more_are_ahead() -> None:
    ranker, table = ranker_and_table(tastes(at_12=9, at_13=8, at_14=7, at_15=6, at_16=5))
    scores = ranker.score(table)
    less = table[[12, 12]].copy()
    less[:, FEATURES.index("als")] = [5.1, 4.9]
    kept, fallen = ranker.score_altered(less, table, scores)
    assert kept > scores[8] > fallen


def test_a_personal_place_is_put_down_to_taste() -> None:
    ranker, table = ranker_and_table(tastes(at_12=1, at_15=2))
    scores = ranker.score(table)
    for row in (0, 8, 12, 15):
        terms = ranker.contributions(table, row)
        assert terms.base + terms.of_features.sum() == pytest.approx(scores[row], rel=1e-5)
        by_taste = terms.of_features[FEATURES.index("als")]
        assert (by_taste > 0.1) == (row in {12, 15})
    best = np.argsort(-scores, kind="stable")
    chosen, slopes = ranker.taste_slopes(table[best].astype(np.float64), scores[best])
    assert chosen.tolist() == [8, 9]
    assert np.flatnonzero(slopes).tolist() == [FEATURES.index("als")]


@pytest.mark.parametrize(
    "line",
    [
        {"personal_places": 0, "taste": {"als": 1}},
        {"personal_places": 10, "taste": {"als": 1}},
        {"personal_places": True, "taste": {"als": 1}},
        {"personal_places": 2, "taste": {}},
        {"personal_places": 2, "taste": {"als": "much"}},
        {"personal_places": 2, "taste": {"charm": 1}},
        {"personal_places": 2},
    ],
    ids=str,
)
def test_places_that_do_not_exist_are_refused(line: dict[str, object]) -> None:
    with pytest.raises(DamagedModelError, match=r"cannot be read|do not exist"):
        read_ranker(f"{json.dumps(line)}\n{BY_SALES}")


def test_a_list_that_is_shorter_than_ten_is_served(model: Model) -> None:
    recommender = Recommender(replace(model, ranker_new=TWO.written(BY_SALES)))
    answer = recommender.recommend(Query(Placement.DISCOVER, user_id="ada", n=2))
    assert [item.item_id for item in answer.items] == ["jam", "cake"]
