import numpy as np
import pytest
from scipy.optimize import check_grad
from scipy.stats import beta, gamma

from recsvc.moments.bg_nbd import BgNbd
from training.moments.bg_nbd import _mean_log_likelihood, fit_bg_nbd

TRUTH = BgNbd(r=0.8, alpha=20.0, a=0.9, b=3.0)


def simulated(model: BgNbd, n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return x, t_x and T of shoppers who behave as the model says."""
    rng = np.random.default_rng(seed)
    tenure = rng.uniform(100, 400, n)
    rates = rng.gamma(model.r, 1 / model.alpha, n)
    lost = rng.beta(model.a, model.b, n)
    x, t_x = np.zeros(n), np.zeros(n)
    for i in range(n):
        at = 0.0
        while (at := at + rng.exponential(1 / rates[i])) < tenure[i]:
            x[i], t_x[i] = x[i] + 1, at
            if rng.random() < lost[i]:
                break
    return x, t_x, tenure


def test_what_was_put_in_is_found_again() -> None:
    found = fit_bg_nbd(*simulated(TRUTH, 6000, seed=3))
    assert found.r / found.alpha == pytest.approx(TRUTH.r / TRUTH.alpha, rel=0.1)
    assert found.r == pytest.approx(TRUTH.r, rel=0.15)
    assert found.a / (found.a + found.b) == pytest.approx(TRUTH.a / (TRUTH.a + TRUTH.b), abs=0.03)


def test_the_slope_of_the_likelihood_is_that_of_small_steps() -> None:
    data = simulated(TRUTH, 50, seed=4)

    def value(logs: np.ndarray) -> float:
        return _mean_log_likelihood(np.exp(logs), *data)[0]

    def slope(logs: np.ndarray) -> np.ndarray:
        return _mean_log_likelihood(np.exp(logs), *data)[1]

    for seed in range(3):
        assert check_grad(value, slope, np.random.default_rng(seed).normal(0, 1, 4)) < 1e-5


@pytest.mark.parametrize(("x", "t_x", "tenure"), [(0, 0.0, 30.0), (1, 12.0, 30.0), (3, 20.0, 25.0)])
def test_the_likelihood_is_the_integral_over_all_rates_and_chances_to_be_lost(
    x: int, t_x: float, tenure: float
) -> None:
    middles = (np.arange(2000) + 0.5) / 2000
    rates = gamma(1.3, scale=1 / 9.0).ppf(middles)[:, np.newaxis]
    lost = beta(0.8, 2.5).ppf(middles)
    there = (1 - lost) ** x * rates**x * np.exp(-rates * tenure)
    away = lost * (1 - lost) ** (x - 1) * rates**x * np.exp(-rates * t_x) if x else 0
    integral = float((there + away).mean())
    parameters = np.asarray([1.3, 9.0, 0.8, 2.5])
    said, _ = _mean_log_likelihood(parameters, *(np.asarray([one]) for one in (float(x), t_x, tenure)))
    assert np.exp(said) == pytest.approx(integral, rel=2e-3)


def test_shoppers_who_never_came_back_leave_finite_parameters() -> None:
    found = fit_bg_nbd(np.zeros(100), np.zeros(100), np.full(100, 50.0))
    assert np.isfinite([found.r, found.alpha, found.a, found.b]).all()
