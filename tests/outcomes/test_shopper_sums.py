import numpy as np
import pytest

from recsvc.outcomes.shopper_sums import ShopperSums, cuped


def test_mean_and_variance_are_those_of_numpy():
    y = np.asarray([1.0, 4.0, 4.0, 0.0, 11.0])
    sums = ShopperSums.of(y)
    assert (sums.mean, sums.variance) == (pytest.approx(y.mean()), pytest.approx(y.var(ddof=1)))


def test_a_figure_of_nobody_is_nothing():
    assert [(one.n, one.mean, one.variance) for one in cuped([ShopperSums()])] == [(0, 0.0, 0.0)]


def test_without_a_time_before_nothing_is_taken_out():
    y = np.asarray([1.0, 2.0, 6.0])
    (one,) = cuped([ShopperSums.of(y)])
    assert (one.mean, one.variance) == (3.0, pytest.approx(y.var(ddof=1)))


def test_cuped_is_the_regression_on_variant_and_time_before():
    rng = np.random.default_rng(5)
    before = [rng.gamma(2, 10, 400), rng.gamma(2, 12, 300)]
    after = [3 + 0.7 * x + rng.normal(0, 2, len(x)) + 5 * group for group, x in enumerate(before)]
    control, variant = cuped([ShopperSums.of(y, x) for y, x in zip(after, before, strict=True)])
    group = np.repeat([0.0, 1.0], [400, 300])
    columns = np.column_stack([np.ones(700), group, np.concatenate(before)])
    expected = np.linalg.lstsq(columns, np.concatenate(after), rcond=None)[0][1]
    assert variant.mean - control.mean == pytest.approx(expected)
    assert variant.variance == pytest.approx(4, rel=0.2)  # what is left is the noise, not the spread of 0.7 x
