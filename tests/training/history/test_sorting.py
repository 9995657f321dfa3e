import numpy as np
import pytest

from training.history import sorting
from training.history.sorting import begins_run, best_of_rows, falling, joined, repeated, stable_order


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


def best(entries: list[tuple[int, int, float]], n: int) -> list[tuple[int, int]]:
    rows, columns, values = (np.asarray(column) for column in zip(*entries, strict=True))
    order = best_of_rows(rows.astype(np.int32), columns.astype(np.int32), values.astype(np.float32), n)
    return [(int(rows[at]), int(columns[at])) for at in order]


def test_each_row_keeps_its_best_in_order_of_value_then_column() -> None:
    entries = [(2, 1, 0.5), (0, 3, 1e-9), (0, 7, 3.0), (0, 1, 3.0), (2, 0, 700.0), (2, 5, 0.25)]
    assert best(entries, 2) == [(0, 1), (0, 7), (2, 0), (2, 1)]
    assert best(entries, 9) == [(0, 1), (0, 7), (0, 3), (2, 0), (2, 1), (2, 5)]


@pytest.mark.parametrize("n", [1, 3, 50])
def test_as_sorting_by_one_key_after_the_other(n: int) -> None:
    rng = np.random.default_rng(n)
    pairs = rng.permutation(40 * 60)[:900]
    entries = [
        (int(p // 60), int(p % 60), float(v)) for p, v in zip(pairs, rng.integers(1, 20, 900), strict=True)
    ]
    ordered = sorted(entries, key=lambda entry: (entry[0], -entry[2], entry[1]))
    wanted = [
        (row, column)
        for at, (row, column, _) in enumerate(ordered)
        if sum(e[0] == row for e in ordered[:at]) < n
    ]
    assert best(entries, n) == wanted


def test_nothing_has_no_best() -> None:
    nothing = np.empty(0, dtype=np.int32)
    assert len(best_of_rows(nothing, nothing, np.empty(0, dtype=np.float32), 5)) == 0
