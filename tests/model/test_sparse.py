from dataclasses import replace

import numpy as np
import pytest
from support.models import rows

from recsvc.errors import DamagedModelError
from recsvc.model.sparse import is_finite


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [0, 3, 5])
def test_a_single_value_that_is_not_finite_is_found(wrong: float, place: int) -> None:
    values = np.asarray([[1, -2, 3], [4, 5, -6]], np.float32)
    assert is_finite(values)
    values.flat[place] = wrong
    assert not is_finite(values)


def test_of_nothing_all_is_finite() -> None:
    assert is_finite(np.empty((0, 3), np.float32))


MATRIX = rows({3: 2, 0: 1}, {}, {0: 5, 2: 7}, n_columns=4)


def int32(*values: int) -> np.ndarray:
    return np.asarray(values, dtype=np.int32)


def test_rows_are_added_up_once_for_each_row_of_weights() -> None:
    found, sums = MATRIX.weighted_sums(int32(2, 1, 0), np.asarray([[1, 9, 1], [2, 0, 0]], np.float32))
    assert found.tolist() == [0, 2, 3]
    assert sums.tolist() == [[6, 7, 2], [10, 14, 0]]
    assert (found.dtype, sums.dtype) == (np.int32, np.float32)


@pytest.mark.parametrize("n_columns", [4, 400])
def test_the_size_of_the_catalogue_changes_nothing(n_columns: int) -> None:
    matrix = replace(MATRIX, n_columns=n_columns)
    found, sums = matrix.weighted_sums(int32(0, 2), np.asarray([[1, 2]], np.float32))
    assert (found.tolist(), sums.tolist()) == ([0, 2, 3], [[11, 14, 2]])
    assert (found.dtype, sums.dtype) == (np.int32, np.float32)


def test_no_rows_add_up_to_nothing() -> None:
    found, sums = MATRIX.weighted_sums(int32(), np.empty((2, 0), np.float32))
    assert (found.shape, sums.shape) == ((0,), (2, 0))


@pytest.mark.parametrize("n_columns", [4, 400])
def test_a_block_holds_what_stands_where_rows_and_columns_meet(n_columns: int) -> None:
    matrix = replace(MATRIX, n_columns=n_columns)
    assert matrix.block(int32(2, 0), int32(3, 0, 1)).tolist() == [[0, 5, 0], [2, 1, 0]]


@pytest.mark.parametrize("n_columns", [4, 400])
def test_a_column_that_does_not_exist_meets_no_row(n_columns: int) -> None:
    matrix = replace(MATRIX, n_columns=n_columns)
    assert matrix.block(int32(2, 0), int32(500, 0)).tolist() == [[0, 5], [0, 1]]


def test_a_block_of_nothing_is_empty() -> None:
    assert MATRIX.block(int32(), int32(1)).shape == (0, 1)
    assert MATRIX.block(int32(0), int32()).shape == (1, 0)


def test_entries_say_of_which_of_the_rows_they_are() -> None:
    place, columns, values = MATRIX.entries(int32(2, 1, 0))
    assert place.tolist() == [0, 0, 2, 2]
    assert columns.tolist() == [0, 2, 3, 0]
    assert values.tolist() == [5, 7, 2, 1]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("indptr", np.asarray([0, 3], np.int64), "row pointers"),
        ("indptr", np.asarray([0, 2, 1, 2], np.int64), "ascending"),
        ("indices", np.asarray([0, 9], np.int32), "outside its 7 columns"),
        ("values", np.asarray([1], np.float32), "2 indices but 1 values"),
        ("values", np.asarray([1, np.inf], np.float32), "not finite"),
    ],
)
def test_sparse_rows_refuse_arrays_that_describe_no_matrix(field: str, value: object, said: str) -> None:
    matrix = rows({0: 1.0}, {3: 2.0}, n_columns=7)
    with pytest.raises(DamagedModelError, match=said):
        replace(matrix, **{field: value})
