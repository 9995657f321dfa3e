"""Where a shopper stands between one order and the next, by the curve from their last order on."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from recsvc.moments.curve import HORIZON_DAYS, Curves, ahead_edges

Floats = NDArray[np.float64]


class State(StrEnum):
    """Where a shopper stands; while no order comes, a state is only followed by one below it."""

    NEW = "new"
    ACTIVE = "active"
    DUE = "due"
    LATE = "late"
    AWAY = "away"
    GONE = "gone"


RULES = {
    State.NEW: "ordered once, and it is early for a second order",
    State.ACTIVE: "ordered again before, and it is early for the next order",
    State.DUE: "a quarter of those who order again have done so by now",
    State.LATE: "three quarters of those who order again have done so by now",
    State.AWAY: "late, and the chance of an order within 90 days is below 10 %",
    State.GONE: "away, and the chance of an order within a year is below 5 %",
}
"""What each state means, of shoppers like this one since their last order."""

STATES = tuple(State)
DUE_FROM, LATE_FROM = 0.25, 0.75
AWAY_DAYS, AWAY_CHANCE = 90.0, 0.10
GONE_DAYS, GONE_CHANCE = 365.0, 0.05
LONGEST_DAYS = 4 * 365.0
"""States are looked for until so many days after the last order."""

STATE_EDGES = ahead_edges(LONGEST_DAYS + GONE_DAYS)
"""Ends of the steps of curves that begin with an order."""


@dataclass(frozen=True, eq=False)
class Stages:
    """When each shopper's state changes, while no order comes.

    Attributes:
        begins_days: float64, shape (n, 4): days after the last order at which due, late, away and gone begin; never
            falling from left to right, NaN for not within ``LONGEST_DAYS``.
        is_first: bool, shape (n,): whether the last order was the first.
    """

    begins_days: Floats
    is_first: NDArray[np.bool_]

    @classmethod
    def of(cls, curves: Curves, is_first: NDArray[np.bool_]) -> "Stages":
        """Return when the states begin; ``curves`` start with the last orders, with steps at ``STATE_EDGES``."""
        comes = curves.chance_within(HORIZON_DAYS)
        due, late = (
            np.minimum(curves.days_until(-np.log1p(-share * comes)), HORIZON_DAYS)
            for share in (DUE_FROM, LATE_FROM)
        )
        away = _first_below(curves, late, AWAY_DAYS, AWAY_CHANCE)
        gone = _first_below(curves, away, GONE_DAYS, GONE_CHANCE)
        return cls(np.stack([due, late, away, gone], axis=1), is_first)

    def numbers(self, since_days: Floats) -> NDArray[np.int64]:
        """Return the place in ``STATES`` of each shopper, ``since_days`` after their last order; int64, shape (n,)."""
        begun = (self.begins_days <= since_days[:, np.newaxis]).sum(axis=1)
        return np.where((begun == 0) & self.is_first, 0, begun + 1)

    def began_days(self, numbers: NDArray[np.int64]) -> Floats:
        """Return how many days after the last order states began, 0 for the first; float64, shape (n,)."""
        begins = np.concatenate([np.zeros((len(numbers), 2)), self.begins_days], axis=1)
        return np.asarray(begins[np.arange(len(numbers)), numbers], np.float64)

    def ends_days(self, numbers: NDArray[np.int64]) -> Floats:
        """Return how many days after the last order states end, NaN for never; float64, shape (n,)."""
        never = np.full((len(numbers), 1), np.nan)
        ends = np.concatenate([self.begins_days[:, :1], self.begins_days, never], axis=1)
        return np.asarray(ends[np.arange(len(numbers)), numbers], np.float64)


def next_number(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the state that follows each while no order comes; what is last follows itself."""
    return np.where(numbers == 0, 2, np.minimum(numbers + 1, len(STATES) - 1))


def _first_below(curves: Curves, from_days: Floats, within_days: float, chance: float) -> Floats:
    """Return the first moment from ``from_days`` on at which the chance of an order is small; NaN for none."""
    edges = curves.edges[curves.edges <= LONGEST_DAYS]
    ahead = curves.hazards_at(edges + within_days) - curves.hazards_at(edges)
    from_days = from_days[:, np.newaxis]
    # A step that has begun counts as a whole: its end is the first edge from which is looked.
    fits = (-np.expm1(-ahead) < chance) & (edges >= from_days)
    first = np.argmax(fits, axis=1)
    return np.where(fits.any(axis=1), edges[first], np.nan)
