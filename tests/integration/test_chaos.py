"""Under steady load, what the service stands on is killed, hung, filled, slowed, replaced and damaged."""

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis
from support.load import Load, wait_for
from support.models import ITEMS, release, small_model
from support.processes import RedisServer, Service
from support.slow_proxy import SlowProxy

from recsvc.model.registry import CURRENT, Registry
from recsvc.model.vocabulary import ItemVocabulary
from recsvc.store.store import DATABASE_FILE

ASKED_ABOUT = ("nails", "saw", "tea")
"""These are in every version; the other items of a version bear its number."""


def items_of(version: str) -> tuple[str, ...]:
    return tuple(item if item in ASKED_ABOUT else f"{item}.{version}" for item in ITEMS)


def publish(registry: Registry, version: str, *, activate: bool = True) -> None:
    model = replace(small_model(), items=ItemVocabulary.of(items_of(version)))
    registry.publish(model, release(version), activate=activate)


@pytest.fixture
def versions(tmp_path: Path) -> Registry:
    """A registry whose live version, 2, has a version 1 before it; no two have all items in common."""
    registry = Registry(tmp_path / "models")
    publish(registry, "1")
    publish(registry, "2")
    return registry


@pytest.fixture
def serve(versions: Registry, tmp_path: Path) -> Iterator[Callable[..., Load]]:
    """Starts the service with two workers; returns load to be put on it."""
    running = []

    def start(**settings: object) -> Load:
        service = Service(versions.directory, tmp_path / "log", redis_pause_seconds=0.3, **settings)
        running.append(service)
        return Load(service, {version: items_of(version) for version in "12345"})

    yield start
    for service in running:
        service.stop()


@pytest.fixture
def redis_limits(own_redis: RedisServer) -> Iterator[Redis]:
    with Redis.from_url(own_redis.url) as client:
        yield client


def health(service: Service) -> tuple[set[str], str]:
    """Return how the workers say they are, and why; which of them answers is chance."""
    found = [service.get("/health/ready") for _ in range(8)]
    assert {status for status, _, _ in found} == {200}
    problems = {problem for _, body, _ in found for problem in body["problems"]}
    return {body["status"] for _, body, _ in found}, "; ".join(sorted(problems))


def is_degraded(service: Service, reason: str) -> bool:
    states, problems = health(service)
    return states == {"degraded"} and reason in problems


def is_well(service: Service) -> bool:
    return health(service) == ({"ok"}, "")


def assert_nobody_noticed(load: Load) -> None:
    assert load.faults == []
    assert set(load.statuses) == {200}
    assert load.n_resets == 0
    assert load.statuses[200] > 50


def assert_lists_are_near_again(load: Load) -> None:
    """Nothing is left behind: the near caches are used, and Redis is."""
    assert wait_for(lambda: is_well(load.service))
    load.tiers.clear()
    with load.running():
        assert wait_for(lambda: load.tiers["near"] > 20)


def test_redis_killed_and_started_again(own_redis: RedisServer, serve: Callable[..., Load]) -> None:
    load = serve(redis_url=own_redis.url)
    with load.running():
        assert wait_for(lambda: load.tiers["near"] > 20)
        own_redis.kill()
        assert wait_for(lambda: is_degraded(load.service, "Redis does not answer"))
        load.tiers.clear()
        time.sleep(1)
        assert set(load.tiers) == {"miss"}
        own_redis.start()
        assert wait_for(lambda: is_well(load.service))
    assert_nobody_noticed(load)
    assert_lists_are_near_again(load)


