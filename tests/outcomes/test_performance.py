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
