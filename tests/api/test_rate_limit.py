import time
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from limits import parse
from limits.storage import RedisStorage
from structlog.testing import capture_logs
from support.keys import add_key
from support.processes import RedisServer, free_port

from recsvc.api.rate_limit import MAX_CLIENTS, RateLimit
from recsvc.model.registry import Registry
from recsvc.store.api_keys import Scope
from recsvc.store.store import Store

ADA = "/v1/recommend?user_id=ada"


def n_admitted(limit: RateLimit, n: int, client: str = "a") -> int:
    return sum(limit.refusal_of(client) is None for _ in range(n))


def redis_storage(url: str, **options: float) -> RedisStorage:
    return RedisStorage(url, wrap_exceptions=True, socket_timeout=0.1, socket_connect_timeout=0.1, **options)


@pytest.mark.parametrize("limit", ["1/minute", "7/minute", "100/minute", "1000/minute"])
def test_as_many_are_admitted_as_the_limit_says(limit: str) -> None:
    assert n_admitted(RateLimit(parse(limit)), 1500) == parse(limit).amount


def test_each_client_has_a_limit_of_its_own() -> None:
    limit = RateLimit(parse("10/minute"))
    assert [n_admitted(limit, 20, client) for client in ("a", "b", "a")] == [10, 10, 0]


def test_the_next_window_begins_when_the_refusal_says() -> None:
    limit = RateLimit(parse("100/second"))
    assert n_admitted(limit, 300) == 100
    refusal = limit.refusal_of("a")
    assert refusal is not None
    assert (refusal.status_code, refusal.headers["Retry-After"]) == (429, "1")
    time.sleep(2.05)  # what was asked late in the window before would still count a little in the next one
    assert n_admitted(limit, 300) == 100


def test_workers_count_together_in_redis(shared_redis: RedisServer) -> None:
    workers = [RateLimit(parse("100/minute"), lambda: redis_storage(shared_redis.url)) for _ in range(3)]
    clients = f"together-{time.time_ns()}"
    assert sum(n_admitted(worker, 1, clients) for _ in range(200) for worker in workers) == 100


def test_while_redis_is_away_each_worker_counts_alone_and_says_so_once() -> None:
    away = RateLimit(parse("10/minute"), lambda: redis_storage(f"redis://127.0.0.1:{free_port()}/0"))
    with capture_logs() as lines:
        assert n_admitted(away, 30) == 10
        time.sleep(1.05)
        assert n_admitted(away, 30) == 0
    assert [line["event"] for line in lines] == ["rate_limit_not_shared"]


def test_a_redis_that_dies_and_returns_fails_no_request(own_redis: RedisServer) -> None:
    limit = RateLimit(parse("1000/second"), lambda: redis_storage(own_redis.url))
    assert n_admitted(limit, 50) == 50
    own_redis.kill()
    assert n_admitted(limit, 50) == 50
    own_redis.start()
    time.sleep(1.05)
    assert n_admitted(limit, 50) == 50


def test_made_up_clients_do_not_take_all_memory() -> None:
    limit = RateLimit(parse("10/second"))
    for number in range(MAX_CLIENTS + 100):
        limit.refusal_of(str(number))
    assert len(limit._credits) == MAX_CLIENTS


def test_a_key_that_asks_too_often_is_told_when_to_go_on(
    client_of: Callable[..., FlaskClient], registry: Registry, stored: Store
) -> None:
    token, other = (add_key(stored.keys, Scope.READ, created_at_us=at_us) for at_us in (1, 2))
    client = client_of(registry.directory, rate_limit="3/minute")
    mine, theirs = ({"X-API-Key": str(sent)} for sent in (token, other))
    assert [client.get(ADA, headers=mine).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    refusal = client.get(ADA, headers=mine)
    assert refusal.mimetype == "application/problem+json"
    assert 1 <= int(refusal.headers["Retry-After"]) <= 60
    assert refusal.headers["RateLimit-Policy"] == '"client";q=3;w=60'
    assert client.get(ADA, headers=theirs).status_code == 200
    assert client.get("/health/live").status_code == 200
    assert client.get(ADA).status_code == 401


def test_without_keys_each_address_is_counted_on_every_path(
    client_of: Callable[..., FlaskClient], registry: Registry
) -> None:
    client = client_of(registry.directory, rate_limit="2/minute")
    assert [client.get(path).status_code for path in (ADA, "/v1/model", ADA, "/v1/model")] == [
        200,
        200,
        429,
        429,
    ]
    elsewhere = {"REMOTE_ADDR": "10.0.0.1"}
    assert client.get(ADA, environ_overrides=elsewhere).status_code == 200


def test_without_the_setting_nobody_is_counted(client: FlaskClient) -> None:
    assert {client.get(ADA).status_code for _ in range(50)} == {200}


def test_a_request_that_asks_for_more_counts_as_more() -> None:
    limit = RateLimit(parse("100/minute"))
    assert (
        sum(limit.refusal_of("a") is None and limit.refusal_of_more("a", 9) is None for _ in range(30)) == 10
    )
    assert n_admitted(limit, 5) == 0


def test_what_would_cost_more_than_a_window_takes_a_whole_one() -> None:
    limit = RateLimit(parse("5/minute"))
    assert limit.refusal_of("a") is None
    assert limit.refusal_of_more("a", 9) is None
    assert limit.refusal_of("a") is not None
    assert RateLimit(parse("1/minute")).refusal_of_more("a", 9) is None


def test_a_refusal_of_much_leaves_the_rest_to_requests_that_ask_for_less() -> None:
    limit = RateLimit(parse("12/minute"))
    assert [limit.refusal_of_more("a", 9) is None for _ in range(2)] == [True, False]
    assert n_admitted(limit, 10) == 3


def test_a_page_counts_as_its_lists_and_a_body_as_its_hundreds(
    client_of: Callable[..., FlaskClient], registry: Registry
) -> None:
    client = client_of(registry.directory, rate_limit="20/minute")
    page = {"placements": [{"name": str(number)} for number in range(10)]}
    assert [client.post("/v1/recommend/page", json=page).status_code for _ in range(3)] == [200, 200, 429]
    events = {"events": [{"type": "view", "session_id": "s", "item_id": "jam"}] * 901}
    items = {"items": [{"item_id": f"i{number}", "title": "x"} for number in range(901)]}
    for address, path, body in (("10.0.0.1", "/v1/events", events), ("10.0.0.2", "/v1/items", items)):
        sent = [
            client.post(path, json=body, environ_overrides={"REMOTE_ADDR": address}).status_code
            for _ in range(3)
        ]
        assert (path, sent[2]) == (path, 429)
        assert 429 not in sent[:2]
