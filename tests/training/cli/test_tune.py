from io import StringIO

import pytest
from rich.console import Console
from support.tuning import HillStage

from training.cli.tune import TuneConsole, tuning_table
from training.evaluation.bootstrap import Estimate
from training.tune.quality import Outcome, Trial
from training.tune.tune import StageResult, Tuning

START = Trial(0, {"factors": 4, "alpha": 3.0}, Outcome.MEASURED, 0.2448)
BEST = Trial(7, {"factors": 31, "alpha": 0.55}, Outcome.MEASURED, 0.2512)
PRUNED = Trial(8, {"factors": 9, "alpha": 1.0}, Outcome.PRUNED)


def console(*, terminal: bool = False) -> Console:
    return Console(
        file=StringIO(), width=120, force_terminal=terminal, color_system=None, legacy_windows=False
    )


def said(console: Console) -> list[str]:
    assert isinstance(console.file, StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def result(lead: Estimate | None, *trials: Trial) -> StageResult:
    return StageResult("a hill", trials, 9, START, lead, {"factors": 0.9, "alpha": 0.1})


def verdict_of(stage: StageResult) -> str:
    plain = console()
    plain.print(tuning_table(Tuning((stage,), ("no time was left",))))
    lines = said(plain)
    assert "what mattered: factors 90%, alpha 10%" in lines
    assert "note: no time was left" in lines
    return " ".join(lines)


def test_each_trial_is_a_line_under_the_heading_of_its_stage() -> None:
    plain = console()
    watch = TuneConsole(plain)
    watch.stage_begins(HillStage(), (START,))
    watch.window_begins(0, 1, 3, 5.0)
    for trial, best in ((START, 0.2448), (BEST, 0.2512), (PRUNED, 0.2512)):
        watch.trial_ends(HillStage(), trial, best)
    assert said(plain) == [
        "",
        "a hill; known from earlier runs: 1",
        "trial  value           best   factors  alpha",
        "    0  .2448           .2448        4      3  present",
        "    7  .2512           .2512       31   0.55",
        "    8  worse than most .2512        9      1",
    ]


def test_a_terminal_is_told_where_the_trial_is() -> None:
    terminal = console(terminal=True)
    watch = TuneConsole(terminal)
    watch.window_begins(3, 2, 3, 4.6)
    watch.rest()
    assert "trial 3, window 2 of 3; 5 min left" in terminal.file.getvalue()


@pytest.mark.parametrize(
    ("stage", "verdict"),
    [
        (result(None, START, PRUNED), "None of 9 trials beats the present settings: they stay."),
        (
            result(Estimate(0.004, 0.001, 0.007), BEST, START),
            "Trial 7 beats the present settings: +.004 [+.001, +.007] with shoppers who had no part",
        ),
        (
            result(Estimate(0.002, -0.001, 0.005), BEST, START),
            "The present settings are as good as the best trial, which is ahead by +.002 [-.001, +.005]",
        ),
    ],
)
def test_the_verdict_says_what_to_use(stage: StageResult, verdict: str) -> None:
    assert verdict in verdict_of(stage)
    assert stage.chosen == (BEST.values if stage.is_better else START.values)


def test_present_settings_alone_are_no_contest() -> None:
    alone = StageResult("a hill", (START,), 1, START, None, {"factors": 0.9, "alpha": 0.1})
    assert "time for the present settings alone" in verdict_of(alone)
