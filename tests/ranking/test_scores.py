import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recsvc.model.head import TableHead
from recsvc.ranking.scores import (
    DenseScores,
    HeadScores,
    Scores,
    SharedScores,
    SparseScores,
    Subset,
    among,
    best_first_of_each,
    distinct,
)

ITEMS = arrays(np.int32, st.integers(0, 30), elements=st.integers(0, 20))


@given(ITEMS)
def test_distinct_items_are_there_once_and_ascend(items: np.ndarray) -> None:
    assert distinct(items).tolist() == sorted(set(items.tolist()))
    assert distinct(items).dtype == np.int32


@given(ITEMS, ITEMS)
def test_an_item_is_among_those_it_is_one_of(items: np.ndarray, others: np.ndarray) -> None:
    assert among(items, distinct(others)).tolist() == [item in others for item in items.tolist()]


VALUES = st.lists(st.integers(-2, 4), max_size=40).map(lambda values: np.asarray(values, np.float32))


def sparse(values: np.ndarray) -> SparseScores:
    items = np.flatnonzero(values).astype(np.int32)
    return SparseScores(items, values[items])


def headed(values: np.ndarray) -> HeadScores:
    """The first third of the items, and no less than that, is the head."""
    table, size = values[:, np.newaxis], max(1, len(values) // 3)
    head = TableHead(np.arange(size, dtype=np.int32), table[:size])
    return HeadScores(head, table, np.ones(1, dtype=np.float32))


@pytest.mark.parametrize("kind", [DenseScores, SharedScores, sparse])
class TestScores:
    """What all kinds of scores promise."""

    @settings(deadline=None)
    @given(values=VALUES, n=st.integers(0, 50))
    def test_the_best_are_the_first_of_a_stable_sort(self, kind: type, values: np.ndarray, n: int) -> None:
        scores: Scores = kind(values)
        expected = [i for i in np.argsort(-values, kind="stable")[:n].tolist() if values[i] > 0]
        assert sorted(scores.best(n).tolist()) == sorted(expected)

    @settings(deadline=None)
    @given(values=VALUES, each=st.integers(1, 5), n=st.integers(0, 50))
    def test_the_best_of_some_items_are_those_of_a_catalogue_of_them_alone(
        self, kind: type, values: np.ndarray, each: int, n: int
    ) -> None:
        mask = np.arange(len(values)) % each == 0
        among = kind(values).best(n, Subset.of(mask, len(mask))).tolist()
        assert sorted(among) == sorted(kind(np.where(mask, values, np.float32(0))).best(n).tolist())

    @settings(deadline=None)
    @given(values=VALUES.filter(len), data=st.data())
    def test_any_item_can_be_asked_for(self, kind: type, values: np.ndarray, data: st.DataObject) -> None:
        items = np.asarray(data.draw(st.lists(st.integers(0, len(values) - 1))), dtype=np.int32)
        found = kind(values).of(items)
        np.testing.assert_array_equal(found, values[items])
        assert found.dtype == np.float32


@pytest.mark.parametrize(
    ("allowed", "n", "best"),
    [
        ([0, 1, 2, 7, 8], 2, {1, 2}),
        ([0, 1, 2, 7, 8], 4, {1, 2, 7, 8}),
        ([2, 7, 8], 2, {7, 8}),
    ],
    ids=["the head has enough", "the head has too few", "fewer than the head holds"],
)
def test_beyond_the_head_is_looked_where_that_has_too_few_or_costs_no_more(
    allowed: list[int], n: int, best: set[int]
) -> None:
    mask = np.isin(np.arange(9), allowed)
    scores = headed(np.asarray([1, 3, 2, 9, 9, 9, 9, 8, 7], np.float32))
    assert set(scores.best(n, Subset.of(mask, len(mask))).tolist()) == best


def test_shared_scores_among_some_items_go_on_behind_what_was_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recsvc.ranking.scores.KEPT", 2)
    scores = SharedScores(np.asarray([1, 3, 0, 2, 3], np.float32))
    some = Subset.of(np.asarray([True, False, True, True, True]), 5)
    assert [scores.best(n, some).tolist() for n in (1, 2, 9)] == [[4], [4, 3], [4, 3, 0]]
    assert scores.lowest(np.asarray([0], np.int32), some).tolist() == [3]


def test_shared_scores_are_best_first_however_many_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recsvc.ranking.scores.KEPT", 2)
    scores = SharedScores(np.asarray([1, 3, 0, 2, 3], np.float32))
    assert [scores.best(n).tolist() for n in (1, 2, 3, 9)] == [[1], [1, 4], [1, 4, 3], [1, 4, 3, 0]]


@pytest.mark.parametrize(("excluded", "lowest"), [([], [0]), ([0], [3]), ([0, 3], [1]), ([0, 1, 3, 4], [])])
def test_the_lowest_positive_score_that_is_not_excluded_is_known(
    excluded: list[int], lowest: list[int]
) -> None:
    scores = SharedScores(np.asarray([1, 3, 0, 2, 4], np.float32))
    assert scores.lowest(np.asarray(excluded, np.int32)).tolist() == lowest


@pytest.mark.parametrize("n", [0, 1, 7, 60, 300])
def test_the_best_of_a_large_catalogue_are_those_of_a_stable_sort(n: int) -> None:
    values = np.random.default_rng(3).integers(-20, 40, 4000).astype(np.float32)
    expected = np.argsort(-values, kind="stable")[:n]
    assert DenseScores(values).best(n).tolist() == sorted(expected.tolist())


@given(
    arrays(
        np.float32,
        st.tuples(st.integers(1, 4), st.integers(0, 30)),
        elements=st.sampled_from([0, 0.5, 1, 3e38]),
    )
)
def test_each_row_is_in_the_order_of_a_stable_sort(rows: np.ndarray) -> None:
    assert best_first_of_each(rows).tolist() == np.argsort(-rows, axis=1, kind="stable").tolist()
