"""A standalone cluster of Spark on loopback: a master, and workers of one core each, every one a process."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyspark

from support.processes import becomes_true, free_port

HOME = Path(pyspark.__file__).parent
STARTS_WITHIN_SECONDS = 120


@dataclass(frozen=True, eq=False)
class SparkCluster:
    """Attributes: address of the master; the processes of the workers."""

    master: str
    workers: tuple[subprocess.Popen[bytes], ...]

    def kill_worker(self, number: int) -> None:
        """Kill a worker as a machine dies: with all that it runs."""
        os.killpg(self.workers[number].pid, signal.SIGKILL)
        self.workers[number].wait(60)


@contextmanager
def spark_cluster(directory: Path, workers: int = 2, memory: str = "900m") -> Iterator[SparkCluster]:
    """Start a cluster that keeps logs and work in ``directory``, and end it."""
    port = free_port()
    master = f"spark://127.0.0.1:{port}"
    own = ["--host", "127.0.0.1", "--webui-port", "0"]
    started = [_start(directory / "master.log", "master.Master", *own, "--port", str(port))]
    try:
        _wait(directory / "master.log", r"Starting Spark master at")
        for number in range(workers):
            options = [
                "--cores",
                "1",
                "--memory",
                memory,
                "--work-dir",
                str(directory / f"work{number}"),
                master,
            ]
            started.append(_start(directory / f"worker{number}.log", "worker.Worker", *own, *options))
        for number in range(workers):
            _wait(directory / f"worker{number}.log", r"Successfully registered with master")
        yield SparkCluster(master, tuple(started[1:]))
    finally:
        for process in started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(60)


def _start(log: Path, role: str, *arguments: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "SPARK_HOME": str(HOME),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_NO_DAEMONIZE": "1",
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_DAEMON_MEMORY": "256m",
    }
    with log.open("wb") as file:
        # In a session of its own, so that it can be killed with all that it started.
        return subprocess.Popen(
            [HOME / "bin" / "spark-class", f"org.apache.spark.deploy.{role}", *arguments],
            stdout=file,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )


def _wait(log: Path, says: str) -> None:
    said = becomes_true(
        lambda: re.search(says, log.read_text(errors="replace")) is not None, STARTS_WITHIN_SECONDS
    )
    assert said, log.read_text(errors="replace")[-2000:]
