"""The log of processes that share it."""

import json
import os
import subprocess
import sys
from pathlib import Path

PROCESSES = 4
LINES = 2000

_LOGS_A_LOT = f"""
import sys, structlog
from recsvc.logs import configure_logging
configure_logging("info")
print("ready", flush=True)
sys.stdin.readline()
for number in range({LINES}):
    structlog.get_logger().info("counted", number=number, filler="x" * 150)
"""


def test_lines_of_unbuffered_processes_with_one_log_do_not_run_together(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    with log.open("a") as file:
        processes = [_process(file.fileno()) for _ in range(PROCESSES)]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in processes:
            process.communicate(timeout=60)
            assert process.returncode == 0

    numbers = sorted(json.loads(line)["number"] for line in log.read_text().splitlines())

    assert numbers == sorted(list(range(LINES)) * PROCESSES)


def _process(log: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _LOGS_A_LOT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def test_a_log_on_a_full_disk_ends_nothing() -> None:
    program = """
import structlog
from recsvc.logs import configure_logging
configure_logging("info")
for number in range(1000):
    structlog.get_logger().info("counted", number=number, filler="x" * 150)
print("went on", flush=True)
"""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", program],
            stdout=subprocess.PIPE,
            stderr=full,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.stdout == "went on\n"
