"""How the service starts, stops, and follows its models."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.load import wait_for
from support.models import release, small_model
from support.processes import Service

from recsvc.model.model import Model
from recsvc.model.registry import Registry

ADA = "/v1/recommend?user_id=ada"


@pytest.fixture
def serve(registry: Registry, tmp_path: Path) -> Iterator[Callable[..., Service]]:
    running = []

    def start(**options: object) -> Service:
        running.append(Service(registry.directory, tmp_path / "log", **options))
        return running[-1]

    yield start
    for service in running:
        service.stop()


def test_a_new_version_and_a_rollback_reach_every_worker_within_two_seconds(
    registry: Registry, model: Model, serve: Callable[..., Service]
) -> None:
    service = serve(workers=2)

    def all_answer(version: str) -> bool:
        return {service.get("/v1/model")[1]["model_version"] for _ in range(20)} == {version}

    registry.publish(model, release("2"))
    assert wait_for(lambda: all_answer("2"), 2)
    registry.rollback()
    assert wait_for(lambda: all_answer("1"), 2)


def test_it_stops_gracefully_under_load(serve: Callable[..., Service]) -> None:
    service = serve()
    results: list[int] = []
    asking = threading.Thread(target=lambda: results.extend(service.status(ADA) for _ in range(50)))
    asking.start()
    assert service.stop() == 0
    asking.join()
    assert set(results) <= {0, 200}


def test_ctrl_c_at_the_terminal_ends_it_as_gracefully(serve: Callable[..., Service]) -> None:
    service = serve(workers=2)
    assert service.status(ADA) == 200
    os.killpg(service.main_pid, signal.SIGINT)
    assert service._process.wait(30) == 0
    assert "refused to gracefully stop" not in service.log.read_text()


def test_a_bad_setting_stops_the_start_and_names_the_variable(tmp_path: Path) -> None:
    for variable, value in (
        ("RECSVC_NEAR_CACHE_BYTES", "lots"),
        ("RECSVC_REDIS_URL", "http://x"),
        ("RECSVC_PORT", "0"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "recsvc", "serve"],
            env={variable: value, "PATH": "/usr/bin:/bin"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        assert done.returncode == 1
        assert done.stderr.startswith(f"error: {variable}")


def test_a_service_started_before_the_first_model_becomes_ready(
    tmp_path: Path, serve: Callable[..., Service], registry: Registry
) -> None:
    service = Service(tmp_path / "later", tmp_path / "later.log")
    assert service.get("/health/ready")[0] == 503
    Registry(tmp_path / "later").publish(small_model(), release("1"))
    assert wait_for(lambda: service.get("/health/ready")[0] == 200, 3)
    assert service.stop() == 0
