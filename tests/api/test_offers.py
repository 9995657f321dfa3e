from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from recsvc_client import shopper_token
from support.keys import add_key
from werkzeug.test import TestResponse

from recsvc.api.admission import scope_of
from recsvc.model.registry import Registry
from recsvc.store.api_keys import Scope
from recsvc.store.benefits import StoredBenefit
from recsvc.store.store import Store

SHIP = {"title": "Free shipping", "cost": 0, "code": "SHIP24", "url": "https://shop.example/free"}
USERS = [f"u{n}" for n in range(60)]


def ask(client: FlaskClient, **query: Any) -> Any:
    return client.get("/v1/offers", query_string=query).json


def an_offer(client: FlaskClient) -> tuple[str, Any]:
    """Return a shopper who is offered something, and the answer."""
    return next((user, found) for user in USERS if (found := ask(client, user_id=user))["offer"])


def test_a_benefit_comes_back_as_it_was_put(client: FlaskClient) -> None:
    created = client.put("/v1/benefits/ship", json=SHIP)
    assert created.status_code == 201
    assert client.put("/v1/benefits/ship", json=SHIP).status_code == 200
    assert client.get("/v1/benefits/ship").json == created.json
    (shown,) = client.get("/v1/benefits").json["benefits"]
    assert (shown["name"], shown["benefit"], shown["results"]["shoppers"]) == ("ship", created.json, 0)
    assert client.delete("/v1/benefits/ship").status_code == 204
    assert client.delete("/v1/benefits/ship").status_code == 404
    assert client.get("/v1/benefits/ship").status_code == 404


def test_what_makes_no_sense_is_refused_with_the_field(client: FlaskClient) -> None:
    refused = client.put("/v1/benefits/ship", json={**SHIP, "when": "price > 3"})
    assert refused.status_code == 422
    assert refused.json["errors"][0]["field"].endswith("when")
    assert client.put("/v1/benefits/nothing", json=SHIP).status_code == 409


def test_an_offer_stands_and_is_taken_once(client: FlaskClient) -> None:
    client.put("/v1/benefits/ship", json=SHIP)
    user, found = an_offer(client)
    assert found["user_id"] == user
    assert {name: found["offer"][name] for name in ("benefit", "title", "code", "url")} == {
        "benefit": "ship", **{name: SHIP[name] for name in ("title", "code", "url")}
    }  # fmt: skip
    assert ask(client, user_id=user) == found
    path = f"/v1/offers/{found['offer']['offer_id']}/taken"
    taken = client.post(path, json={})
    assert (taken.status_code, taken.json["benefit"], taken.json["cost"]) == (200, "ship", 0)
    assert client.post(path, json={}).json == taken.json
    assert ask(client, user_id=user)["offer"] is None
    assert client.post(f"/v1/offers/{'0' * 32}/taken", json={}).status_code == 404


def test_guests_and_those_who_do_not_agree_are_offered_nothing_and_nothing_is_kept(
    client: FlaskClient, stored: Store
) -> None:
    client.put("/v1/benefits/ship", json=SHIP)
    for query in ({}, {"user_id": "guest"}, *({"user_id": user, "consent": "false"} for user in USERS)):
        assert ask(client, **query) | {"why": ""} == {
            "user_id": None,
            "offer": None,
            "why": "",
            "decided_at": None,
        }
    assert stored.offers.committed(0) == {}


def test_the_export_of_a_shopper_shows_offers_and_an_erasure_ends_them(client: FlaskClient) -> None:
    client.put("/v1/benefits/ship", json=SHIP)
    user, found = an_offer(client)
    shown = client.get(f"/v1/users/{user}").json["elsewhere"]["offers"]
    assert [(one["benefit"], one["taken_at"]) for one in shown] == [("ship", None)]
    assert client.delete(f"/v1/users/{user}").status_code == 200
    assert client.get(f"/v1/users/{user}").status_code == 404
    assert client.post(f"/v1/offers/{found['offer']['offer_id']}/taken", json={}).status_code == 404
    assert ask(client, user_id=user)["offer"] is None


def test_who_asks_not_to_be_profiled_is_offered_nothing_any_more(client: FlaskClient) -> None:
    client.put("/v1/benefits/ship", json=SHIP)
    user, _ = an_offer(client)
    assert client.put(f"/v1/users/{user}/profiling", json={"allowed": False}).status_code == 200
    assert ask(client, user_id=user)["offer"] is None
    assert client.put(f"/v1/users/{user}/profiling", json={"allowed": True}).status_code == 200
    assert ask(client, user_id=user)["offer"] is not None


def test_each_route_needs_a_key_for_what_it_does() -> None:
    assert scope_of("GET", "/v1/offers") is Scope.READ
    assert scope_of("POST", f"/v1/offers/{'0' * 32}/taken") is Scope.EVENTS
    assert scope_of("PUT", "/v1/benefits/ship") is Scope.MERCHANDISE
    assert scope_of("GET", "/v1/benefits") is Scope.MERCHANDISE
    assert scope_of("GET", "/v1/benefitsx") is Scope.ADMIN


