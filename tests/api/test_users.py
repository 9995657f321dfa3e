from typing import Any
from urllib.parse import unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from recsvc.api import paths, problems, users
from recsvc.metrics import Metrics
from recsvc.store.store import Store
from recsvc.store.user_records import Erasure

PROBLEM = "application/problem+json"
PURCHASE = {
    "type": "purchase",
    "user_id": "ada",
    "item_id": "tea",
    "occurred_at": "2026-01-02T03:04:05Z",
    "event_id": "e1",
}


def post(client: FlaskClient, **fields: Any) -> dict[str, Any]:
    response = client.post("/v1/events", json={"type": "view", "item_id": "tea", **fields})
    assert response.status_code == 202
    return response.json


def test_an_export_holds_each_event_with_every_field(client: FlaskClient) -> None:
    client.post("/v1/events", json=PURCHASE)
    post(client, user_id="ada", item_id="milk")
    response = client.get("/v1/users/ada")
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "private, no-store"
    first, second = response.json["events"]
    assert {name: first[name] for name in PURCHASE} == PURCHASE
    assert set(first) == set(PURCHASE) | {
        "received_at", "session_id", "quantity", "unit_price", "order_id", "channel", "recommendation_id",
        "position", "seen",
    }  # fmt: skip
    assert second["item_id"] == "milk"
    assert (response.json["user_id"], response.json["merged"]) == ("ada", [])


def test_an_export_holds_what_the_model_learned_from(client: FlaskClient) -> None:
    learned = client.get("/v1/users/ada").json["elsewhere"]["model"]
    assert (learned["model_version"], learned["orders"], learned["factors"]) == ("1", 3, [1, 0])
    assert learned["items"] == [
        {"item_id": "tea", "orders": 3, "last_days_ago": 1},
        {"item_id": "milk", "orders": 1, "last_days_ago": 20},
    ]


def test_of_an_erased_shopper_the_model_shows_nothing_and_no_list_is_made(client: FlaskClient) -> None:
    assert client.get("/v1/recommend?user_id=ada").json["strategy"] == "personalized"
    client.delete("/v1/users/ada")
    assert client.get("/v1/users/ada").status_code == 404
    assert client.get("/v1/recommend?user_id=ada").json["strategy"] == "trending"


def test_of_a_shopper_on_whom_nothing_is_held_there_is_no_export(client: FlaskClient) -> None:
    response = client.get("/v1/users/nobody")
    assert (response.status_code, response.mimetype) == (404, PROBLEM)
    assert response.json["detail"] == "nothing is held on this user_id"


def test_a_merged_session_is_the_shoppers(client: FlaskClient) -> None:
    post(client, session_id="s")
    merged = client.post("/v1/users/ada/merge", json={"from_session_id": "s"})
    assert (merged.status_code, merged.json) == (200, {"user_id": "ada", "events": 1})
    post(client, session_id="s")
    export = client.get("/v1/users/ada").json
    assert len(export["events"]) == 2
    assert (export["merged"][0]["session_id"], export["merged"][0]["user_id"]) == ("s", None)


def test_a_merged_account_is_exported_under_either_id(client: FlaskClient) -> None:
    post(client, user_id="ann")
    client.post("/v1/users/ada/merge", json={"from_user_id": "ann"})
    assert client.get("/v1/users/ann").json == client.get("/v1/users/ada").json
    assert client.get("/v1/users/ann").json["user_id"] == "ada"


def test_an_export_holds_what_the_model_learned_from_each_account(client: FlaskClient) -> None:
    learned = {name: client.get(f"/v1/users/{name}").json["elsewhere"]["model"] for name in ("ada", "bob")}
    client.post("/v1/users/ada/merge", json={"from_user_id": "bob"})
    client.post("/v1/users/ada/merge", json={"from_session_id": "s"})
    export = client.get("/v1/users/bob").json
    assert export["elsewhere"]["model"] == learned["ada"]
    assert [one["elsewhere"] for one in export["merged"]] == [{"model": learned["bob"]}, {}]


def test_an_erasure_ends_the_lists_of_sessions_that_the_shopper_was_in(client: FlaskClient) -> None:
    post(client, type="purchase", user_id="ada", session_id="s", item_id="cake")
    listed = client.get("/v1/recommend?session_id=s&placement=buy_again").json["items"]
    assert [(one["item_id"], one["reason"]["type"]) for one in listed] == [("cake", "you_bought_this")]
    assert client.delete("/v1/users/ada").json["merged"] == 0
    for placement in ("buy_again", "for_you"):
        answer = client.get(f"/v1/recommend?session_id=s&placement={placement}").json
        assert "you_bought_this" not in {one["reason"]["type"] for one in answer["items"]}
    assert post(client, session_id="s")["accepted"] == 1  # whoever goes on in it is not the shopper


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"from_user_id": "ann", "from_session_id": "s"}, 422),
        ({"from_user_id": ""}, 422),
        ({"from": "ann"}, 422),
        ([], 400),
        ({"from_user_id": "ada"}, 409),
    ],
)
def test_a_merge_that_makes_no_sense_is_refused(client: FlaskClient, body: Any, status: int) -> None:
    response = client.post("/v1/users/ada/merge", json=body)
    assert (response.status_code, response.mimetype) == (status, PROBLEM)


