"""Figures and their intervals."""

import numpy as np
import pytest

from recsvc.outcomes.performance import ratio, total_of
from recsvc.store.outcome import BUCKETS

SHOWN, CLICK_RATE = 15, 0.1


def groups(who: np.ndarray, amounts: np.ndarray) -> np.ndarray:
    return np.bincount(who, amounts, BUCKETS).astype(float)


def test_what_nearly_nobody_did_has_a_rate_and_no_interval() -> None:
    shown = np.full(BUCKETS, 100.0)
    for n_groups in (0, 1, 9):
        clicks = np.zeros(BUCKETS)
        clicks[:n_groups] = 1
        rate = ratio(clicks, shown)
        assert (rate.mean, rate.low, rate.high) == (n_groups / 6400, None, None)
    clicks[:10] = 1
    assert ratio(clicks, shown).low is not None


@pytest.mark.parametrize(("n_shoppers", "least"), [(30, 0.85), (100, 0.88), (1000, 0.92)])
def test_intervals_hold_the_truth_about_as_often_as_they_say(n_shoppers: int, least: float) -> None:
    rng = np.random.default_rng(1)
    held = []
    for _ in range(1000):
        n = rng.poisson(n_shoppers)
        who, shown = rng.integers(0, BUCKETS, n), rng.geometric(1 / SHOWN, n)
        clicks = rng.binomial(shown, rng.beta(0.5, 4.5, n))  # some click often, most hardly ever
        rate, total = ratio(groups(who, clicks), groups(who, shown)), total_of(groups(who, clicks))
        truths = ((rate, CLICK_RATE), (total, CLICK_RATE * SHOWN * n_shoppers))
        held += [
            one.low <= truth <= one.high
            for one, truth in truths
            if one.low is not None and one.high is not None
        ]
    assert len(held) > 100
    assert np.mean(held) > least


def test_few_orders_give_no_interval_that_is_wrong_half_of_the_time() -> None:
    rng = np.random.default_rng(2)
    held = []
    for _ in range(2000):
        who, shown = rng.integers(0, BUCKETS, 30), rng.geometric(1 / SHOWN, 30)
        paid = rng.binomial(1, 0.15, 30) * rng.lognormal(3, 1, 30)
        found = ratio(groups(who, paid), groups(who, shown))
        if found.low is not None and found.high is not None:
            held.append(found.low <= 0.15 * np.exp(3.5) / SHOWN <= found.high)
    assert len(held) < 100
    assert not held or np.mean(held) > 0.8


@pytest.mark.parametrize(
    ("sigma", "n_shoppers", "least"),
    [(1.0, 1000, 0.94), (1.5, 1000, 0.93), (2.0, 100, 0.84), (2.0, 1000, 0.89), (2.0, 10_000, 0.91)],
)
def test_intervals_of_money_with_heavy_tails_reach_up_far_enough(
    sigma: float, n_shoppers: int, least: float
) -> None:
    """Of log-normal amounts; without the transformation .75 of 100 shoppers at sigma 2, and .86 of 1,000."""
    rng, held, tests = np.random.default_rng(5), 0, 800
    for _ in range(tests):
        found = total_of(groups(rng.integers(0, BUCKETS, n_shoppers), rng.lognormal(0, sigma, n_shoppers)))
        assert found.low is not None
        assert found.high is not None
        assert found.low < found.mean < found.high
        held += found.low <= n_shoppers * np.exp(sigma**2 / 2) <= found.high
    assert held / tests > least


def test_it_is_said_where_a_few_shoppers_make_most_of_a_figure() -> None:
    even = np.full(BUCKETS, 10.0) + np.arange(BUCKETS) % 3
    assert not total_of(even).is_rough
    assert total_of(np.where(np.arange(BUCKETS) == 7, 1000.0, even)).is_rough
    found = total_of(np.where(np.arange(BUCKETS) == 7, 1000.0, even))
    assert found.low is not None
    assert found.high is not None
    assert found.high - found.mean > 2 * (found.mean - found.low), "it may as well be much more"


def test_groups_that_are_all_alike_leave_no_doubt_and_symmetric_ones_a_symmetric_interval() -> None:
    alike = total_of(np.full(BUCKETS, 2.0))
    assert (alike.mean, alike.low, alike.high) == (128.0, 128.0, 128.0)
    found = total_of(np.arange(BUCKETS, dtype=float))
    assert found.low is not None
    assert found.high is not None
    assert found.mean - found.low == pytest.approx(found.high - found.mean)
