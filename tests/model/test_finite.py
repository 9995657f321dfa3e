import numpy as np
import pytest

from recsvc.model.finite import is_finite


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [0, 3, 5])
def test_a_single_value_that_is_not_finite_is_found(wrong: float, place: int) -> None:
    values = np.asarray([[1, -2, 3], [4, 5, -6]], np.float32)
    assert is_finite(values)
    values.flat[place] = wrong
    assert not is_finite(values)


def test_of_nothing_all_is_finite() -> None:
    assert is_finite(np.empty((0, 3), np.float32))
