"""The BG/NBD model of repeat buying: Fader, Hardie, Lee, Marketing Science 24 (2005).

Each shopper orders at a rate of their own, which is gamma distributed among shoppers (``r``, ``alpha``), and after each
order is lost for good with a probability of their own, which is beta distributed (``a``, ``b``). What is known of a
shopper is x, the orders after the first; t_x, the time from the first to the last; and T, that from the first to now.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BgNbd:
    """The four parameters; ``alpha`` is in days. All are above 0."""

    r: float
    alpha: float
    a: float
    b: float

    def log_lost_odds(self, x: Floats, t_x: Floats, tenure: Floats) -> Floats:
        """Return the log of the odds that the shopper is lost; float64, as long as the arguments; -inf for x = 0.

        The second term of equation 6 of the paper over its first: only an order can be followed by a loss.
        """
        again = np.maximum(x, 1)
        odds = (
            np.log(self.a)
            - np.log(self.b + again - 1)
            + (self.r + x) * (np.log(self.alpha + tenure) - np.log(self.alpha + t_x))
        )
        return np.where(x > 0, odds, -np.inf)

    def alive(self, x: Floats, t_x: Floats, tenure: Floats) -> Floats:
        """Return the probability that the shopper is not lost; float64, as long as the arguments."""
        return np.asarray(np.exp(-np.logaddexp(0, self.log_lost_odds(x, t_x, tenure))))

    def log_rate(self, x: Floats, tenure: Floats) -> Floats:
        """Return the log of the expected orders a day while the shopper is not lost; float64."""
        return np.asarray(np.log(self.r + x) - np.log(self.alpha + tenure))

    def survival(self, x: Floats, t_x: Floats, tenure: Floats, ahead: Floats) -> Floats:
        """Return the probability of no order in the next ``ahead`` days; float64, shape (n_shoppers, n_ahead).

        Those who are lost order no more; the rate of the others is gamma distributed with r + x and alpha + T.
        """
        alive = self.alive(x, t_x, tenure)[:, np.newaxis]
        begun = (self.alpha + tenure)[:, np.newaxis]
        none = np.exp((self.r + x)[:, np.newaxis] * (np.log(begun) - np.log(begun + ahead)))
        return np.asarray(1 - alive + alive * none)
