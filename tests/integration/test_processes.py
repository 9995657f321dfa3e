"""What becomes of a service's processes when one of them dies, and of a port that is taken."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from support.models import release, small_model
from support.processes import Service

from recsvc.model.registry import Registry


@pytest.fixture
def service(tmp_path: Path) -> Service:
    Registry(tmp_path).publish(small_model(), release("1"))
    return Service(tmp_path, tmp_path / "log", workers=2)


def becomes_true(condition: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def is_running(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_workers_end_with_the_main_process(service: Service) -> None:
    workers = service.workers()
    assert len(workers) == 2
    service.kill_main()
    assert becomes_true(lambda: not any(map(is_running, workers)))


def test_a_port_is_taken_once(service: Service) -> None:
    try:
        other = service.start_another()
        assert other.returncode == 1
        assert f"cannot listen on 127.0.0.1:{service.port}" in other.stderr
        assert service.get("/health/live")[0] == 200
    finally:
        service.stop()


def test_a_worker_that_dies_is_replaced(service: Service) -> None:
    try:
        first = service.workers()[0]
        os.kill(first, signal.SIGKILL)
        assert becomes_true(lambda: first not in service.workers() and len(service.workers()) == 2)
        assert service.get("/health/ready")[0] == 200
    finally:
        service.stop()
