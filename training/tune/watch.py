"""The observer of a tuning, and the limits of its time."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from training.tune.quality import Trial
from training.tune.stage import Stage
from training.tune.windows import TuningWindow


class Watch(Protocol):
    """Is told of each step of a tuning; the caller decides how a step looks."""

    def tuning_begins(self, windows: Sequence[TuningWindow]) -> None:
        """Hear on which ``windows`` settings are tried."""

    def stage_begins(self, stage: Stage, trials: tuple[Trial, ...]) -> None:
        """Hear which ``trials`` of ``stage`` are known from earlier runs."""

    def window_begins(self, trial: int, window: int, n_windows: int, minutes_left: float) -> None:
        """Hear that ``trial`` is measured on ``window``, counted from 1."""

    def trial_ends(self, stage: Stage, trial: Trial, best: float | None) -> None:
        """Hear what came of ``trial``; ``best`` is the value of the best so far."""


class Nobody:
    """Shows nothing."""

    def tuning_begins(self, windows: Sequence[TuningWindow]) -> None:
        """Say nothing."""

    def stage_begins(self, stage: Stage, trials: tuple[Trial, ...]) -> None:
        """Say nothing."""

    def window_begins(self, trial: int, window: int, n_windows: int, minutes_left: float) -> None:
        """Say nothing."""

    def trial_ends(self, stage: Stage, trial: Trial, best: float | None) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class TuningLimits:
    """When to stop.

    Attributes:
        minutes: the time for all stages.
        trials: a stage with so many trials, those of earlier runs among them, is done; None: time decides.
        clock: seconds that never go back.
    """

    minutes: float
    trials: int | None = None
    clock: Callable[[], float] = time.monotonic
    started: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "started", self.clock())

    def minutes_left(self, share: float) -> float:
        """Return how much of ``share`` of the time is left; below 0 when it is over."""
        return self.minutes * share - (self.clock() - self.started) / 60

    def over(self, share: float) -> bool:
        """Return whether ``share`` of the time has passed."""
        return self.minutes_left(share) <= 0
