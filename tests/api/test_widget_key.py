"""What a key that everybody can read in a page opens, and from where."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from structlog.testing import capture_logs
from support.keys import add_key
from werkzeug.test import TestResponse

from recsvc.api.widget_key import ENTRIES
from recsvc.model.registry import Registry
from recsvc.store.api_keys import Scope, Token
from recsvc.store.event import EventType
from recsvc.store.store import Store

LIST, PAGE, EVENTS = "/v1/recommend", "/v1/recommend/page", "/v1/events"
SHOP, OTHER = "https://shop.example", "https://evil.example"
ASKED = {"placements": [{"name": "a", "n": 2}]}
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"}


def event(kind: str = "click") -> dict[str, str]:
    return {"type": kind, "session_id": "visit", "item_id": "tea"}


@pytest.fixture
def token(stored: Store) -> Token:
    return add_key(stored.keys, Scope.WIDGET, origins=(SHOP,))


@pytest.fixture
def client(token: Token, client_of: Callable[..., FlaskClient], registry: Registry) -> FlaskClient:
    return client_of(registry.directory)


def from_page(token: Token, origin: str = SHOP) -> dict[str, str]:
    return {"X-API-Key": str(token), "Origin": origin}


def send(client: FlaskClient, token: Token | None, body: Any, **headers: str) -> TestResponse:
    """Post events as a page does that is being left."""
    query = "" if token is None else f"?key={token}"
    return client.post(
        EVENTS + query,
        json=body,
        headers={"Origin": SHOP, "Content-Type": "text/plain;charset=UTF-8"} | headers,
    )


def test_it_opens_lists_and_events_and_nothing_else(client: FlaskClient, token: Token) -> None:
    headers = from_page(token)
    assert client.get(f"{LIST}?user_id=ada", headers=headers).status_code == 200
    assert client.post(LIST, json={"n": 1}, headers=headers).status_code == 200
    assert client.post(PAGE, json=ASKED, headers=headers).status_code == 200
    assert client.post(EVENTS, json=event(), headers=headers).status_code == 202
    for path in ("/v1/model", "/metrics", "/v1/users/ada", "/v1/explain?user_id=ada&item_id=tea", EVENTS):
        refused = client.get(path, headers=headers)
        assert (refused.status_code, refused.json["detail"]) == (
            403, f"the key {token.key_id} lacks the scope admin",
        )  # fmt: skip
    assert client.put("/v1/items/tea", json={}, headers=headers).status_code == 403


@pytest.mark.parametrize("kind", EventType)
def test_a_page_says_what_a_shopper_saw_and_not_what_was_bought(
    client: FlaskClient, token: Token, kind: EventType
) -> None:
    is_open = kind in ("impression", "click", "add_to_cart", "view")
    assert client.post(EVENTS, json=event(kind), headers=from_page(token)).status_code == (
        202 if is_open else 403
    )


def test_of_a_request_with_a_forbidden_event_nothing_is_stored(
    client: FlaskClient, token: Token, stored: Store
) -> None:
    body = {"events": [event(), event("purchase")]}
    refused = client.post(EVENTS, json=body, headers=from_page(token))
    assert refused.status_code == 403
    assert "may send add_to_cart, click, impression, view; got purchase" in refused.json["detail"]
    assert not list(stored.events.batches())


@pytest.mark.parametrize(
    "origin", [OTHER, "null", None, "http://shop.example", SHOP + ":444", SHOP + ".evil.example"]
)
def test_it_is_refused_unless_a_page_of_its_shop_asks(
    client: FlaskClient, token: Token, origin: str | None
) -> None:
    headers = {"X-API-Key": str(token)} | ({"Origin": origin} if origin else {})
    for refused in (
        client.get(f"{LIST}?user_id=ada", headers=headers),
        client.post(PAGE, json=ASKED, headers=headers),
        client.post(EVENTS, json=event(), headers=headers),
    ):
        assert refused.status_code == 403
        assert token.secret not in refused.text


def test_a_key_without_any_origin_opens_nothing(
    client_of: Callable[..., FlaskClient], registry: Registry, stored: Store
) -> None:
    token = add_key(stored.keys, Scope.WIDGET)
    client = client_of(registry.directory)
    assert client.post(PAGE, json=ASKED, headers=from_page(token)).status_code == 403
    assert client.post(PAGE, json=ASKED, headers={"X-API-Key": str(token)}).status_code == 403


def test_events_may_come_without_a_preflight(client: FlaskClient, token: Token) -> None:
    assert send(client, token, {"events": [event(), event("impression")]}).json["accepted"] == 2
    assert send(client, token, event()).status_code == 202
    assert send(client, token, event("purchase")).status_code == 403
    assert send(client, token, event(), Origin=OTHER).status_code == 403
    assert send(client, None, event()).status_code == 401
    assert client.post(f"{EVENTS}?key={token}", data="[1]", headers={"Origin": SHOP}).status_code == 415
    text = {"Origin": SHOP, "Content-Type": "text/plain"}
    assert client.post(f"{EVENTS}?key={token}", data="no JSON", headers=text).status_code == 400


def test_only_events_take_the_key_from_the_url(client: FlaskClient, token: Token) -> None:
    origin = {"Origin": SHOP}
    assert client.get(f"{LIST}?key={token}", headers=origin).status_code == 401
    assert client.post(f"{PAGE}?key={token}", json=ASKED, headers=origin).status_code == 401


@pytest.mark.parametrize("scopes", [(Scope.EVENTS,), (Scope.ADMIN,), (Scope.WIDGET, Scope.EVENTS)])
def test_no_other_key_may_stand_in_a_url(
    client_of: Callable[..., FlaskClient], registry: Registry, stored: Store, scopes: tuple[Scope, ...]
) -> None:
    token = add_key(stored.keys, *scopes, origins=(SHOP,))
    client = client_of(registry.directory)
    refused = send(client, token, event())
    assert (refused.status_code, "must not stand in a URL" in refused.json["detail"]) == (401, True)
    json = {"Content-Type": "application/json"}
    assert send(client, token, event(), **json).status_code == 401
    assert client.post(EVENTS, json=event("purchase"), headers=from_page(token)).status_code == 202
    plain = client.post(EVENTS, data="{}", headers=from_page(token) | {"Content-Type": "text/plain"})
    assert plain.status_code == 415


def test_a_key_in_a_url_reaches_no_log_and_no_answer(client: FlaskClient, token: Token) -> None:
    with capture_logs() as lines:
        for key in (str(token), f"{token}x"):
            for data in ("{", "[]", "{}"):
                answer = client.post(
                    f"{EVENTS}?key={key}", data=data, headers={"Origin": SHOP, "Content-Type": "text/plain"}
                )
                assert token.secret not in answer.text
    assert token.secret not in repr(lines)


def test_pages_of_its_sites_may_read_what_the_widget_asks_for(
    client: FlaskClient, token: Token, stored: Store
) -> None:
    def allowed(path: str, origin: str) -> str | None:
        answer = client.options(path, headers={"Origin": origin, **PREFLIGHT})
        assert answer.headers.getlist("Vary") == ["Origin"]
        return answer.headers.get("Access-Control-Allow-Origin")

    for path in (LIST, PAGE, EVENTS):
        assert (allowed(path, SHOP), allowed(path, OTHER), allowed(path, "null")) == (SHOP, None, None)
    for path in ("/v1/users/ada", "/v1/items/tea", "/metrics"):
        assert allowed(path, SHOP) is None
    assert (
        client.post(PAGE, json=ASKED, headers=from_page(token)).headers["Access-Control-Allow-Origin"] == SHOP
    )
    refused = client.post(PAGE, json=ASKED, headers={"Origin": SHOP})
    assert (refused.status_code, refused.headers["Access-Control-Allow-Origin"]) == (401, SHOP)


@pytest.mark.parametrize("fields", [{"revoked_at_us": 1}, {"expires_at_us": 2}])
def test_a_key_that_is_not_valid_opens_no_page(
    client_of: Callable[..., FlaskClient], registry: Registry, stored: Store, fields: dict[str, int]
) -> None:
    add_key(stored.keys, Scope.WIDGET, origins=(SHOP,), **fields)
    answer = client_of(registry.directory).options(PAGE, headers={"Origin": SHOP, **PREFLIGHT})
    assert "Access-Control-Allow-Origin" not in answer.headers


def asked_from(client: FlaskClient, token: Token, address: str, **headers: str) -> int:
    return client.get(
        f"{LIST}?user_id=ada",
        headers=from_page(token) | headers,
        environ_overrides={"REMOTE_ADDR": address},
    ).status_code


def test_one_visitor_cannot_use_up_what_others_have(
    client_of: Callable[..., FlaskClient], registry: Registry, stored: Store, token: Token
) -> None:
    other = add_key(stored.keys, Scope.WIDGET, origins=(SHOP,))
    client = client_of(registry.directory, widget_rate_limit="2/minute", rate_limit="7/minute")
    assert [asked_from(client, token, "10.0.0.1") for _ in range(4)] == [200, 200, 429, 429]
    assert asked_from(client, other, "10.0.0.1") == 200
    assert [asked_from(client, token, "10.0.0.2") for _ in range(3)] == [200, 200, 429]
    # All addresses of an IPv6 network are one visitor's.
    assert [asked_from(client, token, f"2001:db8::{one}") for one in range(1, 4)] == [200, 200, 429]
    # What was refused to visitors was not counted for the key; what they got was.
    assert [asked_from(client, token, f"10.1.0.{one}") for one in range(3)] == [200, 429, 429]


def test_the_address_behind_a_trusted_proxy_is_what_it_says(
    client_of: Callable[..., FlaskClient], registry: Registry, token: Token
) -> None:
    direct = client_of(registry.directory, widget_rate_limit="1/minute")
    behind = client_of(registry.directory, widget_rate_limit="1/minute", trusted_proxies=1)

    def statuses(client: FlaskClient) -> list[int]:
        return [
            asked_from(client, token, "10.0.0.1", **{"X-Forwarded-For": f"6.6.6.6, {address}"})
            for address in ("192.0.2.1", "192.0.2.2", "192.0.2.1")
        ]

    assert statuses(direct) == [200, 429, 429]
    assert statuses(behind) == [200, 200, 429]


def test_events_of_a_page_count_as_requests_sooner_than_those_of_a_server(
    client_of: Callable[..., FlaskClient], registry: Registry, token: Token
) -> None:
    client = client_of(registry.directory, widget_rate_limit="4/minute")
    body = {"events": [event("impression")] * (2 * ENTRIES)}
    assert [send(client, token, body).status_code for _ in range(3)] == [202, 202, 429]
