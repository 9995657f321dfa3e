"""What offers gained: those who were held out tell what would have come without any."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import TypeVar

Z_95 = 1.959963984540054
LEAST = 30
"""With fewer shoppers on either side nothing is said of the difference."""


@dataclass(frozen=True)
class Sums:
    """Sums over decisions whose time is over.

    Attributes:
        n: decisions.
        taken, ordered: of these.
        revenue, cost: in the currency.
        net, net_squared: of margin less cost, and of its square.
    """

    n: int = 0
    taken: int = 0
    ordered: int = 0
    revenue: float = 0.0
    cost: float = 0.0
    net: float = 0.0
    net_squared: float = 0.0

    @property
    def mean(self) -> float:
        """Margin less cost a decision."""
        return self.net / self.n if self.n else 0.0

    @property
    def variance_of_mean(self) -> float:
        """Of ``mean``."""
        if self.n < 2:
            return 0.0
        return max(self.net_squared - self.net**2 / self.n, 0.0) / (self.n - 1) / self.n


@dataclass(frozen=True)
class Uplift:
    """Margin less cost, a shopper who is decided on, above those who are held out; with a 95 % interval.

    Attributes:
        mean, low, high: in the currency.
    """

    mean: float
    low: float
    high: float


Key = TypeVar("Key")


def uplift(decided: Sums, held_out: Sums) -> Uplift | None:
    """Return what offers gained a shopper, or None with too few of either.

    Welch: The generalization of 'Student's' problem (Biometrika 1947), with the normal for the t distribution.
    """
    if min(decided.n, held_out.n) < LEAST:
        return None
    half = Z_95 * sqrt(decided.variance_of_mean + held_out.variance_of_mean)
    mean = decided.mean - held_out.mean
    return Uplift(mean, mean - half, mean + half)


def added(sums: Mapping[Key, Sums]) -> Sums:
    """Return the sums over all keys."""
    return Sums(*(sum(getattr(one, name) for one in sums.values()) for name in Sums.__dataclass_fields__))
