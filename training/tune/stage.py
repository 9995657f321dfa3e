"""The two stages of the pipeline, each with the settings that are tried in it and how a trial is measured."""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable

from training.ranker.choice import MIN_POSITIVES
from training.settings import TrainingSettings
from training.tune.pipeline import Fits, window_quality
from training.tune.quality import Quality
from training.tune.space import FIRST_STAGE, RANKER, Dimension, values_of, with_values
from training.tune.windows import LOOK_BACK, TuningWindow

Measure = Callable[[TuningWindow], Quality]

QUICK_RANKER = {"trees": 60, "leaves": 15, "learning_rate": 0.1}
"""The first stage is measured with rankers that are learned quickly, from few windows."""

QUICK_LOOK_BACK = 2


class Stage(ABC):
    """Settings that are tried together.

    Attributes:
        name: of the study in the file.
        title: what a person reads.
        space: the settings tried.
        start: the present settings, with those of earlier stages already chosen.
    """

    name: str
    title: str

    def __init__(self, start: TrainingSettings, space: tuple[Dimension, ...]) -> None:
        self.start = start
        self.space = space

    @abstractmethod
    def measure(self, settings: TrainingSettings) -> Measure:
        """Return what measures ``settings`` on one window after the other."""


class FirstStage(Stage):
    """Candidates and features: everything is learned anew in each trial, but the rankers quickly."""

    name = "first stage"
    title = "ALS, neighbours and decay"

    def __init__(self, start: TrainingSettings, *, dated: bool) -> None:
        super().__init__(start, tuple(one for one in FIRST_STAGE if dated or not one.needs_dates))

    def measure(self, settings: TrainingSettings) -> Measure:
        """Learn everything with ``settings``."""
        fits, quick = Fits(settings), with_values(settings, QUICK_RANKER)
        return lambda window: window_quality(fits, quick, window, QUICK_LOOK_BACK)


class RankerStage(Stage):
    """The rankers, on candidates and features that stay as they are."""

    title = "the rankers"

    def __init__(self, start: TrainingSettings) -> None:
        super().__init__(start, RANKER)
        fixed = json.dumps(values_of(start, FIRST_STAGE))
        self.name = f"rankers on {hashlib.sha256(fixed.encode()).hexdigest()[:8]}"
        self._fits = Fits(start)

    def measure(self, settings: TrainingSettings) -> Measure:
        """Learn only the rankers with ``settings``."""
        return lambda window: window_quality(self._fits, settings, window, LOOK_BACK)

    def has_enough(self, window: TuningWindow) -> bool:
        """Return whether trees can be learned; with fewer purchases their settings change nothing."""
        parts = [self._fits.examples(moment) for moment in window.look_back]
        names = parts[0] if parts else ()
        return any(sum(int(part[name].bought.sum()) for part in parts) >= MIN_POSITIVES for name in names)
