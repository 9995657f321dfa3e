"""What becomes of two services behind a proxy while one of them, or Redis, is away."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.outcome_figures import figures, performance, without_nothing
from support.postgres import PostgresServer
from support.processes import RedisServer, Service, becomes_true
from support.proxies import NO_PROXY, Proxy, has_proxies
from support.replicas import Replicas, replicas_behind
from support.shop_truth import TrueShop

pytestmark = pytest.mark.skipif(not has_proxies(), reason=NO_PROXY)
N_USERS = 30


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    server = RedisServer()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def replicas(
    published: Path,
    shared_postgres: PostgresServer,
    redis: RedisServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Replicas]:
    directory = tmp_path_factory.mktemp("replicas")
    with replicas_behind(published, shared_postgres.new_database(), redis, directory, workers=1) as running:
        yield running


@contextmanager
def asked_meanwhile(replicas: Replicas) -> Iterator[dict[str, Counter[str]]]:
    """Ask for lists and post events at both proxies all the time; yield what was answered, by proxy."""
    ended, failures = threading.Event(), []
    answers: dict[str, Counter[str]] = {kind: Counter() for kind in replicas.proxies}

    def work(kind: str, proxy: Proxy, number: int) -> None:
        turn = 0
        while not ended.is_set():
            turn += 1
            user_id = f"busy-{number}-{turn % N_USERS}"
            try:
                if turn % 3:
                    answer = replicas.ask(proxy, f"/v1/recommend?user_id={user_id}&n={1 + turn % 9}")
                else:
                    event = {
                        "type": "view",
                        "user_id": user_id,
                        "item_id": "tea",
                        "event_id": f"{kind}-{number}-{turn}",
                    }
                    answer = replicas.ask(proxy, "/v1/events", event)
            except OSError as error:
                failures.append((kind, turn, repr(error)))
            else:
                answers[kind][f"{turn % 3 == 0} {answer.status}"] += 1
            ended.wait(0.01)

    threads = [
        threading.Thread(target=work, args=(kind, proxy, number))
        for kind, proxy in replicas.proxies.items()
        for number in range(2)
    ]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert failures == []


@pytest.mark.long
def test_a_rolling_restart_costs_no_request(replicas: Replicas) -> None:
    with asked_meanwhile(replicas) as answers:
        time.sleep(1)
        for service in replicas.services:
            stopping = threading.Thread(target=service.stop)
            stopping.start()
            assert becomes_true(lambda at=service: at.status("/health/ready") == 503, 5)
            assert replicas.ask(service, "/v1/recommend?user_id=ada").headers["connection"] == "close"
            stopping.join()
            service.start()
            assert becomes_true(lambda at=service: at.status("/health/ready") == 200)
            time.sleep(2.5)  # as long as nginx leaves a server alone
    for kind, found in answers.items():
        assert set(found) == {"False 200", "True 202"}, (kind, found)
        assert min(found.values()) > 20


def test_a_replica_that_was_away_during_an_erasure_knows_of_it(
    replicas: Replicas, redis: RedisServer
) -> None:
    here, there = replicas.services
    replicas.buy(here, "absent", "tea")
    assert becomes_true(lambda: "tea" not in replicas.items(there, "absent", "discover"))
    for _ in range(3):
        replicas.items(here, "absent", "discover")
    here.kill()
    assert replicas.ask(there, "/v1/users/absent", method="DELETE").status == 200
    here.start()
    assert "tea" in replicas.items(here, "absent", "discover")
    assert replicas.ask(here, "/v1/users/absent").status == 404


def test_while_redis_is_away_both_know_what_happens_at_the_other(
    replicas: Replicas, redis: RedisServer
) -> None:
    here, there = replicas.services
    for _ in range(3):
        assert "tea" in replicas.items(there, "alone", "discover")
    redis.kill()
    time.sleep(0.8)  # after which no near cache is trusted
    replicas.buy(here, "alone", "tea")
    assert "tea" not in replicas.items(there, "alone", "discover")
    redis.start()
    assert becomes_true(lambda: replicas.ask(there, "/health/ready").body["status"] == "ok")
    replicas.buy(there, "alone", "milk")
    assert becomes_true(lambda: "milk" not in replicas.items(here, "alone", "discover"))


@pytest.mark.parametrize("n_shoppers", [12, pytest.param(60, marks=pytest.mark.long)])
def test_two_that_count_at_once_and_are_killed_count_to_the_cent(replicas: Replicas, n_shoppers: int) -> None:
    shop = TrueShop(seed=7)
    lists = {"session": "session_id", "user": "user_id"}

    def ask(shopper: str, placement: str) -> object:
        kind, _, visit = shopper.rpartition(":")
        return replicas.ask(
            next(turns), f"/v1/recommend?{lists[kind or 'user']}={visit}&placement={placement}&n=5"
        ).body

    turns = _alternately(replicas.services)
    shop.live(ask, n_shoppers)
    batches = list(shop.posts())
    for place, batch in enumerate(batches):
        answer = replicas.ask(next(turns), "/v1/events", {"events": batch})
        assert answer.status == 202, answer
        if place == len(batches) // 2:
            for visit, person in shop.merges.items():
                replicas.ask(next(turns), f"/v1/users/{person}/merge", {"from_session_id": visit})
            for person in sorted(shop.erased):
                replicas.ask(next(turns), f"/v1/users/{person}", method="DELETE")
        if place in (len(batches) // 3, 2 * len(batches) // 3):
            service = replicas.services[place % 2]
            service.kill()
            service.start()
    for person in sorted(shop.erased):
        replicas.ask(next(turns), f"/v1/users/{person}", method="DELETE")
    for at in replicas.services:
        for group_by in ("total", "placement", "position"):
            found = performance(_Keyed(replicas, at), group_by)
            assert figures(found["rows"]) == without_nothing(shop.truth(group_by)), group_by


class _Keyed:
    """A service that is asked with the key of the shop."""

    def __init__(self, replicas: Replicas, at: Service) -> None:
        self.get: Callable[[str], tuple[int, object, object]] = lambda path: (
            (answer := replicas.ask(at, path)).status,
            answer.body,
            answer.headers,
        )


def _alternately(services: list[Service]) -> Iterator[Service]:
    while True:
        yield from services
