import math

import numpy as np
import pytest
from scipy import stats

from recsvc.outcomes.comparison import (
    MIN_SHOPPERS,
    NOTHING_YET,
    UNPLANNED_SHOPPERS,
    Plan,
    compare,
)
from recsvc.outcomes.mixture import Mixture
from recsvc.outcomes.shopper_sums import Adjusted, ShopperSums

HALVES = (0.5, 0.5)
BEFORE = ShopperSums.of([0.0, 20.0] * 500)  # a shopper spends 10 on average, with a standard deviation of 10


def planned(min_effect=0.05):
    return Plan.of(BEFORE, min_effect, HALVES)


def test_the_planned_sample_is_that_of_a_fixed_test():
    """Power 80 % at 5 %: 16 variances over the square of the effect, for each variant (Lehr 1992)."""
    deviation = BEFORE.variance**0.5
    z = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    for_each = 2 * (z * deviation / (0.05 * 10)) ** 2
    assert planned().mixture.planned == pytest.approx(2 * for_each, rel=1e-5)
    assert for_each == pytest.approx(16 * (deviation / 0.5) ** 2, rel=0.02)


def test_uneven_shares_need_more_shoppers():
    uneven = Plan.of(BEFORE, 0.05, (0.1, 0.9)).mixture.planned
    assert uneven == pytest.approx(planned().mixture.planned * (1 / 0.1 + 1 / 0.9) / 4)


def test_a_shop_without_a_past_is_planned_with_a_round_number():
    plan = Plan.of(ShopperSums(), 0.05, HALVES)
    assert (plan.mixture.planned, plan.variance) == (UNPLANNED_SHOPPERS, None)
    assert plan.time(Adjusted(300, 1.0, 4.0), Adjusted(200, 1.0, 4.0)) == 500


def test_time_is_the_number_of_shoppers_while_they_differ_as_before():
    plan = planned()
    assert plan.time(Adjusted(300, 1.0, plan.variance), Adjusted(200, 1.0, plan.variance)) == pytest.approx(
        500
    )
    assert plan.time(
        Adjusted(300, 1.0, plan.variance / 4), Adjusted(200, 1.0, plan.variance / 4)
    ) == pytest.approx(125)


def test_a_few_shoppers_are_not_compared():
    few = Adjusted(MIN_SHOPPERS - 1, 10.0, 4.0)
    assert compare(few, Adjusted(5000, 10.0, 4.0), planned(), 0.05) == NOTHING_YET


def test_shoppers_who_all_did_nothing_are_not_compared():
    assert compare(Adjusted(500, 0.0, 0.0), Adjusted(500, 0.0, 0.0), planned(), 0.05) == NOTHING_YET


def test_a_clear_difference_is_called_and_its_interval_holds_it():
    found = compare(Adjusted(20_000, 10.6, 100.0), Adjusted(20_000, 10.0, 100.0), planned(), 0.05)
    assert found.is_called
    assert found.difference.low < 0.6 < found.difference.high
    assert found.relative.low < 0.06 < found.relative.high
    assert found.relative.mean == pytest.approx(0.06)
    assert found.p_value < 0.05


def test_the_interval_of_the_relative_difference_leaves_out_0_where_that_of_the_difference_does():
    for mean in np.linspace(9.0, 11.0, 81):
        found = compare(Adjusted(9_000, mean, 90.0), Adjusted(11_000, 10.0, 110.0), planned(), 0.05)
        is_off = found.relative.low > 0 or found.relative.high < 0
        assert is_off == found.is_called == (found.p_value < 0.05)


def test_the_relative_interval_is_that_of_the_delta_method_where_the_control_is_well_known():
    plan, variant, control = planned(), Adjusted(400_000, 10.3, 90.0), Adjusted(400_000, 10.0, 100.0)
    found = compare(variant, control, plan, 0.05)
    multiplier = plan.mixture.multiplier(plan.time(variant, control), 0.05)
    ratio = variant.mean / control.mean
    error = math.sqrt((90.0 + ratio**2 * 100.0) / 400_000) / control.mean
    assert found.relative.low == pytest.approx(ratio - 1 - multiplier * error, rel=1e-2)
    assert found.relative.high == pytest.approx(ratio - 1 + multiplier * error, rel=1e-2)


def test_nothing_relative_is_said_where_the_control_may_be_nothing():
    found = compare(Adjusted(200, 1.0, 400.0), Adjusted(200, 0.5, 400.0), planned(), 0.05)
    assert found.difference.low is not None
    assert (found.relative.low, found.relative.high) == (None, None)


@pytest.mark.parametrize("n", [3_000, 10_000])
def test_what_is_missing_is_told_by_the_planned_effect(n):
    """An effect of the planned size is found with chance 80 % within 1.5 times the planned sample."""
    plan = planned()
    found = compare(Adjusted(n, 10.0, plan.variance), Adjusted(n, 10.0, plan.variance), plan, 0.05)
    assert 2 * n * found.further == pytest.approx(1.47 * plan.mixture.planned, rel=0.03)


def test_an_effect_that_would_be_seen_needs_nothing_further():
    plan = planned()
    found = compare(Adjusted(90_000, 10.0, plan.variance), Adjusted(90_000, 10.0, plan.variance), plan, 0.05)
    assert found.further <= 1
    assert found.relative.low == pytest.approx(-found.relative.high, rel=0.1)


def test_with_several_variants_each_is_compared_more_strictly():
    one = compare(Adjusted(5000, 10.3, 100.0), Adjusted(5000, 10.0, 100.0), planned(), 0.05)
    of_three = compare(Adjusted(5000, 10.3, 100.0), Adjusted(5000, 10.0, 100.0), planned(), 0.05, 0.05 / 3)
    assert of_three.difference.low < one.difference.low
    assert Mixture(100).multiplier(100, 0.01) > Mixture(100).multiplier(100, 0.05)
