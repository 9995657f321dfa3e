"""How far a mean over these shoppers may lie from that over all shoppers like them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95
N_RESAMPLES = 1_000
_BLOCK = 50


@dataclass(frozen=True)
class Estimate:
    """A mean and the interval that it lies in with 95 % confidence; NaN where there was no user."""

    mean: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half the length of the interval."""
        return (self.high - self.low) / 2


@dataclass(frozen=True)
class Resampling:
    """The percentile bootstrap over users.

    Efron, Tibshirani: An Introduction to the Bootstrap (1993), chapter 13.

    Attributes:
        seed: starts the random numbers.
        n_resamples: how often as many users are drawn, with replacement.
    """

    seed: int = 0
    n_resamples: int = N_RESAMPLES

    def means(self, values: NDArray[np.float64]) -> tuple[Estimate, ...]:
        """Return the mean and interval of each column of ``values``, float64, shape (n_users, n_columns).

        The columns are resampled together: where one holds the difference of two rankers, user by user, its
        interval is that of the paired comparison.
        """
        if len(values) == 0:
            return (Estimate(np.nan, np.nan, np.nan),) * int(values.shape[1])
        tail = 100 * (1 - CONFIDENCE) / 2
        low, high = np.percentile(self._resampled(values), [tail, 100 - tail], axis=0)
        means: NDArray[np.float64] = values.mean(axis=0)
        return tuple(
            Estimate(float(means[column]), float(low[column]), float(high[column]))
            for column in range(values.shape[1])
        )

    def mean(self, values: NDArray[np.float64]) -> Estimate:
        """Return the mean of ``values``, float64, shape (n_users,), and its interval."""
        return self.means(values[:, np.newaxis])[0]

    def standard_error(self, values: NDArray[np.float64]) -> float:
        """Return the standard deviation of the resampled means of ``values``, float64, shape (n_users,)."""
        return float(self._resampled(values[:, np.newaxis]).std())

    def _resampled(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean of each column in each resample; float64, shape (n_resamples, n_columns)."""
        rng = np.random.default_rng(self.seed)
        n_users = len(values)
        means = []
        for start in range(0, self.n_resamples, _BLOCK):
            size = min(_BLOCK, self.n_resamples - start)
            drawn = rng.integers(n_users, size=(size, n_users)) + n_users * np.arange(size)[:, np.newaxis]
            # How often each user was drawn; a product with these counts is the sum over the resample.
            times = np.bincount(drawn.ravel(), minlength=size * n_users).reshape(size, n_users)
            means.append(times.astype(np.float64) @ values / n_users)
        return np.concatenate(means)
