"""How far a difference may stray by chance while it is looked at again and again.

A figure that is looked at every day crosses the bounds of a test for one look far too often. The bounds here hold at
all looks together: those of a mixture martingale (Robbins, "Statistical methods related to the law of the iterated
logarithm", 1970), used for means as an asymptotic confidence sequence (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas,
"Time-uniform central limit theory and asymptotic confidence sequences", Annals of Statistics 52, 2024).
"""

import math
from dataclasses import dataclass

PLANNED_Z = 2.801585
"""Standard errors that an effect is large when a test for one look at 5 % finds it 4 times in 5: 1.96 + 0.84."""

LEEWAY_Z = 0.62
"""Standard errors beyond the bounds at which an effect has been seen with chance 4 in 5, counting earlier looks."""

_STEPS = 80


@dataclass(frozen=True)
class Mixture:
    """The effects that the bounds expect: half of the weight around each of ``centre`` and ``-centre``.

    The bounds are narrow where effects of that size are found, and shrink to nothing with any other. With ``centre`` 0
    they are those of Robbins' normal mixture, equation (10) of Waudby-Smith et al.; the other one finds the planned
    effect with fewer shoppers.

    Attributes:
        planned: the sample in shoppers that a test for one look, at 5 % and with power 80 %, would be planned with.
        centre, spread: mean and standard deviation of the effects, in standard errors of the planned sample.
    """

    planned: float
    centre: float = 0.85 * PLANNED_Z
    spread: float = 0.15 * PLANNED_Z

    def __post_init__(self) -> None:
        """Raise ValueError unless the sample and the spread are above 0."""
        if not (self.planned > 0 and self.spread > 0 and self.centre >= 0):
            raise ValueError(f"planned and spread must be above 0, got {self.planned} and {self.spread}")

    def log_evidence(self, z: float, time: float) -> float:
        """Return the logarithm of the martingale: of a likelihood ratio, averaged over the expected effects.

        Args:
            z: the difference in its standard errors.
            time: how much is known by then, in shoppers.
        """
        u = time / self.planned
        s, q = abs(z) * math.sqrt(u), 1 + u * self.spread**2
        pull = self.centre * s / q
        log_cosh = pull + math.log1p(math.exp(-2 * pull)) - math.log(2)
        return ((self.spread * s) ** 2 - self.centre**2 * u) / (2 * q) + log_cosh - math.log(q) / 2

    def multiplier(self, time: float, alpha: float) -> float:
        """Return how many standard errors the interval reaches to either side.

        With chance ``1 - alpha`` the truth is in all intervals, however often and whenever they are looked at.
        """
        low, high = 0.0, 1.0
        while not self.refutes(high, time, alpha):
            low, high = high, 2 * high
        for _ in range(_STEPS):
            middle = (low + high) / 2
            low, high = (low, middle) if self.refutes(middle, time, alpha) else (middle, high)
        return high

    def refutes(self, z: float, time: float, alpha: float) -> bool:
        """Return whether a difference of ``z`` standard errors is beyond the interval."""
        return self.log_evidence(z, time) >= -math.log(alpha)

    def p_value(self, z: float, time: float) -> float:
        """Return an always-valid p-value: below ``alpha`` where the interval of ``alpha`` leaves out 0."""
        return min(1.0, math.exp(-self.log_evidence(z, time)))


def normal_mixture(planned: float, alpha: float) -> Mixture:
    """Return Robbins' normal mixture whose interval is narrowest at ``planned`` shoppers (Waudby-Smith et al., B.2)."""
    tightest = -2 * math.log(alpha) + math.log(-2 * math.log(alpha) + 1)
    return Mixture(planned, centre=0.0, spread=math.sqrt(tightest))
