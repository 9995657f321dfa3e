"""The chance that a shopper has ordered by a day to come."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HORIZON_DAYS = 730.0
"""What is not to be expected within this time is not expected at all."""

DAILY = 20
"""So many days are looked at one by one; farther ones in steps that grow."""

GROWTH = 1.05
"""How much longer than its days so far a step makes the curve: half the width of the peak of a very regular shopper."""


def ahead_edges(horizon_days: float = HORIZON_DAYS) -> Floats:
    """Return the ends, in days, of the steps in which a curve is straight, 0 first; float64, shape (n_steps + 1,)."""
    daily = np.arange(DAILY, dtype=np.float64)
    n_steps = int(np.ceil(np.log(horizon_days / DAILY) / np.log(GROWTH)))
    return np.concatenate([daily, np.geomspace(DAILY, horizon_days, n_steps + 1)])


@dataclass(frozen=True, eq=False)
class Curves:
    """Expected orders until each edge, if a first one changed nothing: the cumulated hazard.

    Attributes:
        edges: float64, shape (n_steps + 1,): days ahead, from 0.
        hazards: float64, shape (n, n_steps + 1): never falling, from 0.
    """

    edges: Floats
    hazards: Floats

    @classmethod
    def of(
        cls, rates_at: Callable[[Floats], Floats], edges: Floats, day_weights: Floats | None = None
    ) -> "Curves":
        """Add up rates.

        Args:
            rates_at: returns the orders a day at some days ahead: float64, shape (n_steps,) -> (n, n_steps).
            edges: of the steps.
            day_weights: float64, shape (n_steps,): how much busier than the mean day the days of a step are.
        """
        lengths = np.diff(edges)
        rates = rates_at(edges[:-1] + lengths / 2)
        steps = rates * (lengths if day_weights is None else lengths * day_weights)
        return cls(edges, np.concatenate([np.zeros((len(rates), 1)), np.cumsum(steps, axis=1)], axis=1))

    def hazards_at(self, days: Floats) -> Floats:
        """Return the cumulated hazard of each until some ``days``, shape (n_days,); float64, shape (n, n_days)."""
        step = np.clip(np.searchsorted(self.edges, days, side="right") - 1, 0, len(self.edges) - 2)
        share = np.clip((days - self.edges[step]) / (self.edges[step + 1] - self.edges[step]), 0, 1)
        low = self.hazards[:, step]
        return np.asarray(low + share * (self.hazards[:, step + 1] - low), np.float64)

    def chance_within(self, days: float) -> Floats:
        """Return the probability of an order within ``days``; float64, shape (n,), in 0..1."""
        return np.asarray(-np.expm1(-self.hazards_at(np.asarray([days]))[:, 0]), np.float64)

    def days_until(self, hazards: Floats) -> Floats:
        """Return when the cumulated hazard reaches ``hazards``; float64, shape (n,), NaN for not before the last edge.

        Args:
            hazards: float64, shape (n,): one for each curve, or shape (1,): one for all.
        """
        wanted = np.broadcast_to(hazards, len(self.hazards))
        step = (self.hazards < wanted[:, np.newaxis]).sum(axis=1) - 1
        inside = np.clip(step, 0, len(self.edges) - 2)
        row = np.arange(len(self.hazards))
        low, high = self.hazards[row, inside], self.hazards[row, inside + 1]
        share = np.clip((wanted - low) / np.maximum(high - low, 1e-300), 0, 1)
        days = self.edges[inside] + share * (self.edges[inside + 1] - self.edges[inside])
        return np.where(step >= len(self.edges) - 1, np.nan, days)

    def days_until_chance(self, chance: float) -> Floats:
        """Return after how many days an order has come with probability ``chance``; NaN: not before the last edge."""
        return self.days_until(np.asarray([-np.log1p(-chance)]))
