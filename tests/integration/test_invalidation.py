"""A drop on one worker reaches all others, whatever happens to the way it takes."""

import json
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from redis import Redis
from support import droppable
from support.processes import RedisServer, Service

from recsvc.model.registry import Registry

ADA = "/v1/recommend?user_id=ada"
PROMISED_SECONDS = 1.0


@pytest.fixture
def serve(registry: Registry, tmp_path: Path) -> Iterator[Callable[..., Service]]:
    running = []

    def start(**options: object) -> Service:
        log = tmp_path / f"log-{len(running)}"
        running.append(Service(registry.directory, log, program=(droppable.__file__,), **options))
        return running[-1]

    yield start
    for service in running:
        service.stop()


def ask(connection: HTTPConnection, path: str = ADA) -> tuple[str | None, str]:
    """Return the tier that answered, and the body."""
    connection.request("GET", path)
    response = connection.getresponse()
    body = response.read().decode()
    assert response.status == 200, body
    return response.getheader("X-Recsvc-Cache"), body


def make_hot(connection: HTTPConnection, path: str = ADA) -> None:
    for _ in range(3):
        tier, _ = ask(connection, path)
    assert tier == "near"


def seconds_until_not_near(connection: HTTPConnection) -> float:
    started = time.monotonic()
    while ask(connection)[0] == "near":
        assert time.monotonic() - started < 10
    return time.monotonic() - started


def tier_after_near(connection: HTTPConnection, path: str = ADA) -> str | None:
    """Return the first tier that answers once the list of the near cache is gone, as promised within a second."""
    started = time.monotonic()
    while (tier := ask(connection, path)[0]) == "near":
        assert time.monotonic() - started < PROMISED_SECONDS
    return tier


def one_connection_a_worker(service: Service, workers: int) -> list[HTTPConnection]:
    connections: dict[str, HTTPConnection] = {}
    deadline = time.monotonic() + 20
    while len(connections) < workers and time.monotonic() < deadline:
        connection = service.connect()
        worker = ask(connection, "/test/worker")[1]
        if worker in connections:
            connection.close()
            time.sleep(0.02)  # the other one may still be starting
        connections.setdefault(worker, connection)
    assert len(connections) == workers
    return list(connections.values())


def test_between_machines_a_drop_arrives_within_a_second_fifty_times_in_a_row(
    own_redis: RedisServer, serve: Callable[..., Service]
) -> None:
    here, there = (serve(workers=1, redis_url=own_redis.url).connect() for _ in range(2))
    waits = []
    for _ in range(50):
        make_hot(there)
        ask(here, "/test/drop?user_id=ada")
        waits.append(seconds_until_not_near(there))
    assert max(waits) < PROMISED_SECONDS
    make_hot(there, "/v1/recommend?user_id=bob")
    ask(here, "/test/drop?user_id=ada")
    time.sleep(0.2)
    assert ask(there, "/v1/recommend?user_id=bob")[0] == "near"
    ask(here, "/test/drop")
    assert tier_after_near(there, "/v1/recommend?user_id=bob") == "miss"


def test_between_workers_of_a_machine_a_drop_arrives_without_redis(serve: Callable[..., Service]) -> None:
    here, there = one_connection_a_worker(serve(workers=2), 2)
    for _ in range(50):
        make_hot(there)
        ask(here, "/test/drop?user_id=ada")
        assert ask(there)[0] == "miss"


def test_between_workers_of_a_machine_a_drop_arrives_while_redis_is_gone(
    own_redis: RedisServer, serve: Callable[..., Service]
) -> None:
    here, there = one_connection_a_worker(serve(workers=2, redis_url=own_redis.url), 2)
    make_hot(there)
    own_redis.kill()
    ask(here, "/test/drop?user_id=ada")
    assert ask(there)[0] == "miss"


def test_a_list_in_redis_is_dropped_as_well(own_redis: RedisServer, serve: Callable[..., Service]) -> None:
    here, there = (serve(workers=1, redis_url=own_redis.url).connect() for _ in range(2))
    ask(here)
    assert ask(there)[0] == "redis"
    ask(there, "/test/drop?user_id=ada")
    assert tier_after_near(here) == "miss"


def test_when_the_subscription_is_cut_what_was_kept_until_then_is_not_given_again(
    own_redis: RedisServer, serve: Callable[..., Service]
) -> None:
    here, there = (serve(workers=1, redis_url=own_redis.url).connect() for _ in range(2))
    make_hot(there)
    with Redis.from_url(own_redis.url) as client:
        client.client_kill_filter(_type="pubsub")
    assert seconds_until_not_near(there) < PROMISED_SECONDS
    time.sleep(1)
    make_hot(there)
    ask(here, "/test/drop?user_id=ada")
    assert seconds_until_not_near(there) < PROMISED_SECONDS


def test_while_redis_hangs_the_near_cache_is_passed_over_and_afterwards_used_again(
    own_redis: RedisServer, serve: Callable[..., Service]
) -> None:
    service = serve(workers=1, redis_url=own_redis.url)
    connection = service.connect()
    make_hot(connection)
    own_redis.hang()
    assert seconds_until_not_near(connection) < PROMISED_SECONDS
    assert [ask(connection)[0] for _ in range(20)] == ["miss"] * 20
    health = json.loads(ask(connection, "/health/ready")[1])
    assert health["status"] == "degraded"
    assert "Redis does not answer" in health["problems"][0]
    own_redis.go_on()
    deadline = time.monotonic() + 10
    while ask(connection)[0] != "near" and time.monotonic() < deadline:
        time.sleep(0.05)
    make_hot(connection)
    while json.loads(ask(connection, "/health/ready")[1])["status"] != "ok" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert json.loads(ask(connection, "/health/ready")[1])["status"] == "ok"


def test_a_drop_that_redis_did_not_hear_of_reaches_other_machines_when_it_is_back(
    own_redis: RedisServer, serve: Callable[..., Service]
) -> None:
    here, there = (serve(workers=1, redis_url=own_redis.url).connect() for _ in range(2))
    make_hot(there)
    own_redis.hang()
    ask(here, "/test/drop?user_id=ada")
    own_redis.go_on()
    deadline = time.monotonic() + 10
    tiers = set()
    while "miss" not in tiers and time.monotonic() < deadline:
        tiers.add(ask(there)[0])
        time.sleep(0.02)
    assert "miss" in tiers
