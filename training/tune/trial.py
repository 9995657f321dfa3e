"""One attempt at better settings, and what came of it."""

from dataclasses import dataclass
from enum import StrEnum

from training.tune.quality import Quality
from training.tune.space import Values


class Outcome(StrEnum):
    """How a trial ended."""

    MEASURED = "measured"
    PRUNED = "worse than most"
    IMPOSSIBLE = "no solution"
    OUT_OF_TIME = "out of time"


@dataclass(frozen=True, eq=False)
class Trial:
    """What was tried, and how good it is.

    Attributes:
        number: counted from 0 within its stage.
        values: the settings tried.
        outcome: how it ended.
        value: quality on the tuning windows; None unless measured on all of them.
        quality: of each shopper, one entry a window; empty unless measured on all of them.
    """

    number: int
    values: Values
    outcome: Outcome
    value: float | None = None
    quality: tuple[Quality, ...] = ()


def best_of(trials: tuple[Trial, ...]) -> tuple[Trial, ...]:
    """Return the trials with a value, best first; of equals the first."""
    measured = [(trial.value, trial) for trial in trials if trial.value is not None]
    return tuple(trial for _, trial in sorted(measured, key=lambda pair: -pair[0]))
