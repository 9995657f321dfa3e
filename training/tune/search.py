"""The trials of one stage: suggested by Optuna, measured window by window, kept in the journal."""

from collections.abc import Sequence

import optuna
from optuna.importance import get_param_importances
from optuna.pruners import MedianPruner
from optuna.samplers import TPESampler
from optuna.trial import FrozenTrial, TrialState

from recsvc.errors import SettingsError
from training.tune.journal import Journal
from training.tune.quality import Panel, Quality, Trial, TrialOutcome, best_of
from training.tune.space import Values, values_of, with_values
from training.tune.stage import Stage
from training.tune.watch import TuningLimits, Watch
from training.tune.windows import TuningWindow

N_RANDOM = 8
"""Number of trials that are drawn at random before results guide the next ones."""

N_UNPRUNED = 4
ENOUGH_FOR_IMPORTANCE = 10


class Search:
    """The search of one stage.

    TPE: Bergstra et al.: Algorithms for Hyper-Parameter Optimization (NIPS 2011). A trial that is worse on its
    first windows than the median of those before it is not measured on the rest.
    """

    def __init__(self, stage: Stage, journal: Journal, windows: Sequence[TuningWindow], panel: Panel) -> None:
        self.stage = stage
        self._windows = windows
        self._panel = panel
        self._start = values_of(stage.start, stage.space)
        self._distributions = {each.name: each.distribution(self._start[each.name]) for each in stage.space}
        self._study = journal.study(stage.name)
        self._study.pruner = MedianPruner(n_startup_trials=N_UNPRUNED)

    @property
    def trials(self) -> tuple[Trial, ...]:
        """The trials that came to an end, those of earlier runs included."""
        ended = self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))
        return tuple(_trial(frozen) for frozen in ended)

    @property
    def start(self) -> Trial | None:
        """The measured trial of the present settings."""
        measured = (trial for trial in self.trials if trial.value is not None)
        return next((trial for trial in measured if trial.values == self._start), None)

    def importance(self) -> dict[str, float]:
        """Return the share of each setting in what makes trials good; empty where there are too few to say.

        PED-ANOVA: Watanabe, Bansal, Hutter (IJCAI 2023).
        """
        values = [trial.value for trial in self.trials if trial.value is not None]
        if len(values) < ENOUGH_FOR_IMPORTANCE or len(set(values)) < 2:
            return {}
        return get_param_importances(self._study)

    def run(self, limits: TuningLimits, share: float, watch: Watch) -> None:
        """Try until ``share`` of the time has passed, or there are trials enough."""
        watch.stage_begins(self.stage, self.trials)
        while not limits.over(share) and not (limits.trials and len(self.trials) >= limits.trials):
            trial = self._next(self.stage.start.seed)
            try:
                done = self._measured(trial, limits, share, watch)
            except BaseException:
                self._study.tell(trial, state=TrialState.FAIL)
                raise
            best = best_of(self.trials)
            watch.trial_ends(self.stage, done, best[0].value if best else None)

    def _next(self, seed: int) -> optuna.Trial:
        n_before = len(self._study.get_trials(deepcopy=False))
        # A seed for each trial: a resumed study goes on as it would have without the pause.
        self._study.sampler = TPESampler(n_startup_trials=N_RANDOM, seed=(seed + n_before) % 2**32)
        if self.start is None and not _waiting(self._study):
            self._study.enqueue_trial(dict(self._start))
        trial = self._study.ask(self._distributions)
        rounded = {each.name: each.rounded(trial.params[each.name]) for each in self.stage.space}
        trial.set_user_attr("values", self._start if trial.params == self._start else rounded)
        return trial

    def _measured(self, trial: optuna.Trial, limits: TuningLimits, share: float, watch: Watch) -> Trial:
        """Measure ``trial`` and tell the study."""
        values: Values = trial.user_attrs["values"]
        measure = self.stage.measure(with_values(self.stage.start, values))
        qualities: list[Quality] = []
        for i, window in enumerate(self._windows, start=1):
            if limits.over(share):
                return self._end(trial, TrialState.FAIL, TrialOutcome.OUT_OF_TIME)
            watch.window_begins(trial.number, i, len(self._windows), limits.minutes_left(share))
            try:
                qualities.append(measure(window))
            except SettingsError:
                if values == self._start:
                    raise
                return self._end(trial, TrialState.PRUNED, TrialOutcome.IMPOSSIBLE)
            trial.report(self._panel.value(qualities), i)
            if i < len(self._windows) and values != self._start and trial.should_prune():
                return self._end(trial, TrialState.PRUNED, TrialOutcome.PRUNED)
        trial.set_user_attr("quality", qualities)
        return self._end(trial, TrialState.COMPLETE, TrialOutcome.MEASURED, self._panel.value(qualities))

    def _end(
        self, trial: optuna.Trial, state: TrialState, outcome: TrialOutcome, value: float | None = None
    ) -> Trial:
        trial.set_user_attr("outcome", outcome)
        return _trial(self._study.tell(trial, value, state=state))


def _waiting(study: optuna.Study) -> bool:
    return bool(study.get_trials(deepcopy=False, states=(TrialState.WAITING,)))


def _trial(frozen: FrozenTrial) -> Trial:
    attributes = frozen.user_attrs
    # A pruned trial has a value too: that of its first windows, which is no measure of the whole.
    value = frozen.value if frozen.state is TrialState.COMPLETE else None
    quality = tuple(attributes.get("quality", ()))
    return Trial(frozen.number, attributes["values"], TrialOutcome(attributes["outcome"]), value, quality)
