import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsvc.ranking.candidates import SOURCES, Candidates
from recsvc.ranking.history import History
from recsvc.ranking.query import Source
from recsvc.ranking.ranking import Ranking, proposers_of, source_of

POPULAR = Source.POPULAR


def ranking(scores: dict[int, float], source: Source = POPULAR) -> Ranking:
    """Return a ranking of item -> raw score."""
    items, values = np.asarray(list(scores), np.int32), np.asarray(list(scores.values()), np.float32)
    return Ranking.of(items, values, (source,) * len(items))


def candidates(**scores: list[float]) -> Candidates:
    """Return candidates 0, 1, … with these scores of sources, 0 of the others."""
    n = len(next(iter(scores.values())))
    table = np.zeros((n, len(SOURCES)), np.float32)
    for source, column in scores.items():
        table[:, SOURCES.index(source)] = column
    return Candidates(np.arange(n, dtype=np.int32), table)


NOTHING_BOUGHT = History.of_items([])


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


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("als", Source.ALS),
        ("forward_new", Source.ALS),
        ("audience", Source.ALS),
        ("similar", Source.CO_PURCHASE),
        ("together", Source.CO_PURCHASE),
        ("week_sales", POPULAR),
        ("all_sales", POPULAR),
    ],
)
def test_a_source_is_called_by_what_it_looks_at(source: str, name: Source) -> None:
    assert proposers_of(candidates(**{source: [1.0]}), NOTHING_BOUGHT) == (source,)
    assert source_of(source) is name


def test_an_item_is_from_the_source_that_ranks_it_highest() -> None:
    # als puts item 0 first, together item 1, all_sales item 2: how large its scores are does not matter
    found = candidates(als=[0.9, 0.8, 0.7], together=[0.01, 0.03, 0.02], all_sales=[500, 400, 900])
    assert proposers_of(found, NOTHING_BOUGHT) == ("als", "together", "all_sales")


def test_a_source_without_a_score_proposed_nothing() -> None:
    # item 0 is the first of those without a score by als, but only the third by sales
    found = candidates(als=[0, 0, 0], all_sales=[1, 2, 3])
    assert proposers_of(found, NOTHING_BOUGHT) == ("all_sales",) * 3


def test_the_shoppers_own_items_are_repurchases() -> None:
    found = candidates(als=[0.9, 0.8])
    assert proposers_of(found, History.of_items([1])) == ("als", Source.REPURCHASE)


def test_no_candidates_have_no_sources() -> None:
    assert proposers_of(candidates(als=[]), NOTHING_BOUGHT) == ()
