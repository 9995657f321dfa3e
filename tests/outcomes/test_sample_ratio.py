import math

import numpy as np
import pytest
from scipy import stats

from recsvc.outcomes.sample_ratio import ALARM_P, CONCENTRATION, sample_ratio_p


def test_52_instead_of_50_percent_is_caught_at_20_000_shoppers():
    assert sample_ratio_p([10_400, 9_600], [0.5, 0.5]) < 1e-4
    assert sample_ratio_p([10_050, 9_950], [0.5, 0.5]) == 1


def test_it_is_the_bayes_factor_of_the_dirichlet_multinomial():
    shares = [0.5, 0.25, 0.25]
    uneven = [190, 20, 10]
    mixture = stats.dirichlet_multinomial([CONCENTRATION * one for one in shares], sum(uneven)).pmf(uneven)
    exact = stats.multinomial(sum(uneven), shares).pmf(uneven)
    assert sample_ratio_p(uneven, shares) == pytest.approx(exact / mixture)


def test_nobody_yet_is_no_alarm():
    assert sample_ratio_p([0, 0], [0.9, 0.1]) == 1


def test_even_groups_looked_at_after_each_shopper_are_hardly_ever_an_alarm():
    rng = np.random.default_rng(11)
    n = np.arange(1, 4001)
    first = (rng.random((1000, len(n))) < 0.5).cumsum(axis=1)
    table = np.asarray([math.lgamma(CONCENTRATION / 2 + k) for k in range(len(n) + 1)])
    whole = np.asarray([math.lgamma(CONCENTRATION + k) for k in n])
    factors = (
        math.lgamma(CONCENTRATION) - whole - 2 * math.lgamma(CONCENTRATION / 2) + n * math.log(2)
        + table[first] + table[n - first]
    )  # fmt: skip
    last = [int(first[3, -1]), int(n[-1] - first[3, -1])]
    assert min(1.0, math.exp(-factors[3, -1])) == pytest.approx(sample_ratio_p(last, [0.5, 0.5]))
    assert (np.exp(-factors) < ALARM_P).any(axis=1).mean() <= ALARM_P
