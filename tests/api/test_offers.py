from typing import Any

from flask.testing import FlaskClient

from recsvc.api.admission import scope_of
from recsvc.store.api_keys import Scope
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
