"""How likely a user buys an item within some weeks: a logistic regression on signals, calibrated."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from recsvc.errors import DamagedModelError
from recsvc.ranking.audience.signals import AGAIN, COLD_START, NEW

Floats = NDArray[np.float32]


SMALLEST = 1e-7
"""Nothing is less likely, or more certain than all but that."""


class Case(StrEnum):
    """What the item is to the user."""

    NEW = "new"
    AGAIN = "again"
    COLD_START = "cold_start"

    @property
    def signals(self) -> tuple[str, ...]:
        """The signals that it is judged by."""
        return {Case.NEW: NEW, Case.AGAIN: AGAIN, Case.COLD_START: COLD_START}[self]


@dataclass(frozen=True)
class CaseLikelihood:
    """Of one case.

    Attributes:
        weights: of each signal.
        odds, probabilities: ascending: how often those with such log odds bought. In between, and below, log odds are
            moved along a straight line; above, nobody is likelier than the last.
    """

    weights: Mapping[str, float]
    odds: tuple[float, ...]
    probabilities: tuple[float, ...]

    def __post_init__(self) -> None:
        """Raise ValueError for a curve that is none."""
        numbers = [*self.weights.values(), *self.odds, *self.probabilities]
        is_curve = len(self.odds) == len(self.probabilities) > 0
        ascends = all(np.all(np.diff(values) >= 0) for values in (self.odds, self.probabilities))
        if not is_curve or not ascends or not np.isfinite(numbers).all():
            raise ValueError("odds and probabilities must be as many, finite and ascending")
        if not 0 <= self.probabilities[0] <= self.probabilities[-1] <= 1:
            raise ValueError("probabilities must be 0..1")

    def log_odds(self, signals: Floats, names: tuple[str, ...]) -> Floats:
        """Return the weighted sum of each row; float32, shape (n,); ``signals``: shape (n, len(names))."""
        weights = np.asarray([self.weights.get(name, 0.0) for name in names], dtype=np.float32)
        return np.asarray(signals @ weights, dtype=np.float32)

    def probability(self, log_odds: Floats) -> NDArray[np.float64]:
        """Return how likely each user buys; float64, shape (n,)."""
        found = np.clip(np.asarray(self.probabilities), SMALLEST, 1 - SMALLEST)
        meant = np.log(found / (1 - found))
        moved = np.interp(log_odds, self.odds, meant) - np.maximum(self.odds[0] - log_odds, 0)
        return np.asarray(1 / (1 + np.exp(-moved)), dtype=np.float64)


@dataclass(frozen=True)
class Likelihood:
    """Of all cases that there was enough to learn from.

    Attributes:
        horizon_days: within so many days.
        cases: by what the item is to the user.
    """

    horizon_days: float
    cases: Mapping[Case, CaseLikelihood]

    def __post_init__(self) -> None:
        """Raise ValueError for no time."""
        if not self.horizon_days > 0 or not np.isfinite(self.horizon_days):
            raise ValueError(f"horizon_days must be above 0, got {self.horizon_days}")

    def written(self) -> str:
        """Return the text that ``read`` reads."""
        cases = {case.value: asdict(of_case) for case, of_case in self.cases.items()}
        return json.dumps({"horizon_days": self.horizon_days, "cases": cases}, indent=1)

    @classmethod
    def read(cls, text: str) -> "Likelihood | None":
        """Return what a version holds; None for an empty text: nothing was learned. Raises DamagedModelError."""
        if not text:
            return None
        try:
            said = json.loads(text)
            cases = {
                Case(name): CaseLikelihood(
                    {signal: float(weight) for signal, weight in one["weights"].items()},
                    tuple(map(float, one["odds"])),
                    tuple(map(float, one["probabilities"])),
                )
                for name, one in said["cases"].items()
            }
            return cls(float(said["horizon_days"]), cases)
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise DamagedModelError(f"what tells who buys an item cannot be read: {error}") from error
