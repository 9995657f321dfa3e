"""What is kept of one figure of the shoppers of a variant: sums, from which means, variances and CUPED come."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class ShopperSums:
    """Sums over the shoppers of a variant; ``y`` is a shopper's figure since the start, ``x`` the one before it.

    Attributes:
        n: shoppers.
        y, yy, x, xx, xy: sums of the figures, their squares and their product.
    """

    n: int = 0
    y: float = 0.0
    yy: float = 0.0
    x: float = 0.0
    xx: float = 0.0
    xy: float = 0.0

    @classmethod
    def of(cls, y: ArrayLike, x: ArrayLike | None = None) -> "ShopperSums":
        """Return the sums of shoppers' figures, shape (n,), and of those before the start; none are 0."""
        after = np.asarray(y, dtype=np.float64)
        before = np.zeros_like(after) if x is None else np.asarray(x, dtype=np.float64)
        return cls(
            len(after),
            float(after.sum()),
            float(after @ after),
            float(before.sum()),
            float(before @ before),
            float(after @ before),
        )

    @property
    def mean(self) -> float:
        """The figure of a shopper on average; 0 without any."""
        return self.y / self.n if self.n else 0.0

    @property
    def variance(self) -> float:
        """The variance of the figure between shoppers."""
        return _centred(self.n, self.yy, self.y, self.y) / max(self.n - 1, 1)


@dataclass(frozen=True)
class Adjusted:
    """The figure of a variant after CUPED.

    Attributes:
        n: shoppers.
        mean: of the figure, as if the shoppers of all variants had been alike before the start.
        variance: between shoppers, of what the time before does not explain.
    """

    n: int
    mean: float
    variance: float


def cuped(variants: Sequence[ShopperSums]) -> list[Adjusted]:
    """Return each variant's figure without what its shoppers' figure before the start explains.

    Deng, Xu, Kohavi and Walker, "Improving the sensitivity of online controlled experiments by utilizing pre-experiment
    data" (CUPED), WSDM 2013. The slope is one for all variants, from differences within each of them.
    """
    xx = sum(_centred(one.n, one.xx, one.x, one.x) for one in variants)
    xy = sum(_centred(one.n, one.xy, one.x, one.y) for one in variants)
    slope = xy / xx if xx > 0 else 0.0
    n = sum(one.n for one in variants)
    mean_before = sum(one.x for one in variants) / n if n else 0.0
    return [_adjusted(one, slope, mean_before) for one in variants]


def _adjusted(one: ShopperSums, slope: float, mean_before: float) -> Adjusted:
    if one.n == 0:
        return Adjusted(0, 0.0, 0.0)
    left = (
        _centred(one.n, one.yy, one.y, one.y)
        - 2 * slope * _centred(one.n, one.xy, one.x, one.y)
        + slope**2 * _centred(one.n, one.xx, one.x, one.x)
    )
    mean = one.mean - slope * (one.x / one.n - mean_before)
    return Adjusted(one.n, mean, max(left, 0.0) / max(one.n - 1, 1))


def _centred(n: int, product: float, first: float, second: float) -> float:
    """Return the sum of products of what differs from the mean; 0 where that is only rounding."""
    if n < 2:
        return 0.0
    centred = product - first * second / n
    return centred if abs(centred) > 1e-12 * abs(product) else 0.0
