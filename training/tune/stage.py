"""The two stages of the pipeline, each with the settings that are tried in it and how a trial is measured."""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np

from recsvc.model.model import Model
from training.evaluation.asking import lists_of_model
from training.evaluation.metrics import DECIDING
from training.evaluation.scores import Scores
from training.evaluation.task import Task
from training.fit.counts import Counts
from training.fit.model import fit_model
from training.progress import Silent
from training.ranker.choice import MIN_POSITIVES
from training.ranker.examples import Examples, Sampling
from training.ranker.rankers import choose_rankers, past_of, window_examples, with_rankers
from training.settings import TrainingSettings
from training.tune.quality import DECIMALS, Quality
from training.tune.space import FIRST_STAGE, RANKER, Dimension, values_of, with_values
from training.tune.windows import LOOK_BACK, Moment, TuningWindow

MAX_EXAMPLE_USERS = 500
"""Users of a past window that the rankers of a trial learn from, at most."""

QUICK_RANKER = {"trees": 60, "leaves": 15, "learning_rate": 0.1}
"""Settings of the quick rankers that the first stage is measured with; they learn from few windows."""
QUICK_LOOK_BACK = 2


class Fits:
    """Models and examples by moment; each is made once."""

    def __init__(self, settings: TrainingSettings) -> None:
        users = min(settings.users_a_window, MAX_EXAMPLE_USERS)
        self._settings = settings.model_copy(update={"users_a_window": users})
        self._models: dict[Moment, Model] = {}
        self._examples: dict[Moment, dict[str, Examples]] = {}

    def model(self, moment: Moment) -> Model:
        """Return everything but the rankers."""
        if moment not in self._models:
            self._models[moment] = fit_model(
                Counts.of(moment.interactions, self._settings), self._settings, Silent()
            )
        return self._models[moment]

    def examples(self, moment: Moment) -> dict[str, Examples]:
        """Return what each ranker learns from what was bought after ``moment``."""
        if moment not in self._examples:
            sampling = Sampling(self._settings.users_a_window, self._settings.seed)
            self._examples[moment] = window_examples(self.model(moment), moment.bought_next, sampling)
        return self._examples[moment]


def window_quality(
    fits: Fits, ranker_settings: TrainingSettings, window: TuningWindow, look_back: int
) -> Quality:
    """Learn the rankers from ``look_back`` windows, and return how good the lists of ``window`` then are."""
    # Tuning windows do not overlap; the rankers take their step from the settings.
    apart = ranker_settings.model_copy(update={"window_step_days": ranker_settings.window_days})
    past = past_of([fits.examples(moment) for moment in window.look_back[:look_back]])
    model = with_rankers(fits.model(window.moment), choose_rankers(past, apart))
    return {question.value: _of_lists(model, task) for question, task in window.tasks.items()}


def _of_lists(model: Model, task: Task) -> list[float]:
    scores = Scores.of(lists_of_model(model, {task.question: task})[task.question], task)
    quality = np.mean([scores.metric(metric) for metric in DECIDING], axis=0)
    return [float(value) for value in quality.round(DECIMALS)]


Measure = Callable[[TuningWindow], Quality]


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
        super().__init__(
            start, tuple(dimension for dimension in FIRST_STAGE if dated or not dimension.needs_dates)
        )

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
