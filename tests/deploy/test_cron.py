"""deploy/cron as cron would run it: what is printed is mailed, so that a good night prints nothing."""

import os
import re
import subprocess
from pathlib import Path

import pytest

LINES = (Path(__file__).parents[2] / "deploy" / "cron" / "recsvc").read_text().splitlines()
(JOB,) = [line for line in LINES if re.match(r"\d", line)]


def night(directory: Path, status: int) -> str:
    """Return what is mailed when the training ends with ``status``."""
    programs = directory / "bin"
    programs.mkdir()
    (programs / "recsvc-train").write_text(f'#!/bin/sh\necho "of 100% it says: $*"\nexit {status}\n')
    (programs / "recsvc-train").chmod(0o755)
    *_when, _who, command = JOB.split(maxsplit=6)
    assert not re.search(r"(?<!\\)%", command)  # cron would end the line there
    command = (
        command.replace("\\%", "%")
        .replace("/var/lib/recsvc", str(directory))
        .replace("/etc/recsvc", str(directory))
    )
    path = f"{programs}:{os.environ['PATH']}"
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        env={"PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.stderr == ""
    return done.stdout


def test_a_good_night_prints_nothing(tmp_path: Path) -> None:
    assert night(tmp_path, 0) == ""


@pytest.mark.parametrize(
    ("status", "begins"),
    [
        (4, "The gate refused the new model; the live one goes on."),
        (3, "The training failed with status 3; the live model goes on."),
        (1, "The training failed with status 1; the live model goes on."),
    ],
)
def test_what_went_wrong_is_mailed_in_the_words_of_the_run(tmp_path: Path, status: int, begins: str) -> None:
    orders = f"--orders {tmp_path}/orders/* --models-dir {tmp_path}/models"
    assert night(tmp_path, status) == f"{begins}\n\nof 100% it says: run {orders}\n"


def test_two_nights_do_not_run_at_once(tmp_path: Path) -> None:
    lock = tmp_path / "train.lock"
    with subprocess.Popen(
        ["flock", str(lock), "sh", "-c", "echo ready; exec sleep 60"], stdout=subprocess.PIPE
    ) as last:
        assert last.stdout is not None
        assert last.stdout.readline() == b"ready\n"
        assert night(tmp_path, 0) == "The training of last night still runs.\n"
        last.kill()
