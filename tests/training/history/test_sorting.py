import numpy as np
import pytest

from training.history import sorting
from training.history.sorting import begins_run, falling, joined, repeated, stable_order


@pytest.mark.parametrize("max_bits", [63, 8])
def test_equals_stay_in_their_order(monkeypatch: pytest.MonkeyPatch, max_bits: int) -> None:
    monkeypatch.setattr(sorting, "MAX_BITS", max_bits)
    keys = np.random.default_rng(1).integers(0, 50, 1000)
    assert stable_order(keys, 50).tolist() == np.argsort(keys, kind="stable").tolist()


def test_keys_as_large_as_they_may_be() -> None:
    keys = np.asarray([2**59 - 1, 0, 2**59 - 1, 5])
    assert stable_order(keys, 2**59).tolist() == [1, 3, 0, 2]


def test_nothing_can_be_sorted() -> None:
    nothing = np.empty(0, dtype=np.int64)
    assert stable_order(nothing, 1).tolist() == repeated(nothing).tolist() == []


def test_what_is_there_more_than_once() -> None:
    assert repeated(np.asarray([4, 1, 4, 2, 9, 9])).tolist() == [True, False, True, False, True, True]
    assert not repeated(np.arange(5)).any()


def test_falling_integers_sort_floats_from_the_largest() -> None:
    values = np.asarray([0.5, -2.0, np.inf, 1e-30, -1e-30, 3.0, -np.inf, 0.25], dtype=np.float32)
    assert np.argsort(falling(values)).tolist() == np.argsort(-values).tolist()


def test_both_zeros_are_one() -> None:
    one, other = falling(np.asarray([0.0, -0.0], dtype=np.float32))
    assert one == other


def test_joined_integers_sort_by_the_first_then_by_the_second() -> None:
    high, low = np.asarray([1, 0, 1, 0]), np.asarray([2**32 - 1, 7, 0, 3], dtype=np.uint32)
    assert np.argsort(joined(high, low)).tolist() == np.lexsort((low, high)).tolist()


def test_a_run_begins_where_any_column_changes() -> None:
    one, other = np.asarray([5, 5, 5, 6, 6]), np.asarray([1, 1, 2, 2, 2])
    assert begins_run(one).tolist() == [True, False, False, True, False]
    assert begins_run(one, other).tolist() == [True, False, True, True, False]
    assert begins_run(one[:0], other[:0]).tolist() == []
