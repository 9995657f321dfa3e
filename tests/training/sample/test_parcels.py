"""Parcels are cut to an exact number of lines."""

import numpy as np
import pytest

from training.sample.parcels import Parcels
from training.sample.purchases import Purchases


def int32(*values):
    return np.array(values, dtype=np.int32)


@pytest.fixture
def parcels():
    """User 0 has parcels of 2 and 3 lines, user 1 one of 2 lines."""
    lines = Purchases(int32(0, 0, 0, 0, 0, 1, 1), int32(1, 1, 5, 5, 5, 2, 2), int32(7, 8, 7, 8, 9, 1, 2))
    return Parcels(lines, np.array([0, 0, 1, 1, 1, 2, 2]), int32(0, 0, 1), int32(1, 5, 2))


def test_parcels_are_kept_in_the_order_given_and_the_last_one_in_part(parcels):
    cut = parcels.cut(5, np.array([1, 2, 0]))
    assert cut.parcel_of.tolist() == [0, 1, 1, 1, 2]
    assert cut.lines.item.tolist() == [7, 7, 8, 9, 1]


def test_each_user_keeps_one_line_before_anything_else_is_kept(parcels):
    cut = parcels.cut(2, np.array([1, 2, 0]))
    assert cut.user.tolist() == [0, 1]
    assert cut.day.tolist() == [1, 2]
    assert len(cut.lines) == 2


def test_nothing_is_left_out_when_there_is_room_for_all(parcels):
    cut = parcels.cut(7, np.array([0, 1, 2]))
    assert cut.lines.item.tolist() == parcels.lines.item.tolist()
    assert cut.parcel_of.tolist() == parcels.parcel_of.tolist()
