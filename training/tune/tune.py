"""Settings for a history, top to bottom: windows, stages, and whether what they found is more than luck."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from recsvc.errors import TuningError
from training.evaluation.bootstrap import Estimate
from training.history.split import OrderHistory
from training.settings import TrainingSettings
from training.tune.journal import Journal, fingerprint, open_journal
from training.tune.quality import Panel, Trial, best_of
from training.tune.search import Search
from training.tune.space import Values, with_values
from training.tune.stage import FirstStage, RankerStage, Stage
from training.tune.watch import TuningLimits, Watch
from training.tune.windows import TuningWindow, orders_before_report, tuning_windows

FIRST_SHARE = 0.6
"""Share of the time that goes to the first stage."""

STOPPED = "stopped before settings of the rankers were tried"
NO_TIME = "no time was left to try settings of the rankers"
NO_TREES = "too few purchases for rankers to learn trees from: their settings change nothing"


@dataclass(frozen=True, eq=False)
class StageResult:
    """The result of the trials of one stage.

    Attributes:
        title: of the stage.
        trials: those measured on all windows, best first.
        n_trials: those that came to an end, with the ones that were given up early.
        start: the present settings.
        lead: of the best over the present settings, with shoppers who had no part in choosing it; None where
            the present settings are the best.
        importance: share of each setting in what makes trials good; empty where there are too few to say.
    """

    title: str
    trials: tuple[Trial, ...]
    n_trials: int
    start: Trial
    lead: Estimate | None
    importance: dict[str, float]

    @property
    def best(self) -> Trial:
        """The best on the tuning windows; the present settings where nothing beats them."""
        return self.trials[0]

    @property
    def is_better(self) -> bool:
        """Whether the best beats the present settings beyond noise."""
        return self.lead is not None and self.lead.low > 0

    @property
    def chosen(self) -> Values:
        """The settings to use."""
        return self.best.values if self.is_better else self.start.values


@dataclass(frozen=True, eq=False)
class Tuning:
    """What was found.

    Attributes:
        stages: in their order; the later ones build on what the earlier ones chose.
        notes: what was not tried, and why, in sentences.
    """

    stages: tuple[StageResult, ...]
    notes: tuple[str, ...]

    @property
    def chosen(self) -> Values:
        """The settings to use: all that were tried, also where they stay as they are."""
        return {name: value for stage in self.stages for name, value in stage.chosen.items()}


def tune(
    orders: OrderHistory, settings: TrainingSettings, study: Path, limits: TuningLimits, watch: Watch
) -> Tuning:
    """Try settings on windows before the one that ``evaluate`` reports, and resume the trials in ``study``.

    Ctrl-C ends the trials, not the program: what was found so far is returned.

    Raises:
        TooLittleDataError: there are too few shoppers to measure on.
        SettingsError: ``study`` cannot be resumed.
        TuningError: the time was too short for a single trial.
    """
    earlier = orders_before_report(orders, settings)
    windows = tuning_windows(earlier, settings)
    dated = earlier.lines["ordered_at"].drop_nulls().n_unique() > 1
    watch.tuning_begins(windows)
    with open_journal(study, fingerprint(earlier, settings)) as journal:
        run = _Run(journal, windows, Panel(windows, settings.seed), limits, watch)
        return run.both_stages(FirstStage(settings, dated=dated))


@dataclass(frozen=True, eq=False)
class _Run:
    """What the stages have in common."""

    journal: Journal
    windows: Sequence[TuningWindow]
    panel: Panel
    limits: TuningLimits
    watch: Watch

    def both_stages(self, first: FirstStage) -> Tuning:
        result, stopped = self._result_of(first, FIRST_SHARE)
        if result is None:
            raise TuningError(
                f"not even the present settings could be measured in {self.limits.minutes:g} minutes: "
                "give --minutes more"
            )
        rankers = RankerStage(with_values(first.start, result.chosen))
        second, note = (None, STOPPED) if stopped else self._of_rankers(rankers)
        return Tuning((result,), (note,)) if second is None else Tuning((result, second), ())

    def _of_rankers(self, rankers: RankerStage) -> tuple[StageResult | None, str]:
        """Return the result of the second stage, or why there is none."""
        try:
            enough = rankers.has_enough(self.windows[0])
        except KeyboardInterrupt:
            return None, STOPPED
        if not enough:
            return None, NO_TREES
        result, stopped = self._result_of(rankers, 1.0)
        return result, STOPPED if stopped else NO_TIME

    def _result_of(self, stage: Stage, share: float) -> tuple[StageResult | None, bool]:
        """Return the result of ``stage``, None when nothing was measured, and whether Ctrl-C stopped it."""
        search, stopped = Search(stage, self.journal, self.windows, self.panel), False
        try:
            search.run(self.limits, share, self.watch)
        except KeyboardInterrupt:
            stopped = True
        return self._summed_up(search), stopped

    def _summed_up(self, search: Search) -> StageResult | None:
        start, trials = search.start, search.trials
        if start is None:
            return None
        # Trials that are no better than the present settings come after them.
        measured = best_of((start, *(trial for trial in trials if trial.number != start.number)))
        best = measured[0]
        lead = None if best is start else self.panel.lead(best.quality, start.quality)
        return StageResult(search.stage.title, measured, len(trials), start, lead, search.importance())
