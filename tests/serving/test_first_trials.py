"""Live versions that are tried before anybody is served."""

import sys
from pathlib import Path

import numpy as np
import pytest
from support.models import release, small_model

from recsvc.model.registry import Registry
from recsvc.serving.first_trials import FirstTrial, try_live_versions


@pytest.fixture
def trials(tmp_path: Path) -> list[FirstTrial]:
    found = []
    for version, name in enumerate(("a", "b", "c"), 1):
        Registry(tmp_path / name).publish(small_model(), release(str(version)))
        (tmp_path / f"{name}.tried").touch()
        found.append(FirstTrial(tmp_path / name, tmp_path / f"{name}.tried"))
    return found


def tried(trials: list[FirstTrial]) -> list[str]:
    return [one.done.read_text() for one in trials]


def test_each_that_makes_lists_need_not_be_tried_again_and_no_other(trials: list[FirstTrial]) -> None:
    np.save(trials[1].models_dir / "2" / "item_factors.npy", np.zeros(3, np.float32))
    try_live_versions([*trials, FirstTrial(trials[0].models_dir / "nowhere", trials[0].done)])
    assert tried(trials) == ["1\n", "", "3\n"]


CRASHES = """
import os, sys
from recsvc.serving import first_trials, trial
whole = trial.main
trial.main = lambda models_dir, version: os.abort() if version == "2" else whole(models_dir, version)
first_trials.main()
"""


def test_one_that_ends_the_process_keeps_no_other_from_being_tried(trials: list[FirstTrial]) -> None:
    try_live_versions(trials, (sys.executable, "-c", CRASHES))
    assert tried(trials) == ["1\n", "", "3\n"]
