"""What offers gained: those who were held out tell what would have come without any."""

from dataclasses import dataclass
from math import sqrt

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
    """

    n: int = 0
    taken: int = 0
    ordered: int = 0
    revenue: float = 0.0
    cost: float = 0.0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.n + other.n,
            self.taken + other.taken,
            self.ordered + other.ordered,
            self.revenue + other.revenue,
            self.cost + other.cost,
        )


@dataclass(frozen=True)
class Earned:
    """Sums over shoppers, each with all their decisions: those of one shopper are no independent trials.

    Attributes:
        n: shoppers.
        net, net_squared: of margin less cost of a shopper, and of its square.
    """

    n: int = 0
    net: float = 0.0
    net_squared: float = 0.0

    @property
    def mean(self) -> float:
        """Margin less cost a shopper."""
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


def uplift(decided: Earned, held_out: Earned) -> Uplift | None:
    """Return what offers gained a shopper, or None with too few of either.

    Welch: The generalization of 'Student's' problem (Biometrika 1947), with the normal for the t distribution.
    """
    if min(decided.n, held_out.n) < LEAST:
        return None
    half = Z_95 * sqrt(decided.variance_of_mean + held_out.variance_of_mean)
    mean = decided.mean - held_out.mean
    return Uplift(mean, mean - half, mean + half)
