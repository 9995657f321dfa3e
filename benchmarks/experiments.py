"""Whether verdicts on experiments can be trusted: made-up experiments whose truth is known.

``python -m benchmarks.experiments [SEED]``: 1,000 experiments without any difference, looked at daily for 28 days;
groups of 52 and 48 % that should be halves; and a true effect of 5 %, with the sample that it takes beside that of a
test for one look.
"""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsvc.outcomes.comparison import ALPHA, MIN_SHOPPERS, Plan, compare
from recsvc.outcomes.mixture import PLANNED_Z
from recsvc.outcomes.sample_ratio import ALARM_P, sample_ratio_p
from recsvc.outcomes.shopper_sums import ShopperSums, cuped

DAYS = 28
HALVES = (0.5, 0.5)
A_A_EFFECT = 0.25
"""The effect that experiments without any are planned for: so large that these shops would see it in 28 days."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class MadeUpShop:
    """A shop whose shoppers order at rates of their own and spend lognormal amounts: most nothing, a few very much.

    Attributes:
        n: shoppers of an experiment, who come for the first time on days of their own.
        orders: of a shopper in 28 days, on average; gamma distributed between shoppers.
        sigma: of the logarithm of an order's value.
        effect: of the variant on the number of orders.
    """

    n: int = 6000
    orders: float = 0.4
    sigma: float = 1.2
    effect: float = 0.0

    def daily_sums(self, rng: np.random.Generator) -> Iterator[tuple[ShopperSums, ShopperSums]]:
        """Yield the sums of revenue of control and variant by the end of each day; ``x`` is that of 28 days before."""
        rate = rng.gamma(0.7, self.orders / 0.7, self.n) / DAYS
        is_variant = rng.random(self.n) < 0.5
        before = self._revenue(rng, rng.poisson(rate * DAYS))
        arrival = np.minimum((rng.exponential(0.35, self.n) * DAYS).astype(np.int64), DAYS - 1)
        n_orders = rng.poisson(rate * (DAYS - arrival) * np.where(is_variant, 1 + self.effect, 1))
        shopper = np.repeat(np.arange(self.n), n_orders)
        day = (arrival[shopper] + rng.random(len(shopper)) * (DAYS - arrival[shopper])).astype(np.int64)
        order = np.lexsort((day, shopper))
        shopper, day = shopper[order], day[order]
        money = rng.lognormal(3.0, self.sigma, len(shopper))
        earlier = np.cumsum(money) - money
        first = np.searchsorted(shopper, np.arange(self.n))
        spent = earlier - np.append(earlier, 0.0)[np.minimum(first, len(earlier))][shopper]
        found = []
        for side in (~is_variant, is_variant):
            theirs, of_side = side[shopper], before * side
            found.append(
                [
                    np.cumsum(np.bincount(at, weights, DAYS))
                    for at, weights in (
                        (arrival, side.astype(float)),
                        (day, money * theirs),
                        (day, (2 * spent * money + money**2) * theirs),
                        (arrival, of_side),
                        (arrival, of_side**2),
                        (day, before[shopper] * money * theirs),
                    )
                ]
            )
        for until in range(DAYS):
            control, variant = (
                ShopperSums(int(side[0][until]), *(float(one[until]) for one in side[1:])) for side in found
            )
            yield control, variant

    def before(self, rng: np.random.Generator) -> ShopperSums:
        """Return what the shop knows of the 28 days before, from as many other shoppers."""
        return ShopperSums.of(self._revenue(rng, rng.poisson(rng.gamma(0.7, self.orders / 0.7, self.n))))

    def _revenue(self, rng: np.random.Generator, n_orders: NDArray[np.int64]) -> Floats:
        shopper = np.repeat(np.arange(len(n_orders)), n_orders)
        return np.bincount(shopper, rng.lognormal(3.0, self.sigma, len(shopper)), len(n_orders)).astype(
            np.float64
        )


def called_without_difference(tests: int, seed: int, *, is_planned: bool = True, n: int = 6000) -> float:
    """Return the share of experiments without a difference that are ever called one, looked at daily for 28 days."""
    rng, shop = np.random.default_rng(seed), MadeUpShop(n)
    return float(np.mean([_is_ever_called(rng, shop, is_planned=is_planned) for _ in range(tests)]))


def _is_ever_called(rng: np.random.Generator, shop: MadeUpShop, *, is_planned: bool) -> bool:
    plan = Plan.of(shop.before(rng) if is_planned else ShopperSums(), A_A_EFFECT, HALVES)
    for sides in shop.daily_sums(rng):
        control, variant = cuped(sides)
        if compare(variant, control, plan, A_A_EFFECT).is_called:
            return True
    return False


def uneven_groups_caught(tests: int, seed: int, share: float = 0.52, shoppers: int = 20_000) -> float:
    """Return the share of experiments with groups of ``share``, instead of halves, that are an alarm by then."""
    counts = np.random.default_rng(seed).binomial(shoppers, share, tests)
    return float(np.mean([sample_ratio_p([int(k), shoppers - int(k)], HALVES) < ALARM_P for k in counts]))


@dataclass(frozen=True)
class Sample:
    """The sample that finds a true effect, in samples of a test for one look that finds it with chance 80 %.

    Attributes:
        fixed: shoppers of that test.
        mean, median, with_power_80: of the sample when the effect was first seen; the last finds it as often.
        found: the share of experiments that found it within 1.5 samples.
    """

    fixed: int
    mean: float
    median: float
    with_power_80: float
    found: float


def sample_for_effect(
    tests: int, seed: int, *, is_revenue: bool, looks: int = 28, most: float = 3.0
) -> Sample:
    """Return how large a sample finds 5 % more, looked at ``looks`` times within 1.5 samples of the fixed test."""
    rng, effect = np.random.default_rng(seed), 0.05
    n_orders, sigma = 1.2, 0.5
    before, after = (
        ShopperSums.of(_figures(rng, 400_000, n_orders * factor, sigma, is_revenue=is_revenue))
        for factor in (1.0, 1.0 + effect)
    )
    plan = Plan.of(before, effect, HALVES)
    fixed = 2 * (PLANNED_Z / (effect * before.mean)) ** 2 * (before.variance + after.variance)
    a_look = int(1.5 * fixed / looks / 2)
    n_looks = int(most / 1.5 * looks)
    first = np.full(tests, np.inf)
    for test in range(tests):
        sums = np.zeros((2, 2))
        for look in range(1, n_looks + 1):
            for side, factor in enumerate((1.0, 1.0 + effect)):
                y = _figures(rng, a_look, n_orders * factor, sigma, is_revenue=is_revenue)
                sums[side] += y.sum(), y @ y
            n = look * a_look
            control, variant = cuped([ShopperSums(n, float(y), float(yy)) for y, yy in sums])
            if compare(variant, control, plan, effect).is_called:
                first[test] = 2 * n / fixed
                break
    seen = np.minimum(first, most)
    return Sample(
        round(fixed),
        float(seen.mean()),
        float(np.median(first)),
        float(np.quantile(first, 0.8, method="higher")),
        float((first <= 1.5 + 1e-9).mean()),
    )


def _figures(rng: np.random.Generator, n: int, n_orders: float, sigma: float, *, is_revenue: bool) -> Floats:
    """Return orders, or revenue, of shoppers; most orders of few."""
    orders = rng.poisson(n_orders, n)
    if not is_revenue:
        return orders.astype(np.float64)
    shopper = np.repeat(np.arange(n), orders)
    return np.bincount(shopper, rng.lognormal(3.0, sigma, len(shopper)), n).astype(np.float64)


def main() -> None:
    """Print a line for each question."""
    seed, started = int(sys.argv[1]) if len(sys.argv) > 1 else 1, time.perf_counter()
    for name, is_planned in (("planned by the time before", True), ("without a time before", False)):
        called = called_without_difference(1000, seed, is_planned=is_planned)
        print(
            f"1,000 A/A tests of revenue, {name}, 28 daily looks: {called:.1%} ever called ({ALPHA:.0%} allowed)"
        )
    for share in (0.52, 0.51, 0.5):
        caught = uneven_groups_caught(1000, seed, share)
        print(
            f"{share:.0%} instead of 50 % of 20,000 shoppers: {caught:.1%} of 1,000 experiments are an alarm"
        )
    for name, is_revenue in (("orders", False), ("revenue", True)):
        found = sample_for_effect(1000, seed, is_revenue=is_revenue)
        print(
            f"a true +5 % of {name}: one look needs {found.fixed:,} shoppers for power 80 %; seen "
            f"after {found.mean:.2f} times as many on average, {found.median:.2f} in the middle, by "
            f"{found.with_power_80:.2f} times in 80 %; within 1.5 times in {found.found:.1%}"
        )
    print(f"{time.perf_counter() - started:.0f} s; at least {MIN_SHOPPERS} shoppers a variant")


if __name__ == "__main__":
    main()
