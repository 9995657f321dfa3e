"""A variant beside the control: how much more or less, with intervals that hold however often they are looked at."""

import math
from dataclasses import dataclass

from recsvc.outcomes.mixture import LEEWAY_Z, PLANNED_Z, Mixture, normal_mixture
from recsvc.outcomes.shopper_sums import Adjusted, ShopperSums

ALPHA = 0.05
"""The chance that an experiment without any difference is ever called one."""

MIN_SHOPPERS = 100
"""A variant of fewer shoppers is not compared: means of so few are no normal variables yet."""

UNPLANNED_SHOPPERS = 20_000
"""The bounds are narrowest at so many shoppers, where nothing of the time before tells a better number."""

MAX_DAYS = 3650.0


@dataclass(frozen=True)
class Plan:
    """What is fixed at the start of an experiment, from shoppers of the time before it.

    Attributes:
        mixture: the bounds.
        variance: of the figure between shoppers of the time before; None where too little was known.
    """

    mixture: Mixture
    variance: float | None

    @classmethod
    def of(
        cls, before: ShopperSums, min_effect: float, shares: tuple[float, float], alpha: float = ALPHA
    ) -> "Plan":
        """Return the plan to see a relative effect of ``min_effect`` with variants of these shares.

        Args:
            before: a shopper's figure in the time before, as ``y``.
            min_effect: .05 is 5 %.
            shares: of the variant and of the control.
            alpha: the chance of a difference where there is none.
        """
        if before.n < MIN_SHOPPERS or before.y <= 0 or before.variance <= 0:
            return cls(normal_mixture(UNPLANNED_SHOPPERS, alpha), None)
        whole = sum(shares)
        both = sum(whole / share for share in shares)
        planned = (PLANNED_Z / (min_effect * before.mean)) ** 2 * before.variance * both
        return cls(Mixture(planned), before.variance)

    def time(self, variant: Adjusted, control: Adjusted) -> float:
        """Return how much is known, in shoppers of the time before.

        It grows with the shoppers and with what each of them does: with the variance of the sums, as that of Brownian
        motion does with time.
        """
        n = variant.n + control.n
        if self.variance is None:
            return float(n)
        between = _squared_error(variant, control) / (1 / variant.n + 1 / control.n)
        return n * between / self.variance


@dataclass(frozen=True)
class Interval:
    """A figure, and between what it is; ``low`` or ``high`` is None where nothing is known of it yet."""

    mean: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Comparison:
    """A variant beside the control.

    Attributes:
        difference: of a shopper's figure.
        relative: the same in relation to the control's: .05 is 5 % more.
        p_value: always valid; None before there is something to compare.
        further: how many times as much has to be known until an effect of the planned size is seen with power 80 %;
            1 or less where it would be seen by now, None where nobody can tell yet.
    """

    difference: Interval
    relative: Interval
    p_value: float | None
    further: float | None

    @property
    def is_called(self) -> bool:
        """Whether there is a difference."""
        low, high = self.difference.low, self.difference.high
        return (low is not None and low > 0) or (high is not None and high < 0)


NOTHING_YET = Comparison(Interval(None, None, None), Interval(None, None, None), None, None)


def compare(
    variant: Adjusted, control: Adjusted, plan: Plan, min_effect: float, alpha: float = ALPHA
) -> Comparison:
    """Return ``variant`` beside ``control``; both after CUPED."""
    squared_error = _squared_error(variant, control) if min(variant.n, control.n) >= MIN_SHOPPERS else 0.0
    if squared_error <= 0:
        return NOTHING_YET
    time, error = plan.time(variant, control), math.sqrt(squared_error)
    multiplier = plan.mixture.multiplier(time, alpha)
    difference, reach = variant.mean - control.mean, multiplier * error
    return Comparison(
        Interval(difference, difference - reach, difference + reach),
        _relative(variant, control, multiplier),
        plan.mixture.p_value(difference / error, time),
        _further(plan.mixture, time, min_effect * abs(control.mean) / error, alpha),
    )


def _squared_error(variant: Adjusted, control: Adjusted) -> float:
    return variant.variance / variant.n + control.variance / control.n


def _relative(variant: Adjusted, control: Adjusted, multiplier: float) -> Interval:
    """Return the relative difference between which ``variant = (1 + r) control`` is not refuted (Fieller 1954).

    It leaves out 0 where the interval of the difference does.
    """
    if control.mean <= 0:
        return Interval(None, None, None)
    mean = variant.mean / control.mean - 1
    a = control.mean**2 - multiplier**2 * control.variance / control.n
    b = variant.mean * control.mean
    c = variant.mean**2 - multiplier**2 * variant.variance / variant.n
    under_root = b * b - a * c
    if a <= 0 or under_root < 0:  # the control itself may be nothing
        return Interval(mean, None, None)
    root = math.sqrt(under_root)
    return Interval(mean, (b - root) / a - 1, (b + root) / a - 1)


def _further(mixture: Mixture, time: float, z: float, alpha: float) -> float | None:
    """Return by how much ``time`` has to grow until an effect, now of ``z`` standard errors, is likely to be seen."""
    if z <= 0:
        return None

    def is_seen(factor: float) -> bool:
        return mixture.refutes(max(z * math.sqrt(factor) - LEEWAY_Z, 0.0), time * factor, alpha)

    low, high = 0.0, 1.0
    while not is_seen(high):
        low, high = high, 2 * high
        if high > MAX_DAYS * 100:
            return None
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (low, middle) if is_seen(middle) else (middle, high)
    return high