def test_an_erased_shopper_gets_a_receipt_and_is_gone(client: FlaskClient, stored: Store) -> None:
    post(client, user_id="ada")
    client.post("/v1/users/ada/merge", json={"from_user_id": "ann"})
    receipt = client.delete("/v1/users/ada")
    assert receipt.status_code == 200
    assert (receipt.json["events"], receipt.json["merged"]) == (1, 1)
    assert len(receipt.json["receipt_id"]) == 32
    assert receipt.json["erased_at"].endswith("Z")
    assert client.get("/v1/users/ada").status_code == 404
    assert [post(client, user_id=user_id)["ignored"] for user_id in ("ada", "ann")] == [1, 1]
    assert stored.users.tombstones().mask(["ada", "ann", "bob"]).tolist() == [True, True, False]
    assert client.post("/v1/users/ada/merge", json={"from_user_id": "bob"}).status_code == 409


def test_erasing_again_erases_nothing_more(client: FlaskClient) -> None:
    first, again = client.delete("/v1/users/ada").json, client.delete("/v1/users/ada").json
    assert again["events"] == 0
    assert first["receipt_id"] != again["receipt_id"]


@pytest.mark.parametrize("path", ["a%2Fb", "%2Fa/", "merge", "merge/a", "%0Aa%0A", "%20%E2%98%95"])
def test_a_shopper_may_have_any_id(client: FlaskClient, path: str) -> None:
    post(client, user_id=unquote(path))
    user_id = unquote(path).strip()
    assert client.get(f"/v1/users/{path}").json["user_id"] == user_id
    assert client.post(f"/v1/users/{path}/merge", json={"from_session_id": "s"}).json["user_id"] == user_id
    assert client.delete(f"/v1/users/{path}").json["events"] == 1


def test_the_path_of_a_merge_takes_nothing_but_a_merge(client: FlaskClient) -> None:
    for method in ("GET", "DELETE"):
        response = client.open("/v1/users/ada/merge", method=method)
        assert (response.status_code, response.mimetype) == (405, PROBLEM)
        assert set(response.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}


def test_the_query_string_names_an_id_once_and_nothing_else(client: FlaskClient) -> None:
    for method in ("GET", "DELETE"):
        for query in (
            "",
            "?user_id=",
            "?user_id=ada&user_id=bob",
            "?user_id=ada&session_id=s",
            "?user_id=a%00",
        ):
            response = client.open(f"/v1/users{query}", method=method)
            assert (response.status_code, response.mimetype) == (422, PROBLEM), query
    assert client.get("/v1/users/ada").status_code == 200, "nobody was erased"


def client_with(store: Store, holders: users.Holders) -> FlaskClient:
    app = Flask("test")
    problems.init_app(app, Metrics())
    app.validation_error_callback = problems.refuse_fields
    paths.init_app(app)
    app.register_blueprint(users.blueprint(store.users, holders, 10_000))
    return app.test_client()


@pytest.fixture
def holders_told() -> list[Any]:
    return []


@pytest.fixture
def holders(holders_told: list[Any]) -> users.Holders:
    return users.Holders(
        on_merged=lambda *ids: holders_told.append(ids),
        on_erased=holders_told.append,
        export={"model": lambda user_id: {"known_as": user_id} if user_id == "ada" else None},
    )


def test_what_others_hold_is_exported_too(stored: Store, holders: users.Holders) -> None:
    client = client_with(stored, holders)
    assert client.get("/v1/users/ada").json["elsewhere"] == {"model": {"known_as": "ada"}}
    assert client.get("/v1/users/bob").status_code == 404


def test_others_are_told_who_was_merged_and_who_was_erased(
    stored: Store, holders: users.Holders, holders_told: list[Any]
) -> None:
    client = client_with(stored, holders)
    client.post("/v1/users/ada/merge", json={"from_user_id": "ann"})
    client.post("/v1/users/ada/merge", json={"from_session_id": "s"})
    client.delete("/v1/users/ada")
    assert holders_told == [
        ({"ada", "ann"}, set()),
        ({"ada"}, {"s"}),
        Erasure(0, 2, frozenset({"ada", "ann"}), frozenset({"s"}), frozenset()),
    ]


def test_without_everybody_having_forgotten_there_is_no_receipt(stored: Store) -> None:
    def fail(_: Erasure) -> None:
        raise RuntimeError("no")

    with capture_logs() as logs:
        response = client_with(stored, users.Holders(lambda *_: None, fail)).delete("/v1/users/ada")
    assert response.status_code == 500
    assert "user_erased" not in [line["event"] for line in logs]


def test_the_log_has_the_receipt_and_no_id(stored: Store, holders: users.Holders) -> None:
    with capture_logs() as logs:
        receipt = client_with(stored, holders).delete("/v1/users/shopper-17850").json
    assert [(line["event"], line["receipt_id"]) for line in logs] == [("user_erased", receipt["receipt_id"])]
    assert "17850" not in str(logs)
