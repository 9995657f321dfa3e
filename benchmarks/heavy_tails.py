"""Revenue of which a few shoppers make most: whether its intervals hold the truth, and what an experiment still sees.

``python -m benchmarks.heavy_tails [SEED]``: shoppers who spend log-normal amounts; the interval of their sum, as the
performance page has it, and experiments with a true effect of 20 %, with and without a cap on what counts of each.
"""

import sys

import numpy as np

from recsvc.outcomes.comparison import Plan, compare
from recsvc.outcomes.performance import T_975, total_of
from recsvc.outcomes.shopper_sums import ShopperSums, cuped
from recsvc.outcomes.tail import cap_of
from recsvc.store.outcome import BUCKETS

EFFECT = 0.2
HALVES = (0.5, 0.5)


def coverage(
    rng: np.random.Generator, sigma: float, buyers: float, n: int, tests: int
) -> tuple[float, float, float]:
    """Return how often Student's interval and ours hold the truth of ``n`` shoppers, and how often ours is rough."""
    truth = n * buyers * np.exp(sigma**2 / 2)
    student, ours, rough, made = 0, 0, 0, 0
    for _ in range(tests):
        amounts = np.where(rng.random(n) < buyers, rng.lognormal(0, sigma, n), 0.0)
        groups = np.bincount(rng.integers(0, BUCKETS, n), amounts, BUCKETS).astype(np.float64)
        found = total_of(groups)
        if found.low is None or found.high is None:
            continue
        made += 1
        student += abs(found.mean - truth) <= T_975 * BUCKETS**0.5 * float(groups.std(ddof=1))
        ours += found.low <= truth <= found.high
        rough += found.is_rough
    return student / made, ours / made, rough / made


def called(rng: np.random.Generator, sigma: float, n: int, tests: int, effect: float) -> tuple[float, float]:
    """Return how often one look at ``n`` shoppers calls a difference of revenue, and of capped revenue."""
    found = np.zeros(2)
    for _ in range(tests):
        before, after = rng.lognormal(0, sigma, n), rng.lognormal(0, sigma, n)
        is_variant = rng.random(n) < HALVES[0]
        after *= np.where(is_variant, 1 + effect, 1.0)
        for place, cap in enumerate((np.inf, cap_of(before) or np.inf)):
            sides = [ShopperSums.of(np.minimum(after[side], cap)) for side in (~is_variant, is_variant)]
            control, variant = cuped(sides)
            plan = Plan.of(ShopperSums.of(np.minimum(before, cap)), EFFECT, HALVES)
            found[place] += compare(variant, control, plan, EFFECT).is_called
    return float(found[0] / tests), float(found[1] / tests)


def main() -> None:
    """Print the tables of benchmarks/README.md."""
    rng = np.random.default_rng(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    for sigma, buyers in ((1.0, 0.2), (1.5, 1.0), (2.0, 1.0), (2.0, 0.2)):
        for n in (100, 1_000, 10_000):
            print(
                sigma,
                buyers,
                n,
                *(f"{one:.3f}" for one in coverage(rng, sigma, buyers, n, 2_000)),
                flush=True,
            )
    for sigma in (1.0, 1.5, 2.0):
        for effect in (0.0, EFFECT):
            print(
                sigma, effect, *(f"{one:.3f}" for one in called(rng, sigma, 10_000, 300, effect)), flush=True
            )


if __name__ == "__main__":
    main()
