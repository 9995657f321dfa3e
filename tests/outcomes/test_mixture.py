import itertools
import math

import numpy as np
import pytest
from scipy import integrate, stats

from recsvc.outcomes.mixture import PLANNED_Z, Mixture, normal_mixture


def test_planned_z_is_that_of_a_test_at_5_percent_with_power_80_percent():
    assert pytest.approx(stats.norm.ppf(0.975) + stats.norm.ppf(0.8), abs=1e-5) == PLANNED_Z


def test_the_normal_mixture_is_the_interval_of_the_paper():
    """Waudby-Smith et al., equation (10): sqrt(2 (t r² + 1) / (t r²) log(sqrt(t r² + 1) / alpha)) standard errors."""
    rho, alpha = 0.02, 0.05
    mixture = Mixture(1.0, centre=0.0, spread=rho)
    for time in (100, 5_000, 1_000_000):
        v = time * rho**2
        expected = math.sqrt(2 * (v + 1) / v * math.log(math.sqrt(v + 1) / alpha))
        assert mixture.multiplier(time, alpha) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("z", "time"), [(0.3, 500), (2.0, 1_000), (3.1, 700), (4.0, 9_000)])
def test_the_evidence_is_the_likelihood_ratio_averaged_over_the_expected_effects(z, time):
    mixture = Mixture(1_000)
    u = time / mixture.planned
    s = z * math.sqrt(u)

    def ratio(effect):
        weight = sum(stats.norm.pdf(effect, sign * mixture.centre, mixture.spread) for sign in (-1, 1)) / 2
        return weight * math.exp(effect * s - effect**2 * u / 2)

    points = (-mixture.centre, mixture.centre)
    expected = integrate.quad(ratio, -12, 12, points=points, epsabs=0, epsrel=1e-9, limit=500)[0]
    found = mixture.log_evidence(z, time)
    assert found == pytest.approx(math.log(expected), abs=1e-6)


def test_normal_mixture_is_narrowest_where_it_was_planned():
    planned = normal_mixture(20_000, 0.05).multiplier(20_000, 0.05)
    for factor in (0.5, 0.8, 1.25, 2):
        assert planned < normal_mixture(20_000 * factor, 0.05).multiplier(20_000, 0.05)


def test_intervals_shrink_to_nothing():
    mixture = Mixture(10_000)
    reach = [mixture.multiplier(n, 0.05) / math.sqrt(n) for n in 10.0 ** np.arange(3, 9)]
    assert all(later < earlier for earlier, later in itertools.pairwise(reach))
    assert reach[-1] < 0.05 * reach[1]


def test_a_p_value_is_below_alpha_just_beyond_the_interval():
    mixture = Mixture(10_000)
    edge = mixture.multiplier(8_000, 0.05)
    assert mixture.p_value(edge * 0.999, 8_000) > 0.05 > mixture.p_value(-edge * 1.001, 8_000)


def test_a_plan_of_no_shoppers_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        Mixture(0)