SECRET = "s" * 40
SHOP = "https://shop.example"


@pytest.fixture
def from_page(stored: Store) -> dict[str, str]:
    """The headers of a page with a key."""
    return {"X-API-Key": str(add_key(stored.keys, Scope.WIDGET, origins=(SHOP,))), "Origin": SHOP}


@pytest.fixture
def server(stored: Store) -> dict[str, str]:
    """The headers of the shop's server."""
    return {"X-API-Key": str(add_key(stored.keys, Scope.READ))}


@pytest.fixture
def keyed(
    from_page: dict[str, str],
    server: dict[str, str],
    client_of: Callable[..., FlaskClient],
    registry: Registry,
    stored: Store,
) -> FlaskClient:
    """A client of a shop whose pages may show offers, and which has one."""
    stored.benefits.put(StoredBenefit("ship", SHIP, 1), 50)
    return client_of(registry.directory, shopper_secret=SECRET, offer_hold_out=0)


@pytest.fixture
def asked(keyed: FlaskClient, from_page: dict[str, str]) -> Callable[..., TestResponse]:
    """Asks from within a page, with a token that is valid for an hour unless told otherwise."""

    def ask(user_id: str, **fields: Any) -> TestResponse:
        body = {"user_id": user_id, "token": shopper_token(user_id, SECRET), **fields}
        sent = {name: value for name, value in body.items() if value is not None}
        return keyed.post("/v1/offers", json=sent, headers=from_page)

    return ask


def test_a_page_shows_the_offer_of_the_shopper_whose_token_it_has(
    asked: Callable[..., TestResponse], stored: Store
) -> None:
    answers = {user: asked(user) for user in USERS}
    assert {answer.status_code for answer in answers.values()} == {200}
    assert {answer.json["why"] for answer in answers.values()} == {""}, "it is for people of the shop"
    user, offer = next((user, one.json["offer"]) for user, one in answers.items() if one.json["offer"])
    assert (offer["code"], offer["title"]) == ("SHIP24", "Free shipping")
    assert asked(user).json["offer"] == offer
    assert stored.offers.newest(USERS, 0).keys() == set(USERS)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"token": None}, "must prove who the shopper is"),
        ({"user_id": None}, "must prove who the shopper is"),
        ({"token": "x"}, "is no token"),
        ({"token": "1.é"}, "is no token"),
        ({"token": shopper_token("other", SECRET)}, "not signed for this user_id"),
        ({"token": shopper_token("u1", "t" * 40)}, "not signed for this user_id"),
        ({"token": shopper_token("u1", SECRET, valid_seconds=-1)}, "has ended"),
        ({"token": shopper_token("u1", SECRET, valid_seconds=90_000)}, "more than a day"),
    ],
)
def test_a_guessed_user_id_reveals_and_decides_nothing(
    asked: Callable[..., TestResponse], stored: Store, fields: dict[str, Any], why: str
) -> None:
    answer = asked(**{"user_id": "u1", **fields})
    assert (answer.status_code, why in answer.json["detail"]) == (403, True)
    assert "SHIP24" not in answer.text
    assert SECRET not in answer.text
    assert stored.offers.newest(USERS, 0) == {}


def test_a_page_cannot_ask_without_proof_by_another_way(
    asked: Callable[..., TestResponse], keyed: FlaskClient, from_page: dict[str, str], stored: Store
) -> None:
    assert keyed.get("/v1/offers?user_id=u1", headers=from_page).status_code == 403
    assert keyed.post(f"/v1/offers/{'0' * 32}/taken", json={}, headers=from_page).status_code == 403
    assert asked("u1", consent=False).json["offer"] is None
    assert stored.offers.newest(USERS, 0) == {}
    refused = keyed.post("/v1/offers", json={"user_id": "u1"}, headers=from_page)
    assert (refused.status_code, refused.headers["Access-Control-Allow-Origin"]) == (403, SHOP)


def test_without_a_secret_no_page_shows_offers_and_the_remedy_is_named(
    from_page: dict[str, str], client_of: Callable[..., FlaskClient], registry: Registry
) -> None:
    sent = {"user_id": "u1", "token": shopper_token("u1", SECRET)}
    refused = client_of(registry.directory).post("/v1/offers", json=sent, headers=from_page)
    assert (refused.status_code, "RECSVC_SHOPPER_SECRET" in refused.json["detail"]) == (403, True)


def test_the_shops_server_may_ask_without_a_token_and_one_that_is_wrong_is_refused(
    keyed: FlaskClient, server: dict[str, str]
) -> None:
    posted = [keyed.post("/v1/offers", json={"user_id": user}, headers=server).json for user in USERS]
    assert posted == [
        keyed.get("/v1/offers", query_string={"user_id": user}, headers=server).json for user in USERS
    ]
    assert any(answer["offer"] for answer in posted)
    wrong = keyed.post("/v1/offers", json={"user_id": "u1", "token": "1.2"}, headers=server)
    assert wrong.status_code == 403
