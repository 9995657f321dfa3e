"""Whether the groups of an experiment are of the size they should be, looked at again and again.

Where they are not, something decides beside chance who is counted, and no figure of the experiment can be trusted.
"""

import math
from collections.abc import Sequence

ALARM_P = 0.01
"""Groups that chance makes so uneven, at any look, in less than so many experiments are an alarm."""

CONCENTRATION = 1000.0
"""How close to the stated shares the wrong ones are expected, in shoppers: about 3 percentage points of a half."""


def sample_ratio_p(counts: Sequence[int], shares: Sequence[float]) -> float:
    """Return the always-valid p-value of shoppers counted in variants that should have these shares.

    It is the test of Lindon and Malek, "Anytime-valid inference for multinomial count data", NeurIPS 2022: the inverse
    of the Bayes factor of a Dirichlet mixture around the shares against the shares. Below ``ALARM_P`` at any time, in
    at most so many experiments, where the shares are true.
    """
    n = sum(counts)
    log_factor = math.lgamma(CONCENTRATION) - math.lgamma(CONCENTRATION + n)
    for count, share in zip(counts, shares, strict=True):
        prior = CONCENTRATION * share
        log_factor += math.lgamma(prior + count) - math.lgamma(prior) - count * math.log(share)
    return min(1.0, math.exp(-log_factor)) if log_factor > 0 else 1.0
