import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recsvc.ranking.query import Source
from recsvc.ranking.ranking import Ranking

POPULAR = Source.POPULAR


def ranking(scores: dict[int, float], source: Source = POPULAR) -> Ranking:
    """Return a ranking of item -> raw score."""
    items, values = np.asarray(list(scores), np.int32), np.asarray(list(scores.values()), np.float32)
    return Ranking.of(items, values, (source,) * len(items))


def test_the_highest_score_is_first() -> None:
    assert ranking({3: -1.5, 1: 7, 2: 0.5}).items.tolist() == [1, 2, 3]


def test_equal_scores_are_in_the_order_of_the_item() -> None:
    assert ranking({5: 1, 2: 1, 9: 2, 3: 1}).items.tolist() == [9, 2, 3, 5]


def test_each_item_keeps_its_proposer() -> None:
    made = Ranking.of(np.asarray([4, 7], np.int32), np.asarray([1, 2], np.float32), (Source.ALS, POPULAR))
    assert made.proposers == (POPULAR, Source.ALS)


def test_scores_are_scaled_from_just_above_0_to_1() -> None:
    scores = ranking({1: -10, 2: 0, 3: 10}).scores
    np.testing.assert_allclose(scores, [1, 0.5, 0], atol=1e-3)
    assert scores[-1] > 0
    assert scores.dtype == np.float32


def test_equal_scores_are_all_1() -> None:
    assert ranking({1: -3, 2: -3}).scores.tolist() == [1, 1]


def test_a_ranking_of_nothing_is_empty() -> None:
    assert len(ranking({})) == len(Ranking.empty()) == len(ranking({}).filled_from(Ranking.empty())) == 0


def test_the_first_are_cut_off_with_scores_and_sources() -> None:
    first = ranking({1: 3, 2: 2, 3: 1}).first(2)
    assert (first.items.tolist(), len(first.scores), len(first.proposers)) == ([1, 2], 2, 2)


def test_a_ranking_is_filled_with_what_is_new_behind_its_own_items() -> None:
    fallback = ranking({2: 9, 7: 8}, Source.TRENDING).filled_from(ranking({5: 7}))
    filled = ranking({1: 3, 2: 2}, Source.ALS).filled_from(fallback)
    assert filled.items.tolist() == [1, 2, 7, 5]
    assert filled.proposers == (Source.ALS, Source.ALS, Source.TRENDING, POPULAR)


def test_an_empty_ranking_is_filled_with_the_fallback_as_it_is() -> None:
    fallback = ranking({2: 9, 7: 8})
    filled = Ranking.empty().filled_from(fallback)
    assert (filled.items.tolist(), filled.scores.tolist()) == ([2, 7], fallback.scores.tolist())


SCORES = st.dictionaries(
    st.integers(0, 30), st.floats(-1e6, 1e6, width=32).filter(lambda score: score == 0 or abs(score) > 1e-6)
)


@given(SCORES, SCORES)
def test_scores_fall_within_0_and_1_also_when_filled(own: dict[int, float], other: dict[int, float]) -> None:
    filled = ranking(own).filled_from(ranking(other))
    assert sorted(filled.items.tolist()) == sorted({*own, *other})
    assert (np.diff(filled.scores) <= 0).all()
    assert ((filled.scores >= 0) & (filled.scores <= 1)).all()
    assert len(filled.proposers) == len(filled)
