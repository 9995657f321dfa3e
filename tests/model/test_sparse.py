import numpy as np
from support.models import rows

MATRIX = rows({2: 0.5, 0: 0.25}, {}, {1: 1.0}, n_columns=4)


def test_rows_are_summed_with_their_weights() -> None:
    summed = MATRIX.weighted_sum(np.asarray([2, 0, 1], np.int32), np.asarray([3, 2, 9], np.float32))
    assert summed.tolist() == [0.5, 3, 1, 0]


def test_a_block_is_the_rows_at_the_columns_in_any_order() -> None:
    block = MATRIX.block(np.asarray([2, 0], np.int32), np.asarray([3, 2, 1], np.int32))
    assert block.tolist() == [[0, 0, 1], [0, 0.5, 0]]
    assert block.dtype == np.float32


def test_a_block_may_be_empty() -> None:
    none, some = np.empty(0, np.int32), np.asarray([0, 2], np.int32)
    assert MATRIX.block(none, some).shape == (0, 2)
    assert MATRIX.block(some, none).shape == (2, 0)


def test_entries_say_of_which_of_the_rows_they_are() -> None:
    place, columns, values = MATRIX.entries(np.asarray([2, 1, 0], np.int32))
    assert place.tolist() == [0, 2, 2]
    assert columns.tolist() == [1, 2, 0]
    assert values.tolist() == [1.0, 0.5, 0.25]
