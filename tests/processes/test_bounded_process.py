"""A program that is given little takes no more, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recsvc.processes.bounded import NICENESS, Bounds, run_bounded
from recsvc.processes.watchdog import activity_of

ENVIRONMENT = {"PATH": os.defpath}


def run(tmp_path: Path, script: str, bounds: Bounds) -> tuple[int, bool, list[str]]:
    said = tmp_path / "said"
    ended = run_bounded(["/bin/sh", "-c", script], bounds, said, ENVIRONMENT)
    return ended.status, ended.is_late, said.read_text().split()


def test_it_has_its_bounds_and_nothing_of_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECSVC_DATABASE_URL", "postgresql://someone:secret@host/shop")
    script = "nice; ulimit -v; ulimit -t; ulimit -c; cat /proc/self/oom_score_adj; pwd; env; exit 7"
    status, is_late, said = run(tmp_path, script, Bounds(60, 2**30, 2**20))
    assert (status, is_late) == (7, False)
    assert said[:5] == [str(min(os.nice(0) + NICENESS, 19)), str(2**20), "61", "0", "1000"]
    assert said[5] == str(tmp_path)
    assert not any("RECSVC" in word for word in said)


def test_it_ends_with_all_that_it_started(tmp_path: Path) -> None:
    started = time.monotonic()
    status, is_late, said = run(tmp_path, "sleep 60 & echo $!; sleep 60", Bounds(0.7, 2**30, 2**20))
    assert (status, is_late) == (-signal.SIGKILL, True)
    assert time.monotonic() - started < 20
    until = time.monotonic() + 5
    while (left := activity_of(int(said[0]))) is not None and time.monotonic() < until:
        time.sleep(0.02)  # nobody may have fetched its status yet
    assert left is None or not Path(f"/proc/{said[0]}/cmdline").read_bytes()


def test_it_writes_no_more_than_it_may(tmp_path: Path) -> None:
    run(tmp_path, "head -c 5000000 /dev/zero > large", Bounds(60, 2**30, 2**20))
    assert (tmp_path / "large").stat().st_size <= 2**20


def test_it_ends_with_whoever_started_it(tmp_path: Path) -> None:
    starter = (
        "from pathlib import Path; from recsvc.processes.bounded import *; "
        f"run_bounded(['/bin/sh', '-c', 'echo $$; exec sleep 60'], Bounds(60, 2**30, 2**20), "
        f"Path({str(tmp_path / 'said')!r}), {ENVIRONMENT!r})"
    )
    process = subprocess.Popen([sys.executable, "-c", starter])
    said, until = tmp_path / "said", time.monotonic() + 20
    while not (said.exists() and said.read_text().endswith("\n")) and time.monotonic() < until:
        time.sleep(0.02)
    pid = int(said.read_text())
    process.kill()
    process.wait()
    while Path(f"/proc/{pid}/cmdline").exists() and time.monotonic() < until:
        if not Path(f"/proc/{pid}/cmdline").read_bytes():
            break  # ended, and nobody has fetched its status yet
        time.sleep(0.02)
    else:
        assert not Path(f"/proc/{pid}").exists()
