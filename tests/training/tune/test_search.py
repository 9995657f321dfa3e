"""The trials of one stage, on a hill whose top is known."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.tuning import SETTINGS, HillStage, Record, shop

from recsvc.errors import SettingsError
from training.settings import TrainingSettings
from training.tune.journal import open_journal
from training.tune.quality import Panel, TrialOutcome, best_of
from training.tune.search import Search
from training.tune.watch import TuningLimits
from training.tune.windows import TuningWindow, tuning_windows

MADE_FROM = {"orders": "a", "settings": "b", "method": "c"}


@pytest.fixture(scope="module")
def windows() -> tuple[TuningWindow, ...]:
    return tuning_windows(shop(), SETTINGS)


@pytest.fixture
def climb(windows: tuple[TuningWindow, ...], tmp_path: Path) -> Callable[..., Record]:
    """Return what searches the hill for as long as the limits allow."""

    def climb(limits: TuningLimits, stage: HillStage | None = None, study: str = "tune.log") -> Record:
        record = Record()
        with open_journal(tmp_path / study, MADE_FROM) as journal:
            Search(stage or HillStage(), journal, windows, Panel(windows, 0)).run(limits, 1.0, record)
        return record

    return climb


def tried(record: Record) -> list[dict[str, float]]:
    return [dict(trial.values) for trial in record.trials]


def test_the_present_settings_come_first_and_are_never_pruned(climb: Callable[..., Record]) -> None:
    first = climb(TuningLimits(5, 3)).trials[0]
    assert first.values == {"factors": 4, "alpha": 3.0}
    assert first.outcome is TrialOutcome.MEASURED
    assert first.value == pytest.approx(0.7)


def test_the_top_is_come_near(climb: Callable[..., Record]) -> None:
    best = best_of(tuple(climb(TuningLimits(5, 40)).trials))[0]
    assert best.value > 0.95
    assert 24 <= best.values["factors"] <= 43


def test_two_fresh_studies_try_the_same(climb: Callable[..., Record]) -> None:
    one, two = (climb(TuningLimits(5, 12), study=name) for name in ("one", "two"))
    assert tried(one) == tried(two)
    assert len({trial["factors"] for trial in tried(one)}) > 5


def test_a_resumed_study_tries_what_it_would_have_tried_without_the_pause(
    climb: Callable[..., Record],
) -> None:
    whole = climb(TuningLimits(5, 14), study="whole")
    first, second = (climb(TuningLimits(5, n), study="parts") for n in (5, 14))
    assert second.known == [5]
    assert tried(first) + tried(second) == tried(whole)


def test_what_is_worse_than_most_on_its_first_window_is_given_up(climb: Callable[..., Record]) -> None:
    trials = climb(TuningLimits(5, 20)).trials
    pruned = [trial for trial in trials if trial.outcome is TrialOutcome.PRUNED]
    assert pruned
    assert all(trial.value is None for trial in pruned)


def test_a_trial_that_overruns_ends_with_its_window(climb: Callable[..., Record]) -> None:
    now = [0.0]

    def take_twenty_seconds() -> None:
        now[0] += 20

    # Three windows take a minute: one trial is measured, the next is over its time after one window.
    trials = climb(TuningLimits(1.2, clock=lambda: now[0]), HillStage(on_window=take_twenty_seconds)).trials
    assert [trial.outcome for trial in trials] == [TrialOutcome.MEASURED, TrialOutcome.OUT_OF_TIME]
    assert now[0] == 80


def test_settings_without_a_solution_end_their_trial_and_no_other(climb: Callable[..., Record]) -> None:
    asked = [0]

    def refuse_the_second() -> None:
        asked[0] += 1
        if asked[0] == 4:
            raise SettingsError("ALS finds no solution")

    trials = climb(TuningLimits(5, 4), HillStage(on_window=refuse_the_second)).trials
    assert [trial.outcome for trial in trials][:2] == [TrialOutcome.MEASURED, TrialOutcome.IMPOSSIBLE]
    assert len(trials) == 4


def test_present_settings_without_a_solution_are_an_error(climb: Callable[..., Record]) -> None:
    def refuse() -> None:
        raise SettingsError("ALS finds no solution")

    with pytest.raises(SettingsError, match="no solution"):
        climb(TuningLimits(5, 4), HillStage(on_window=refuse))


def test_other_present_settings_are_measured_in_an_old_study_too(climb: Callable[..., Record]) -> None:
    climb(TuningLimits(5, 3))
    later = climb(TuningLimits(5, 4), HillStage(TrainingSettings(factors=300, alpha=2.0, threads=1)))
    assert tried(later) == [{"factors": 300, "alpha": 2.0}]


def test_importance_is_told_once_there_are_trials_enough(
    windows: tuple[TuningWindow, ...], tmp_path: Path
) -> None:
    with open_journal(tmp_path / "tune.log", MADE_FROM) as journal:
        search = Search(HillStage(), journal, windows, Panel(windows, 0))
        search.run(TuningLimits(5, 5), 1.0, Record())
        assert search.importance() == {}
        search.run(TuningLimits(5, 40), 1.0, Record())
        importance = search.importance()
    assert importance["factors"] > importance["alpha"]
