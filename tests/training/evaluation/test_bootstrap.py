import numpy as np
import pytest

from training.evaluation.bootstrap import Resampling

RNG = np.random.default_rng(3)


def test_the_interval_of_a_mean_is_about_two_standard_errors_to_each_side() -> None:
    values = RNG.normal(5, 2, size=400)
    estimate = Resampling(seed=1).mean(values)
    assert estimate.mean == pytest.approx(values.mean())
    assert estimate.half_width == pytest.approx(1.96 * 2 / np.sqrt(400), rel=0.1)
    assert estimate.low < estimate.mean < estimate.high


def test_a_difference_that_all_users_share_is_certain_however_much_users_differ() -> None:
    noisy = RNG.normal(0, 100, size=200)
    difference = Resampling().mean((noisy + 0.25) - noisy)
    assert (difference.low, difference.high) == pytest.approx((0.25, 0.25))


def test_columns_are_resampled_together() -> None:
    values = RNG.normal(size=(50, 1))
    one, same = Resampling().means(np.hstack([values, values]))
    assert one == same


def test_a_seed_gives_the_same_interval_and_another_seed_another() -> None:
    values = RNG.normal(size=50)
    assert Resampling(seed=1).mean(values) == Resampling(seed=1).mean(values)
    assert Resampling(seed=1).mean(values) != Resampling(seed=2).mean(values)


def test_one_user_has_an_interval_without_length() -> None:
    estimate = Resampling().mean(np.asarray([0.5]))
    assert (estimate.mean, estimate.low, estimate.high) == (0.5, 0.5, 0.5)


def test_nobody_has_no_mean() -> None:
    (estimate,) = Resampling().means(np.empty((0, 1)))
    assert np.isnan([estimate.mean, estimate.low, estimate.high]).all()
