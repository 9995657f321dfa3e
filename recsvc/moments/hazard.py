"""The rate at which a shopper orders, as it changes while no order comes.

The log of the rate is a sum of terms: hinges of the time since the last order, by itself and against the shopper's
usual gap, each with a weight of its own for shoppers of whom more is known; and what the BG/NBD model says. Between two
orders nothing but time changes a term, so that one curve says all that follows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsvc.moments.bg_nbd import BgNbd
from recsvc.moments.rhythm import Rhythms

Floats = NDArray[np.float64]

RELATIVE_KNOTS = (-2.0, -1.0, -0.5, -0.2, 0.0, 0.2, 0.5, 1.0, 2.0)
"""Where the slope over the log of time since the last order against the usual gap changes: 0 is the usual gap."""

ORDER_KNOTS = tuple(float(np.log(n)) for n in (2, 4, 10, 30))
"""Where the slope over the log of the number of orders changes."""

FARTHEST_LOST_ODDS = 8.0
"""Beyond these log odds of being lost or not, more says nothing."""

LEAST_LOG_RATE, MOST_LOG_RATE = -23.0, 3.0
"""The log of the orders a day is kept between these: twenty a day, and one in three hundred thousand years."""


@dataclass(frozen=True)
class UsualGaps:
    """What gaps between orders are like in this shop: what a shopper's own are drawn towards.

    Attributes:
        log_mean: mean over shoppers of the mean log of days between two orders.
        spread: standard deviation of the logs within a shopper.
        strength: so many usual gaps are added to a shopper's own.
    """

    log_mean: float
    spread: float
    strength: float

    def log_gap(self, rhythms: Rhythms) -> Floats:
        """Return the usual log gap of each shopper; float64, shape (n,)."""
        n_gaps = rhythms.orders - 1
        return np.asarray(
            (rhythms.log_gaps + self.strength * self.log_mean) / (n_gaps + self.strength), np.float64
        )

    def log_spread(self, rhythms: Rhythms) -> Floats:
        """Return the log of the standard deviation of each shopper's log gaps against the usual; float64."""
        n_gaps = rhythms.orders - 1
        mean = rhythms.log_gaps / np.maximum(n_gaps, 1)
        squares = np.maximum(rhythms.log_gaps_squared - n_gaps * mean**2, 0)
        variance = (squares + self.strength * self.spread**2) / (np.maximum(n_gaps - 1, 0) + self.strength)
        return np.asarray(0.5 * np.log(variance) - np.log(self.spread), np.float64)


@dataclass(frozen=True, eq=False)
class _Group:
    """Products of each of ``bases``, functions of time, with each of ``covariates``, which time does not change."""

    name: str
    bases: Sequence[tuple[str, Floats]]
    covariates: Sequence[tuple[str, Floats]]

    def names(self) -> list[str]:
        return [
            " x ".join([self.name, *filter(None, (base, covariate))])
            for base, _ in self.bases
            for covariate, _ in self.covariates
        ]


@dataclass(frozen=True)
class Terms:
    """What the log of the rate is a sum of.

    Attributes:
        usual: gaps in this shop.
        bg_nbd: its parameters for this shop.
        recency_knots: logs of days plus one since the last order at which the slope changes.
        recency_alone: whether time since the last order is all that is looked at, as a rival to measure against.
    """

    usual: UsualGaps
    bg_nbd: BgNbd
    recency_knots: tuple[float, ...]
    recency_alone: bool = False

    def names(self) -> list[str]:
        """Return the names of the terms."""
        groups = self._groups(Rhythms.first_orders(), np.zeros((1, 1)))
        return [name for group in groups for name in group.names()]

    def matrix(self, rhythms: Rhythms, since_days: Floats) -> Floats:
        """Return the terms at one moment of each shopper; float64, shape (n, n_terms).

        Args:
            rhythms: of n shoppers.
            since_days: float64, shape (n,): since the last order of each.
        """
        return np.concatenate(
            [
                base * covariate[:, np.newaxis]
                for group in self._groups(rhythms, since_days[:, np.newaxis])
                for _, base in group.bases
                for _, covariate in group.covariates
            ],
            axis=1,
        )

    def log_rates(self, weights: Mapping[str, float], rhythms: Rhythms, since_days: Floats) -> Floats:
        """Return the log of the orders a day at several moments of each shopper; float64, shape (n, n_moments).

        Args:
            weights: of the terms, by name.
            rhythms: of n shoppers.
            since_days: float64, shape (n, n_moments): since the last order of each.
        """
        found = np.zeros(since_days.shape)
        for group in self._groups(rhythms, since_days):
            names = iter(group.names())
            for _, base in group.bases:
                slope = np.zeros(len(rhythms))
                for _, covariate in group.covariates:
                    slope += weights[next(names)] * covariate
                found += base * slope[:, np.newaxis]
        return np.clip(found, LEAST_LOG_RATE, MOST_LOG_RATE)

    def _groups(self, rhythms: Rhythms, since_days: Floats) -> list[_Group]:
        log_since, one = np.log1p(since_days), np.ones(len(rhythms))
        always = [("", np.ones((1, 1)))]
        recency = _hinges(log_since, self.recency_knots)
        if self.recency_alone:
            return [_Group("level", always, [("", one)]), _Group("recency", recency, [("", one)])]
        first = np.asarray(rhythms.orders == 1, np.float64)
        again, n_gaps = 1 - first, rhythms.orders - 1
        log_gap, log_spread = self.usual.log_gap(rhythms), self.usual.log_spread(rhythms)
        log_orders, known = np.log(rhythms.orders), n_gaps / (n_gaps + self.usual.strength)
        of_shopper = [
            ("", one),
            ("first", first),
            *((name, hinge[:, 0]) for name, hinge in _hinges(log_orders[:, np.newaxis], (0.0, *ORDER_KNOTS))),
            ("usual_gap", again * (log_gap - self.usual.log_mean)),
            ("recent_gap", again * (rhythms.recent_log_gap - log_gap)),
            ("irregular", again * log_spread),
        ]
        relative = _hinges(log_since - log_gap[:, np.newaxis], RELATIVE_KNOTS)
        regular = [("again", again), ("known", known), ("regular", -known * log_spread)]
        return [
            _Group("level", always, of_shopper),
            _Group("recency", recency, [("", one), ("first", first)]),
            _Group("relative", relative, regular),
            _Group("", self._of_bg_nbd(rhythms, since_days), [("", one)]),
        ]

    def _of_bg_nbd(self, rhythms: Rhythms, since_days: Floats) -> list[tuple[str, Floats]]:
        x, t_x = (rhythms.orders - 1)[:, np.newaxis], rhythms.tenure_days[:, np.newaxis]
        tenure = t_x + since_days
        lost = np.clip(self.bg_nbd.log_lost_odds(x, t_x, tenure), -FARTHEST_LOST_ODDS, FARTHEST_LOST_ODDS)
        return [
            ("log_alive", -np.logaddexp(0, lost)),
            ("log_rate", self.bg_nbd.log_rate(x, tenure)),
            ("log_tenure", np.log1p(tenure)),
        ]


def _hinges(values: Floats, knots: Sequence[float]) -> list[tuple[str, Floats]]:
    """Return a straight line, and for each knot one that begins there; float64, as ``values``."""
    line = [("line", values)]
    return line + [(f"from_{knot:.3g}", np.maximum(values - knot, 0)) for knot in knots]
