"""The service under load while what it stands on is replaced, killed and damaged."""

import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.models import ITEMS, release, small_model
from support.processes import RedisServer, Service

from recsvc.model.model import Model
from recsvc.model.registry import Registry

PATHS = [
    "/v1/recommend?user_id=ada",
    "/v1/recommend?user_id=bob&placement=discover",
    "/v1/recommend?user_id=nobody",
    "/v1/recommend?placement=similar&item_id=tea",
    "/v1/recommend?placement=bought_together&item_id=nails&item_id=saw",
    "/v1/recommend?placement=trending&n=3",
]


class Load:
    """Threads that ask without a pause and keep what was wrong with the answers."""

    def __init__(self, service: Service) -> None:
        self.statuses: Counter[int] = Counter()
        self.versions: Counter[str] = Counter()
        self.slowest_seconds = 0.0
        self.faults: list[str] = []
        self._service = service
        self._stop = threading.Event()

    def _ask(self, offset: int) -> None:
        turn = offset
        while not self._stop.is_set():
            path, turn = PATHS[turn % len(PATHS)], turn + 1
            started = time.monotonic()
            try:
                status, body, _ = self._service.get(path)
            except OSError as error:
                self.faults.append(f"{path}: {error!r}")
                continue
            self.slowest_seconds = max(self.slowest_seconds, time.monotonic() - started)
            self.statuses[status] += 1
            self.versions[body.get("model_version", "none")] += 1
            if not {item["item_id"] for item in body.get("items", [])} <= set(ITEMS):
                self.faults.append(f"{path}: {body}")

    @contextmanager
    def running(self, n_threads: int = 16) -> Iterator[None]:
        threads = [threading.Thread(target=self._ask, args=(i,)) for i in range(n_threads)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()


@pytest.fixture
def serve(registry: Registry, tmp_path: Path) -> Iterator[Callable[..., Service]]:
    running = []

    def start(**options: object) -> Service:
        running.append(Service(registry.directory, tmp_path / "log", **options))
        return running[-1]

    yield start
    for service in running:
        service.stop()


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_no_answer_fails_while_models_are_published_and_redis_is_killed(
    registry: Registry, model: Model, own_redis: RedisServer, serve: Callable[..., Service]
) -> None:
    load = Load(serve(redis_url=own_redis.url))
    with load.running(16):
        for number in range(2, 22):
            registry.publish(model, release(f"{number:02}"))
            if number == 8:
                own_redis.kill()
            if number == 14:
                own_redis.start()
            time.sleep(0.15)
        registry.rollback()
        time.sleep(1.5)
    assert load.faults == []
    assert set(load.statuses) == {200}
    assert load.statuses[200] > 500
    assert len(load.versions) > 3


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


def test_a_hung_redis_costs_no_answer_more_than_moments(
    own_redis: RedisServer, serve: Callable[..., Service]
) -> None:
    service = serve(redis_url=own_redis.url)
    service.get(PATHS[0])
    own_redis.hang()
    seconds = []
    for number in range(60):
        started = time.monotonic()
        assert service.get(f"/v1/recommend?user_id=ada&n={1 + number}")[0] == 200
        seconds.append(time.monotonic() - started)
    seconds.sort()
    assert seconds[len(seconds) // 2] < 0.05
    own_redis.go_on()


def test_a_damaged_version_is_not_served(
    registry: Registry, model: Model, serve: Callable[..., Service]
) -> None:
    service = serve()
    registry.publish(model, release("2"), activate=False)
    (registry.directory / "2" / "item_factors.npy").write_bytes(b"damaged")
    (registry.directory / "CURRENT").write_text("2\n")
    assert wait_for(lambda: service.get("/health/ready")[1]["status"] == "degraded", 5)
    status, body, _ = service.get(PATHS[0])
    assert (status, body["model_version"]) == (200, "1")


def test_it_stops_gracefully_under_load(serve: Callable[..., Service]) -> None:
    service = serve()
    results: list[int] = []
    asking = threading.Thread(target=lambda: results.extend(service.status(PATHS[0]) for _ in range(50)))
    asking.start()
    assert service.stop() == 0
    asking.join()
    assert set(results) <= {0, 200}


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
