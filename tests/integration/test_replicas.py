"""Two services on one PostgreSQL and one Redis, behind nginx and HAProxy, answer as one."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from support.keys import add_key
from support.models import release, small_model
from support.pages import SIGN_IN
from support.postgres import PostgresServer
from support.processes import RedisServer, Service, becomes_true
from support.proxies import NO_PROXY, Proxy, has_proxies
from support.replicas import SHOP, WIDGET_LIMIT, Replicas, replicas_behind

from recsvc.clock import now_us
from recsvc.model.registry import Registry
from recsvc.store.api_keys import Scope

pytestmark = pytest.mark.skipif(not has_proxies(), reason=NO_PROXY)
PROMISED_SECONDS = 1.0
TRENDING = "/v1/recommend?placement=trending"
USERS = [f"u{number}" for number in range(20)]


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
    with replicas_behind(published, shared_postgres.new_database(), redis, directory) as running:
        yield running


@pytest.fixture(params=["nginx", pytest.param("haproxy", marks=pytest.mark.long)])
def proxy(request: pytest.FixtureRequest, replicas: Replicas) -> Proxy:
    return replicas.proxies[request.param]


def soon(condition: Callable[[], bool], seconds: float = 5 * PROMISED_SECONDS) -> bool:
    """Return whether ``condition`` comes true; a busy machine gets more than the second that is promised."""
    return becomes_true(condition, seconds)


def test_two_that_start_at_once_on_an_empty_database_are_both_ready(replicas: Replicas) -> None:
    for service in replicas.services:
        assert replicas.ask(service, "/health/ready").body == {
            "status": "ok",
            "model_version": "1",
            "problems": [],
        }


def test_what_a_shopper_buys_at_one_is_in_the_lists_of_the_other_within_a_second(replicas: Replicas) -> None:
    here, there = replicas.services
    waits = []
    for number, user_id in enumerate(USERS[:10]):
        for _ in range(3):
            assert "tea" in replicas.items(there, user_id, "discover")
        replicas.buy([here, there][number % 2], user_id, "tea")
        other = [there, here][number % 2]
        began = time.monotonic()
        while "tea" in replicas.items(other, user_id, "discover"):
            assert time.monotonic() - began < 5 * PROMISED_SECONDS
        waits.append(time.monotonic() - began)
    assert sorted(waits)[len(waits) // 2] < PROMISED_SECONDS


def test_an_event_at_a_proxy_counts_once_and_is_seen_at_both(replicas: Replicas, proxy: Proxy) -> None:
    user_id = f"once-{proxy.port}"
    event = {"type": "purchase", "user_id": user_id, "item_id": "saw", "event_id": f"e-{proxy.port}"}
    for _ in range(4):
        assert replicas.ask(proxy, "/v1/events", {"events": [event]}).status == 202
    for service in replicas.services:
        assert len(replicas.ask(service, f"/v1/users/{user_id}").body["events"]) == 1


def test_an_erasure_at_one_is_an_erasure_at_the_other(replicas: Replicas, redis: RedisServer) -> None:
    here, there = replicas.services
    replicas.buy(here, "gone", "tea")
    assert soon(lambda: "tea" not in replicas.items(there, "gone", "discover"))
    assert replicas.ask(here, "/v1/users/gone", method="DELETE").status == 200
    assert soon(lambda: "tea" in replicas.items(there, "gone", "discover"))
    assert replicas.ask(there, "/v1/users/gone").status == 404
    assert (
        replicas.ask(there, "/v1/events", {"type": "view", "user_id": "gone", "item_id": "tea"}).status == 202
    )
    assert replicas.ask(here, "/v1/users/gone").status == 404


def test_a_merge_at_one_is_a_merge_at_the_other(replicas: Replicas) -> None:
    here, there = replicas.services
    event = {"type": "purchase", "session_id": "visit", "item_id": "tea"}
    assert replicas.ask(there, "/v1/events", event).status == 202
    assert "tea" in replicas.items(there, "merged", "discover")
    assert replicas.ask(here, "/v1/users/merged/merge", {"from_session_id": "visit"}).status == 200
    assert soon(lambda: "tea" not in replicas.items(there, "merged", "discover"))


def test_rules_that_were_put_at_one_hold_at_the_other(replicas: Replicas, proxy: Proxy) -> None:
    here, there = replicas.services
    name = f"home-{proxy.port}"
    rules = {"base": "trending", "filter": 'item_id != "tea"'}
    assert replicas.ask(here, f"/v1/placements/{name}", rules, method="PUT").status in (200, 201)
    assert soon(lambda: replicas.ask(there, f"/v1/recommend?placement={name}").status == 200)
    time.sleep(PROMISED_SECONDS)
    for _ in range(6):
        assert "tea" not in replicas.items(proxy, "ada", name)
    assert replicas.ask(there, f"/v1/placements/{name}", method="DELETE").status in (200, 204)
    assert soon(lambda: replicas.ask(here, f"/v1/recommend?placement={name}").status != 200)


def test_a_shopper_is_in_one_variant_wherever_they_ask(replicas: Replicas, proxy: Proxy) -> None:
    here, there = replicas.services
    name = f"exp-{proxy.port}"
    variants = [
        {"name": "control", "share": 0.5, "kind": "control"},
        {"name": "B", "share": 0.5, "kind": "placement", "placement": "trending"},
    ]
    body = {"placement": "discover", "variants": variants}
    assert replicas.ask(here, f"/v1/experiments/{name}", body, method="PUT").status == 201
    assert soon(lambda: replicas.ask(there, f"/v1/experiments/{name}").status == 200)
    time.sleep(PROMISED_SECONDS)

    def strategies(at: Service | Proxy) -> list[str]:
        return [
            replicas.ask(at, f"/v1/recommend?user_id={one}&placement=discover").body["strategy"]
            for one in USERS
        ]

    replicas.buy(here, "ada", "milk")
    lists = [[replicas.items(at, one, "discover") for one in USERS] for at in (here, there, proxy)]
    assert lists[0] == lists[1] == lists[2]
    assert replicas.ask(there, f"/v1/experiments/{name}", method="DELETE").status in (200, 204)
    assert soon(lambda: replicas.ask(here, f"/v1/experiments/{name}").status == 404)
    assert soon(lambda: strategies(here) == strategies(there))


def test_a_key_opens_both_and_once_revoked_neither(replicas: Replicas, proxy: Proxy) -> None:
    with replicas.store() as store:
        token = add_key(store.keys, Scope.READ)
        asks = [lambda at=at: replicas.ask(at, "/v1/recommend", X_API_Key=str(token)).status
                for at in (*replicas.services, proxy)]  # fmt: skip
        assert soon(lambda: [ask() for ask in asks] == [200, 200, 200])
        store.keys.revoke(token.key_id, now_us())
        assert soon(lambda: [ask() for ask in asks] == [401, 401, 401])


def test_requests_are_counted_over_both(replicas: Replicas) -> None:
    def statuses(address: str, n: int) -> list[int]:
        headers = {
            "X_API_Key": str(replicas.widget),
            "Origin": SHOP,
            "X_Forwarded_For": f"6.6.6.6, {address}",
        }
        return [replicas.ask(replicas.services[turn % 2], TRENDING, **headers).status for turn in range(n)]

    found = statuses("192.0.2.1", 2 * WIDGET_LIMIT)
    n_workers = 4
    assert WIDGET_LIMIT <= found.count(200) <= WIDGET_LIMIT + n_workers
    assert set(found) == {200, 429}
    assert statuses("192.0.2.2", 2) == [200, 200]


def test_an_address_that_a_client_makes_up_is_not_believed(replicas: Replicas, proxy: Proxy) -> None:
    with Redis.from_url(replicas.redis.url) as redis:
        for key in redis.scan_iter("recsvc:*:limit*"):
            redis.delete(key)
        for number in range(5):
            made_up = {
                "X_API_Key": str(replicas.widget),
                "Origin": SHOP,
                "X_Forwarded_For": f"203.0.113.{number}",
            }
            assert replicas.ask(proxy, TRENDING, **made_up).status == 200
        counted = [key.decode() for key in redis.scan_iter("recsvc:*:limit*")]
    assert counted
    assert not [key for key in counted if "203.0.113" in key]


def test_large_bodies_pass_and_larger_ones_are_refused(replicas: Replicas, proxy: Proxy) -> None:
    events = [{"type": "view", "user_id": "bulk", "item_id": "tea", "session_id": "x" * 60}] * 9000
    assert replicas.ask(proxy, "/v1/events", {"events": events[:100]}).status == 202
    assert replicas.ask(proxy, "/v1/events", {"events": events * 2}).status == 413


def test_what_operators_ask_is_not_passed_on(proxy: Proxy, replicas: Replicas) -> None:
    for path in ("/metrics", "/health/live", "/health/ready"):
        assert replicas.ask(proxy, path).status == 404


def test_who_signed_in_at_one_is_signed_in_at_the_other(replicas: Replicas) -> None:
    here, there = replicas.services
    form = replicas.ask(here, SIGN_IN)
    fields = f"token={_token(form.body)}&key={replicas.admin}"
    entered = _send_form(there, SIGN_IN, fields, "")
    cookie = entered["set-cookie"].partition(";")[0]
    for service in (here, there):
        page = replicas.ask(service, "/console", Cookie=cookie)
        assert page.status == 200
        assert "Sign out" in page.body
    left = _send_form(here, "/console/sign-out", f"token={_token(page.body)}", cookie)
    assert "recsvc_console=;" in left["set-cookie"]


def _token(page: str) -> str:
    return re.findall(r'name="token" value="([^"]+)"', page)[0]


def _send_form(at: Service, path: str, fields: str, cookie: str) -> dict[str, Any]:
    connection = at.connect()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie, "Origin": at.base}
    connection.request("POST", path, fields, headers)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 303, answer.status
    return {name.lower(): value for name, value in answer.getheaders()}


def test_a_version_that_comes_to_one_after_the_other_is_never_mixed(replicas: Replicas, proxy: Proxy) -> None:
    version = str(int(replicas.ask(replicas.services[0], "/v1/model").body["model_version"]) + 1)
    page = {"user_id": "ada", "placements": [{"name": "discover"}, {"name": "trending"}, {"name": "for_you"}]}
    seen: list[str] = []

    def ask() -> None:
        answer = replicas.ask(proxy, "/v1/recommend/page", page)
        assert answer.status == 200
        versions = set(re.findall(r'"model_version": ?"(\w+)"', str(answer.body).replace("'", '"')))
        assert len(versions) == 1, answer.body
        seen.append(versions.pop())

    for directory in replicas.models:
        Registry(directory).publish(small_model(), release(version))
        until = time.monotonic() + 0.7
        while time.monotonic() < until:
            ask()
    assert soon(lambda: [replicas.ask(one, "/v1/model").body["model_version"] for one in replicas.services]
                == [version, version])  # fmt: skip
    ask()
    assert set(seen[-1:]) == {version}
