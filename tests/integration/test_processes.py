"""What becomes of a service's processes when one of them dies, and of a port that is taken."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path

import pytest
from support.metrics import total
from support.models import release, small_model
from support.processes import Service, becomes_true

from recsvc.cli.serve import KILL_SECONDS
from recsvc.model.registry import Registry


@pytest.fixture
def service(tmp_path: Path) -> Service:
    Registry(tmp_path).publish(small_model(), release("1"))
    return Service(tmp_path, tmp_path / "log", workers=2)


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


class Starting(Service):
    """Has its workers, which have not begun to answer."""

    def _await_workers(self, n_started: int) -> None:
        assert becomes_true(lambda: len(self.workers()) == 2, 20)


def test_a_service_that_is_stopped_while_its_workers_start_ends_at_once(tmp_path: Path) -> None:
    Registry(tmp_path).publish(small_model(), release("1"))
    service = Starting(tmp_path, tmp_path / "log", workers=2)
    assert "Started worker-" not in service.log.read_text()
    began = time.monotonic()
    assert service.stop() == 0
    # Not by the log: on a busy machine the server says of workers that ended by themselves, too, that it kills them.
    assert time.monotonic() - began < KILL_SECONDS - 1


HANG_SECONDS = 5


def answers(service: Service, n: int) -> bool:
    """Return whether ``n`` requests in a row are answered: those that waited for a worker that was killed are not."""
    with suppress(OSError, HTTPException):
        return all(service.get("/health/ready")[0] == 200 for _ in range(n))
    return False


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Service]:
    Registry(tmp_path).publish(small_model(), release("1"))
    service = Service(tmp_path, tmp_path / "log", workers=2, hang_seconds=HANG_SECONDS)
    yield service
    service.stop()


def test_a_worker_that_hangs_is_replaced(watched: Service) -> None:
    first, second = watched.workers()
    os.kill(first, signal.SIGSTOP)
    assert becomes_true(lambda: not is_running(first), 4 * HANG_SECONDS)
    assert becomes_true(lambda: len(watched.workers()) == 2)
    assert second in watched.workers()
    assert becomes_true(lambda: answers(watched, 20))
    assert f'"pid": {first}' in next(
        line for line in watched.log.read_text().splitlines() if "worker_hung" in line
    )
    assert total(watched.text("/metrics"), "recsvc_workers_replaced_total") == 1


@pytest.mark.long
def test_a_slow_worker_and_a_stopped_service_are_left_alone(watched: Service) -> None:
    workers = watched.workers()
    until = time.monotonic() + 2 * HANG_SECONDS
    while time.monotonic() < until:  # a worker that runs a tenth of the time
        os.kill(workers[0], signal.SIGSTOP)
        time.sleep(1.8)
        os.kill(workers[0], signal.SIGCONT)
        time.sleep(0.2)
    everyone = [*workers, watched.main_pid]
    for pid in everyone:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(1.5 * HANG_SECONDS)  # as a machine that slept
    for pid in reversed(everyone):
        os.kill(pid, signal.SIGCONT)
    time.sleep(2)
    assert watched.workers() == workers
    assert "worker_hung" not in watched.log.read_text()


def test_a_file_of_the_live_version_that_is_cut_off_costs_what_is_in_flight(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    registry.publish(small_model(), release("1"))
    registry.publish(small_model(), release("2"))
    service = Service(tmp_path, tmp_path / "log", workers=2)
    try:
        assert service.get("/v1/model")[1]["model_version"] == "2"
        for path in (tmp_path / "2").iterdir():
            if path.name != "manifest.json":
                os.truncate(path, 0)  # whoever reads what is mapped of it gets a SIGBUS

        def answers_from_the_version_before() -> bool:
            with suppress(OSError, HTTPException):
                for number in range(20):
                    service.get(f"/v1/recommend?user_id=u{number % 3}&n={1 + number % 5}")
                return service.get("/v1/model")[1].get("model_version") == "1"
            return False

        assert becomes_true(answers_from_the_version_before, 30)
        assert service.get("/health/ready")[1]["status"] == "degraded"
    finally:
        service.stop()
