"""The shipped pipeline with the settings of a trial, asked at the moments of the tuning windows."""

from recsvc.model.model import Model
from training.evaluation.asking import lists_of_model
from training.evaluation.scores import Metric, Scores
from training.evaluation.task import Task
from training.fit.counts import Counts
from training.fit.model import fit_model
from training.progress import Silent
from training.ranker.examples import Examples, Sampling
from training.ranker.rankers import choose_rankers, past_of, window_examples, with_rankers
from training.settings import TrainingSettings
from training.tune.quality import DECIMALS, Quality
from training.tune.windows import Moment, TuningWindow

MAX_EXAMPLE_USERS = 500
"""So many shoppers of a past window the rankers of a trial learn from, at most."""


class Fits:
    """Models and examples at moments; each is made once."""

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
    # The windows do not overlap, and the rankers are to know it.
    apart = ranker_settings.model_copy(update={"window_step_days": ranker_settings.window_days})
    past = past_of([fits.examples(moment) for moment in window.look_back[:look_back]])
    model = with_rankers(fits.model(window.moment), choose_rankers(past, apart))
    return {question.value: _of_lists(model, task) for question, task in window.tasks.items()}


def _of_lists(model: Model, task: Task) -> list[float]:
    scores = Scores.of(lists_of_model(model, {task.question: task})[task.question], task)
    quality = (scores.metric(Metric.RECALL_AT_20) + scores.metric(Metric.NDCG_AT_10)) / 2
    return [float(value) for value in quality.round(DECIMALS)]
