"""What ``recsvc-train tune`` prints, and how it runs as a process and ends."""

import json
import re
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from support.orders import DAY, NEWEST
from support.tuning import HillStage, shop

from training.cli.tune import TuneConsole, tuning_table
from training.evaluation.bootstrap import Estimate
from training.settings import load_training_settings
from training.tune.quality import Trial, TrialOutcome
from training.tune.tune import StageResult, Tuning

START = Trial(0, {"factors": 4, "alpha": 3.0}, TrialOutcome.MEASURED, 0.2448)
BEST = Trial(7, {"factors": 31, "alpha": 0.55}, TrialOutcome.MEASURED, 0.2512)
PRUNED = Trial(8, {"factors": 9, "alpha": 1.0}, TrialOutcome.PRUNED)


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


SMALL = (
    "[training]  # ours\nfactors = 4\niterations = 3\nneighbours = 10\nwindows = 3\ntrees = 5\nthreads = 1\n"
)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "training", "tune", "--orders", "orders.csv", *arguments]


def run(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), cwd=cwd, capture_output=True, text=True, check=False, timeout=120
    )


def ended(study: Path) -> int:
    return study.read_text().count('"outcome"') if study.exists() else 0


@pytest.fixture
def shop_dir(tmp_path: Path) -> Path:
    names = {"user_id": "customer_id", "item_id": "sku"}
    lines = shop().lines.select("user_id", "item_id", "ordered_at", "order_id", "quantity").rename(names)
    assert lines["ordered_at"].max() == NEWEST
    assert NEWEST % DAY == 0
    lines.write_csv(tmp_path / "orders.csv")
    (tmp_path / "recsvc.toml").write_text(SMALL)
    return tmp_path


def test_a_killed_run_is_gone_on_with_and_its_settings_are_written(shop_dir: Path) -> None:
    study = shop_dir / "tune.log"
    with subprocess.Popen(command(), cwd=shop_dir, stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 200
        while not ended(study) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    with study.open("ab") as file:
        file.write(b'{"op_code":5,"worker_id":"4c')  # what a kill within a write leaves
    done = run(shop_dir, "--trials", "2", "--write", "recsvc.toml")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert int(re.search(r"known from earlier runs: (\d)", done.stdout)[1]) in {0, 1, 2}
    assert re.search(r"trials.*present settings", done.stdout)
    assert all(json.loads(line) for line in study.read_text().splitlines())
    assert (shop_dir / "recsvc.toml").read_text().startswith("[training]  # ours\nfactors = ")
    assert load_training_settings(shop_dir / "recsvc.toml", {}, {}).windows == 3


def test_what_cannot_end_well_is_refused_before_the_first_trial(shop_dir: Path) -> None:
    (shop_dir / "broken.toml").write_text("[training")
    for arguments, said in (
        (("--write", "broken.toml"), "broken.toml cannot be written"),
        (("--study", "nowhere/tune.log"), "there is no folder nowhere"),
    ):
        done = run(shop_dir, *arguments)
        assert done.returncode == 2
        assert said in done.stderr
    assert not (shop_dir / "tune.log").exists()


def test_too_few_orders_are_status_3(shop_dir: Path) -> None:
    lines = (shop_dir / "orders.csv").read_text().splitlines(keepends=True)
    (shop_dir / "orders.csv").write_text("".join(lines[:100]))
    done = run(shop_dir)
    assert done.returncode == 3
    assert done.stderr.startswith("error: ")
    assert "at least 20" in done.stderr
