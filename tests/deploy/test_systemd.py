"""deploy/systemd, as systemd itself reads it."""

import re
import shutil
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[2] / "deploy" / "systemd"
INSTALLED = "/opt/recsvc/bin"

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="no systemd-analyze on the PATH (apt-get install systemd)"
)


def unit(name: str) -> RawConfigParser:
    read = RawConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[assignment, method-assign]
    read.read_string((UNITS / name).read_text())
    return read


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """The units, with the programs of this environment in place of the installed ones."""
    for path in UNITS.iterdir():
        text = path.read_text().replace(INSTALLED, str(Path(sys.executable).parent))
        (tmp_path / path.name).write_text(text)
    return tmp_path


@needs_systemd
def test_systemd_finds_nothing_wrong(here: Path) -> None:
    command = ["systemd-analyze", "verify", *map(str, sorted(here.iterdir()))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    about_ours = [line for line in done.stderr.splitlines() if "recsvc" in line]
    assert (done.returncode, about_ours) == (0, [])


@needs_systemd
def test_systemd_would_see_a_fault(here: Path) -> None:
    service = here / "recsvc.service"
    service.write_text(service.read_text().replace("/recsvc serve", "/no-such-program serve"))
    done = subprocess.run(
        ["systemd-analyze", "verify", str(service)], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "no-such-program" in done.stderr


@needs_systemd
@pytest.mark.parametrize("name", ["recsvc.service", "recsvc-train.service"])
def test_little_is_left_that_a_unit_may_do(here: Path, name: str) -> None:
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(here / name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout[-200:]  # a threshold of 20 is an exposure of 2.0 of 10


def test_a_refusal_is_no_failure_and_bad_orders_are_not_tried_again() -> None:
    training = unit("recsvc-train.service")
    assert training["Service"]["SuccessExitStatus"] == "4"
    assert training["Service"]["RestartPreventExitStatus"] == "2 3"
    assert training["Unit"]["OnFailure"] in [path.name for path in UNITS.iterdir()]


def test_the_commands_are_those_of_the_programs() -> None:
    for name in ("recsvc.service", "recsvc-train.service"):
        program, command, *options = unit(name)["Service"]["ExecStart"].split()
        module = {"recsvc": "recsvc", "recsvc-train": "training"}[program.removeprefix(f"{INSTALLED}/")]
        asked = [sys.executable, "-m", module, command, "--help"]
        said = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=60).stdout
        for option in re.findall(r"--[a-z-]+", " ".join(options)):
            assert option in said


def hours(text: str) -> float:
    number, unit_of_time = re.fullmatch(r"(\d+)(h|min)", text).groups()  # type: ignore[union-attr]
    return int(number) / {"h": 1, "min": 60}[unit_of_time]


def test_three_attempts_fail_before_the_next_night_however_long_each_takes() -> None:
    training = unit("recsvc-train.service")
    attempt = hours(training["Service"]["TimeoutStartSec"]) + hours(training["Service"]["RestartSec"])
    n_attempts, interval = (
        int(training["Unit"]["StartLimitBurst"]),
        hours(training["Unit"]["StartLimitIntervalSec"]),
    )
    assert n_attempts * attempt < interval < 24
