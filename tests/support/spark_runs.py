"""Whole runs on Spark, as the command line begins them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAM = (sys.executable, "-m", "training", "run", "--engine", "spark")
SMALL = (
    "--spark-conf", "spark.sql.shuffle.partitions=2",
    "--spark-conf", "spark.driver.memory=700m",
    "--spark-conf", "spark.executor.memory=600m",
)  # fmt: skip
CONFIG = """[training]
factors = 8
iterations = 3
windows = 2
trees = 5
gate_users = 20
fit_users = 120
threads = 1
"""
LIVE_WITHIN_SECONDS = 900


@contextmanager
def run(directory: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*PROGRAM, *SMALL, *options],
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path.cwd())},
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(60)
        if process.stdout is not None:
            process.stdout.close()


def ended(directory: Path, *options: str) -> tuple[int, str]:
    with run(directory, *options) as process:
        said, _ = process.communicate(timeout=LIVE_WITHIN_SECONDS)
        return process.returncode, said
