"""Who is let in, through Flask and in front of it."""

import time
from collections.abc import Callable
from contextlib import closing

import pytest
from flask import Flask
from flask.testing import FlaskClient
from structlog.testing import capture_logs
from support.keys import add_key
from werkzeug.test import TestResponse

from recsvc.api.admission import MAX_QUERY_BYTES, scope_of
from recsvc.api.key_ring import REMINDER, KeyRing
from recsvc.app import EXTENSION, create_app
from recsvc.errors import StoreError
from recsvc.model.registry import Registry
from recsvc.serving.follower import GuardedStore, StoreFollower
from recsvc.settings.settings import Settings
from recsvc.store.api_keys import Scope, Token
from recsvc.store.store import Store, open_store

ADA = "/v1/recommend?user_id=ada"
EVENT = {"type": "view", "user_id": "ada", "item_id": "tea"}


def bearer(token: Token | str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def keyed(client_of: Callable[..., FlaskClient], registry: Registry, stored: Store) -> FlaskClient:
    """A client, without a key, of an application that has one."""
    add_key(stored.keys, Scope.ADMIN)
    return client_of(registry.directory)


def ask_everything(client: FlaskClient, headers: dict[str, str]) -> dict[Scope, int]:
    """Return the status that one request for each scope is answered with."""
    return {
        Scope.READ: client.get(ADA, headers=headers).status_code,
        Scope.EVENTS: client.post("/v1/events", json=EVENT, headers=headers).status_code,
        Scope.ADMIN: client.put("/v1/items/tea", json={}, headers=headers).status_code,
    }


def test_without_any_key_nobody_needs_one(client: FlaskClient) -> None:
    assert ask_everything(client, {}) == {Scope.READ: 200, Scope.EVENTS: 202, Scope.ADMIN: 201}


def test_without_any_key_an_address_that_others_reach_answers_nobody(
    client_of: Callable[..., FlaskClient], registry: Registry
) -> None:
    assert client_of(registry.directory, host="0.0.0.0").get(ADA).status_code == 401
    assert client_of(registry.directory, host="0.0.0.0", allow_open=True).get(ADA).status_code == 200


@pytest.mark.parametrize(
    ("scope", "answers"),
    [
        (Scope.READ, {Scope.READ: 200, Scope.EVENTS: 403, Scope.ADMIN: 403}),
        (Scope.EVENTS, {Scope.READ: 403, Scope.EVENTS: 202, Scope.ADMIN: 403}),
        (Scope.ADMIN, {Scope.READ: 200, Scope.EVENTS: 202, Scope.ADMIN: 201}),
    ],
)
def test_a_key_opens_its_scope(
    client_of: Callable[..., FlaskClient],
    registry: Registry,
    stored: Store,
    scope: Scope,
    answers: dict[Scope, int],
) -> None:
    token = add_key(stored.keys, scope)
    client = client_of(registry.directory)
    for headers in (bearer(token), {"X-API-Key": str(token)}, {"Authorization": f"bearer {token}"}):
        assert ask_everything(client, headers) == answers | (
            {Scope.ADMIN: 200} if headers != bearer(token) and scope is Scope.ADMIN else {}
        )


def is_refused(response: TestResponse, status: int, challenge: str) -> bool:
    return (
        response.status_code == response.json["status"] == status
        and response.mimetype == "application/problem+json"
        and challenge in response.headers["WWW-Authenticate"]
    )


def test_who_has_no_key_is_told_what_to_send(keyed: FlaskClient) -> None:
    for path in (ADA, "/v1/model", "/metrics", "/v1/nothing"):
        assert is_refused(keyed.get(path), 401, 'Bearer realm="recsvc"')
    assert "X-API-Key" in keyed.get(ADA).json["detail"]


@pytest.mark.parametrize(
    "sent", ["nonsense", "", "rk_0123456789ab_" + "x" * 43, "é" * 9, "rk_" + "x" * 20_000]
)
def test_a_wrong_key_is_refused_and_not_quoted(keyed: FlaskClient, sent: str) -> None:
    response = keyed.get(ADA, headers=bearer(sent))
    assert is_refused(response, 401, 'error="invalid_token"')
    assert not sent or sent not in response.text


def test_the_right_id_with_another_secret_is_refused(keyed: FlaskClient, stored: Store) -> None:
    [key] = stored.keys.all()
    forged = Token(key.key_id, Token.new().secret)
    assert is_refused(keyed.get(ADA, headers=bearer(forged)), 401, "invalid_token")


def test_a_missing_scope_is_named(
    client_of: Callable[..., FlaskClient], registry: Registry, stored: Store
) -> None:
    token = add_key(stored.keys, Scope.EVENTS)
    response = client_of(registry.directory).get(ADA, headers=bearer(token))
    assert is_refused(response, 403, 'error="insufficient_scope", scope="read"')


def test_health_and_the_description_are_open(keyed: FlaskClient) -> None:
    for path in ("/health/live", "/health/ready", "/openapi.json", "/docs/swagger"):
        assert keyed.get(path).status_code == 200


def test_what_is_remembered_in_front_of_flask_is_only_for_those_with_a_key(
    keyed: FlaskClient, stored: Store
) -> None:
    token = add_key(stored.keys, Scope.READ)
    wait_for_keys(keyed, token, 200)
    for _ in range(4):
        assert keyed.get(ADA, headers=bearer(token)).status_code == 200
    assert keyed.get(ADA, headers=bearer(token)).headers["X-Recsvc-Cache"] == "near"
    assert keyed.get(ADA).status_code == 401


def wait_for_keys(client: FlaskClient, token: Token, status: int) -> None:
    deadline = time.monotonic() + 1.5
    while client.get(ADA, headers=bearer(token)).status_code != status:
        assert time.monotonic() < deadline, "keys are followed within a second"
        time.sleep(0.02)


def test_new_and_revoked_keys_are_known_within_a_second(keyed: FlaskClient, stored: Store) -> None:
    token = add_key(stored.keys, Scope.READ)
    wait_for_keys(keyed, token, 200)
    stored.keys.revoke(token.key_id, 1)
    wait_for_keys(keyed, token, 401)


def test_when_the_last_key_is_revoked_the_service_does_not_become_open(
    client_of: Callable[..., FlaskClient], registry: Registry, stored: Store
) -> None:
    add_key(stored.keys, Scope.ADMIN, revoked_at_us=1)
    assert client_of(registry.directory).get(ADA).status_code == 401


def test_an_expired_key_is_refused(stored: Store) -> None:
    token = add_key(stored.keys, Scope.READ, expires_at_us=2)
    now_us = [1]
    ring = KeyRing(clock=lambda: now_us[0] * 1000)
    ring.follow(stored, stored.position())
    assert ring.find(str(token)) is not None
    now_us[0] = 2
    assert ring.find(str(token)) is None


def test_a_key_for_one_web_site_is_refused_from_others(
    client_of: Callable[..., FlaskClient], registry: Registry, stored: Store
) -> None:
    token = add_key(stored.keys, Scope.READ, origins=("https://shop.example",))
    client = client_of(registry.directory)
    answers = [
        client.get(ADA, headers=bearer(token) | {"Origin": origin}).status_code
        for origin in ("https://shop.example", "https://evil.example", "null")
    ]
    assert answers == [200, 403, 403]


def apart(registry: Registry, **settings: object) -> Settings:
    """Return settings with which the database cannot be opened yet."""
    url = f"sqlite:///{registry.directory}/no/such/directory/recsvc.db"
    return Settings(models_dir=registry.directory, log_level="error", database_url=url, **settings)


def test_before_the_keys_are_known_nobody_is_let_in_where_keys_are_demanded(registry: Registry) -> None:
    app = create_app(apart(registry, allow_open=False))
    client = app.test_client()
    response = client.get(ADA, headers=bearer(Token.new()))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
    assert client.get("/health/ready").status_code == 200
    directory = registry.directory / "no/such/directory"
    directory.mkdir(parents=True)
    store = open_store(f"sqlite:///{directory}/recsvc.db")
    wait_for_keys(client, add_key(store.keys, Scope.READ), 200)
    store.close()
    app.extensions[EXTENSION].close()


def test_before_the_keys_are_known_an_open_service_gives_lists_and_nothing_else(registry: Registry) -> None:
    app = create_app(apart(registry))
    client = app.test_client()
    assert client.get(ADA).status_code == 200
    assert client.get("/v1/users/ada").status_code == client.get("/metrics").status_code == 503
    app.extensions[EXTENSION].close()


def test_keys_that_were_known_stay_so_when_the_database_goes_away(registry: Registry) -> None:
    directory = registry.directory / "elsewhere"
    directory.mkdir()
    store = open_store(f"sqlite:///{directory}/recsvc.db")
    token = add_key(store.keys, Scope.READ)
    ring = KeyRing()
    follower = StoreFollower(GuardedStore(store), [], [ring])
    follower.look()
    store.close()
    directory.rename(registry.directory / "gone")
    with pytest.raises(StoreError):
        follower.look()
    assert ring.find(str(token)) is not None
    store.close()


def test_models_that_the_service_may_only_read_are_complained_of_once(
    stored: Store, registry: Registry
) -> None:
    add_key(stored.keys, Scope.READ)
    ring = KeyRing(reminder=registry.directory / "none" / REMINDER)  # as where they are mounted read-only
    follower = StoreFollower(GuardedStore(stored), [], [ring])
    with capture_logs() as logs:
        for _ in range(3):
            follower.look()
    assert [line["event"] for line in logs] == ["keys_not_remembered"]


def test_a_new_store_in_place_of_one_with_keys_opens_no_door(registry: Registry) -> None:
    def started(name: str) -> Flask:
        url = f"sqlite:///{registry.directory}/{name}.db"
        return create_app(Settings(models_dir=registry.directory, log_level="error", database_url=url))

    app = started("first")
    assert app.test_client().get(ADA).status_code == 200
    with closing(open_store(f"sqlite:///{registry.directory}/first.db")) as store:
        add_key(store.keys, Scope.ADMIN)
        deadline = time.monotonic() + 1.5
        while app.test_client().get(ADA).status_code != 401 and time.monotonic() < deadline:
            time.sleep(0.02)
    app.extensions[EXTENSION].close()
    app = started("empty")
    client = app.test_client()
    assert set(ask_everything(client, {}).values()) == {401}
    assert "the store has none now: it is another one" in client.get("/health/ready").json["problems"][0]
    app.extensions[EXTENSION].close()
    (registry.directory / REMINDER).unlink()
    app = started("empty")
    assert app.test_client().get(ADA).status_code == 200
    app.extensions[EXTENSION].close()


def test_keys_that_may_have_been_revoked_open_lists_and_metrics_alone(
    client_of: Callable[..., FlaskClient], registry: Registry, stored: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = bearer(add_key(stored.keys, Scope.ADMIN))
    client = client_of(registry.directory)
    assert client.get("/v1/model", headers=headers).status_code == 200
    monkeypatch.setattr("recsvc.api.key_ring.MAX_AGE_SECONDS", -1.0)
    statuses = {
        path: client.get(path, headers=headers).status_code
        for path in (ADA, "/metrics", "/v1/model", "/v1/explain?user_id=ada&item_id=tea", "/v1/users/ada")
    }
    assert statuses == dict.fromkeys(statuses, 503) | {ADA: 200, "/metrics": 200}
    assert client.post("/v1/events", json=EVENT, headers=headers).status_code == 503


def test_a_long_query_string_is_refused(client: FlaskClient) -> None:
    longest = "user_id=ada&exclude=" + "x" * 200
    longest += "&exclude=y" * ((MAX_QUERY_BYTES - len(longest)) // len("&exclude=y"))
    assert client.get(f"/v1/recommend?{longest}").status_code == 422  # 500 are excluded at most
    response = client.get(f"/v1/recommend?{longest}&exclude=yyyyyyyyyyy")
    assert (response.status_code, response.mimetype) == (414, "application/problem+json")
    assert client.get(f"/v1/model?{'x' * 9000}").status_code == 414


def test_no_key_reaches_the_log(
    client_of: Callable[..., FlaskClient], registry: Registry, stored: Store
) -> None:
    token = add_key(stored.keys, Scope.READ)
    client = client_of(registry.directory, log_level="info")
    with capture_logs() as lines:
        for path in (ADA, "/v1/model", "/v1/nothing"):
            client.get(path, headers=bearer(token))
            client.get(path, headers=bearer(f"{token}x"))
    assert token.secret not in repr(lines)


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/v1/recommend", Scope.READ),
        ("POST", "/v1/recommend", Scope.READ),
        ("GET", "/v1/explain", Scope.ADMIN),
        ("POST", "/v1/events", Scope.EVENTS),
        ("GET", "/v1/events", Scope.ADMIN),
        ("GET", "/v1/users/ada", Scope.ADMIN),
        ("DELETE", "/v1/users/ada", Scope.ADMIN),
        ("GET", "/v1/users//v1/recommend", Scope.ADMIN),
        ("GET", "/v1/recommend/", Scope.ADMIN),
        ("GET", "/metrics", Scope.ADMIN),
        ("GET", "/health/live", None),
        ("GET", "/docs", Scope.ADMIN),
        ("GET", "/docs/swagger", None),
        ("GET", "/widget.js", None),
        ("GET", "/widget.js/", Scope.ADMIN),
    ],
)
def test_whatever_is_not_named_needs_an_admin(method: str, path: str, scope: Scope | None) -> None:
    assert scope_of(method, path) is scope


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("127.0.0.1:8000", 200),
        ("[::1]:8000", 200),
        ("127.8.9.1", 200),
        ("evil.example", 421),
        ("evil.example:8000", 421),
        ("127.0.0.1.evil.example", 421),
        ("", 421),
    ],
)
def test_without_keys_a_page_of_another_site_is_not_answered_under_its_own_name(
    client: FlaskClient, client_of: Callable[..., FlaskClient], registry: Registry, host: str, status: int
) -> None:
    assert client.get(ADA, headers={"Host": host}).status_code == status
    assert client.delete("/v1/users/x", headers={"Host": host}).status_code == status
    assert client.get("/health/live", headers={"Host": host}).status_code == 200
    behind_a_gateway = client_of(registry.directory, allow_open=True)
    assert behind_a_gateway.get(ADA, headers={"Host": host}).status_code == 200
