"""Answers from each cache beside a Flask no-op on the same server, one connection, one request at a time."""

import http.client
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from redis import Redis, RedisError

from recsvc.cli.demo import free_port
from recsvc.model.registry import Registry

REQUESTS = 1500
START_SECONDS = 120


def measure(directory: Path) -> list[dict[str, Any]]:
    """Serve the models in ``directory`` and return one row a tier: p50, p99 and the ratio to the no-op."""
    models = directory / "models"
    users = Registry(models).load().model.users
    paths = [f"/v1/recommend?user_id={users.id_of(i * len(users) // REQUESTS)}" for i in range(REQUESTS)]
    with ExitStack() as running:
        redis_port = running.enter_context(redis_server())
        url = ["--redis-url", f"redis://127.0.0.1:{redis_port}/0"] if redis_port else []
        serve = [sys.executable, "-m", "recsvc", "serve", "--workers", "1", "--log-level", "error", *url]
        timings = {"Flask no-op": _time(running.enter_context(server(_NO_OP)), ["/"] * REQUESTS)}
        first = running.enter_context(server([*serve, "--models-dir", str(models), "--port"]))
        timings["cold: ranked"] = _time(first, paths)
        timings["hot: near cache"] = _time(first, paths)
        if redis_port:
            second = running.enter_context(server([*serve, "--models-dir", str(models), "--port"]))
            timings["warm: Redis"] = _time(second, paths)
    floor = float(np.median(timings["Flask no-op"]))
    return [
        {
            "what": name,
            "p50 ms": round(float(np.median(times)), 3),
            "p99 ms": round(float(np.percentile(times, 99)), 3),
            "p50 / no-op": round(float(np.median(times)) / floor, 2),
        }
        for name, times in timings.items()
    ]


_NO_OP = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "--no-log"]
_NO_OP += ["benchmarks.floors:flask_no_op", "--port"]


@contextmanager
def _process(command: list[str]) -> Iterator[int]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()


@contextmanager
def server(command: list[str]) -> Iterator[int]:
    """Run a server whose last argument is its port; yield the port when it answers."""
    with served(command) as (port, _):
        yield port


@contextmanager
def served(command: list[str]) -> Iterator[tuple[int, int]]:
    """Do the same; yield the port and the process id."""
    port = free_port(0)
    with _process([*command, str(port)]) as pid:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                _time(port, ["/"])
                break
            except OSError:
                time.sleep(0.05)
        yield port, pid


@contextmanager
def redis_server() -> Iterator[int | None]:
    """Run a Redis that keeps nothing on disk; yield its port, None where the program is missing."""
    if shutil.which("redis-server") is None:
        yield None
        return
    port = free_port(0)
    with _process(["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]):
        with Redis(port=port) as client:
            deadline = time.monotonic() + START_SECONDS
            while time.monotonic() < deadline:
                try:
                    client.ping()
                    break
                except RedisError:
                    time.sleep(0.05)
        yield port


def _time(port: int, paths: list[str]) -> list[float]:
    """Return how long each answer took, in milliseconds."""
    times = []
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        for path in paths:
            started = time.perf_counter()
            connection.request("GET", path)
            connection.getresponse().read()
            times.append(1000 * (time.perf_counter() - started))
    return times