@pytest.mark.long
def test_redis_hung_and_gone_on(own_redis: RedisServer, serve: Callable[..., Load]) -> None:
    load = serve(redis_url=own_redis.url)
    with load.running():
        assert wait_for(lambda: load.tiers["near"] > 20)
        own_redis.hang()
        assert wait_for(lambda: is_degraded(load.service, "Redis does not answer"))
        load.seconds.clear()
        time.sleep(1.5)
        assert sorted(load.seconds)[len(load.seconds) // 2] < 0.1
        own_redis.go_on()
        assert wait_for(lambda: is_well(load.service))
    assert_nobody_noticed(load)
    assert_lists_are_near_again(load)


@pytest.mark.long
def test_redis_restarted_empty(own_redis: RedisServer, serve: Callable[..., Load]) -> None:
    load = serve(redis_url=own_redis.url)
    with load.running():
        assert wait_for(lambda: load.tiers["near"] > 20)
        own_redis.kill()
        own_redis.start()
        load.tiers.clear()
        assert wait_for(lambda: load.tiers["miss"] > 5)
        assert wait_for(lambda: is_well(load.service))
    assert_nobody_noticed(load)
    assert_lists_are_near_again(load)


@pytest.mark.long
def test_redis_full_while_a_version_is_published(
    own_redis: RedisServer, redis_limits: Redis, versions: Registry, serve: Callable[..., Load]
) -> None:
    load = serve(redis_url=own_redis.url)
    with load.running():
        assert wait_for(lambda: load.tiers["near"] > 20)
        redis_limits.config_set("maxmemory-policy", "noeviction")
        redis_limits.config_set("maxmemory", 1)
        publish(versions, "3")
        assert wait_for(lambda: is_degraded(load.service, "full or read-only"))
        time.sleep(0.5)
        assert "does not answer" not in health(load.service)[1]
        redis_limits.config_set("maxmemory", 0)
        assert wait_for(lambda: is_well(load.service))
        assert wait_for(lambda: load.versions["3"] > 0)
    assert_nobody_noticed(load)
    assert_lists_are_near_again(load)


@pytest.mark.long
def test_redis_two_hundred_milliseconds_away(own_redis: RedisServer, serve: Callable[..., Load]) -> None:
    with closing(SlowProxy(own_redis.port)) as proxy:
        load = serve(redis_url=proxy.url)
        with load.running():
            assert wait_for(lambda: load.tiers["near"] > 20)
            proxy.delay_seconds = 0.2
            assert wait_for(lambda: is_degraded(load.service, "Redis does not answer"))
            load.seconds.clear()
            time.sleep(1.5)
            assert sorted(load.seconds)[len(load.seconds) // 2] < 0.1
            proxy.delay_seconds = 0.0
            assert wait_for(lambda: is_well(load.service))
        assert_nobody_noticed(load)
        assert_lists_are_near_again(load)
        load.service.stop()


@pytest.mark.long
def test_versions_published_rolled_back_and_published_damaged(
    versions: Registry, own_redis: RedisServer, serve: Callable[..., Load]
) -> None:
    load = serve(redis_url=own_redis.url, stale_seconds=0.5)
    with load.running():
        for version in "34":
            publish(versions, version)
            assert wait_for(lambda version=version: load.versions[version] > 20)
        versions.rollback()
        time.sleep(2)  # every worker has seen it, and no list is stale any more
        publish(versions, "5", activate=False)
        (versions.directory / "5" / "item_factors.npy").write_bytes(b"damaged")
        load.versions.clear()
        (versions.directory / CURRENT).write_text("5\n")
        assert wait_for(lambda: is_degraded(load.service, "item_factors.npy"))
        time.sleep(0.5)
        assert set(load.versions) == {"3"}
        versions.activate("4")
        assert wait_for(lambda: is_well(load.service) and load.versions["4"] > 20)
    assert_nobody_noticed(load)
    assert_lists_are_near_again(load)


@pytest.mark.long
def test_a_worker_killed(own_redis: RedisServer, serve: Callable[..., Load]) -> None:
    load = serve(redis_url=own_redis.url)
    n_threads = 4
    with load.running(n_threads):
        assert wait_for(lambda: load.tiers["near"] > 20)
        os.kill(load.service.workers()[0], signal.SIGKILL)
        assert wait_for(lambda: load.service.log.read_text().count("Started worker-") == 3)
        time.sleep(0.5)
        assert len(load.service.workers()) == 2
    assert load.faults == []
    assert set(load.statuses) == {200}
    assert load.n_resets <= n_threads
    assert_lists_are_near_again(load)


def test_the_store_locked(versions: Registry, serve: Callable[..., Load]) -> None:
    load = serve()
    event = {"type": "view", "user_id": "ada", "item_id": "tea"}
    with (
        load.running(),
        closing(sqlite3.connect(versions.directory / DATABASE_FILE, isolation_level=None)) as lock,
    ):
        assert wait_for(lambda: load.statuses[200] > 20)
        lock.execute("BEGIN EXCLUSIVE")
        status, _, headers = load.service.post("/v1/events", event)
        assert (status, "retry-after" in headers) == (503, True)
        lock.execute("ROLLBACK")
        assert load.service.post("/v1/events", event)[0] in (200, 202)
    assert_nobody_noticed(load)
    assert is_well(load.service)
