from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from support.models import release, small_model
from support.rhythms import order_days, renewals

from recsvc.model.registry import Registry
from recsvc.moments.rhythm import Rhythms
from recsvc.moments.shop_rhythm import ShopRhythm
from training.moments.learning import learn_shop_rhythm

AT = "?at=2026-01-04T12:00:00Z"
"""Some days after the newest order that the small model knows, 31 December 2025."""


@cache
def text() -> str:
    return learn_shop_rhythm(order_days(renewals(120, 200.0), 200.0), seed=1).to_text()


def publish(registry: Registry, moments: str) -> None:
    """Publish a version in which ada orders each four weeks, three days ago for the last time; ben has no date."""
    ada = Rhythms.first_orders()
    for _ in range(9):
        ada = ada.after(np.asarray([28.0]))
    rhythm = np.zeros((4, 6), dtype=np.float32)
    rhythm[0] = ada.columns(np.asarray([3.0]))
    rhythm[1] = Rhythms.first_orders().columns(np.asarray([200.0]))
    model = replace(small_model(), user_rhythm=rhythm, moments=moments)
    registry.publish(model, release("2"))


@pytest.fixture
def client(client_of: Callable[..., FlaskClient], registry: Registry) -> FlaskClient:
    publish(registry, text())
    return client_of(registry.directory)


def moment(client: FlaskClient, user_id: str = "ada", at: str = AT) -> dict[str, Any]:
    response = client.get(f"/v1/users/{user_id}/moment{at}")
    assert response.status_code == 200, response.json
    assert response.headers["Cache-Control"] == "private, no-store"
    return response.json


def buy(client: FlaskClient, occurred_at: str, user_id: str = "ada") -> None:
    event = {"type": "purchase", "user_id": user_id, "item_id": "tea", "occurred_at": occurred_at}
    assert client.post("/v1/events", json=event).status_code == 202


def test_an_account_that_was_merged_is_the_shopper_whom_it_was_merged_into(client: FlaskClient) -> None:
    assert client.post("/v1/users/ada/merge", json={"from_user_id": "ann"}).status_code == 200
    assert moment(client, "ann") == moment(client, "ada")


def test_a_shopper_has_a_state_bounds_and_chances(client: FlaskClient) -> None:
    found = moment(client)
    assert (found["user_id"], found["orders"], found["is_learned"]) == ("ada", 10, True)
    assert (found["state"], found["next_state"]) == ("active", "due")
    assert found["state_since"] <= found["last_order_at"]
    assert found["at"] < found["next_state_at"]
    assert found["at"] < found["next_order"]["p10"] < found["next_order"]["p50"]
    assert 0 < found["chances"]["7"] < found["chances"]["30"] < found["chances"]["90"] < 1
    assert 20 < found["usual_gap_days"] < 32


def test_who_asks_not_to_be_profiled_has_no_moment(client: FlaskClient) -> None:
    assert client.put("/v1/users/ada/profiling", json={"allowed": False}).status_code == 200
    assert client.get(f"/v1/users/ada/moment{AT}").status_code == 404


def test_a_purchase_since_the_training_makes_the_next_one_later(client: FlaskClient) -> None:
    before = moment(client, at="?at=2026-01-26T12:00:00Z")
    assert before["state"] == "due"
    buy(client, "2026-01-26T11:00:00Z")
    after = moment(client, at="?at=2026-01-26T12:00:00Z")
    assert (after["state"], after["orders"]) == ("active", 11)
    assert after["last_order_at"] == "2026-01-26T11:00:00Z"
    assert after["next_order"]["p50"] > before["next_order"]["p50"]


def test_what_was_bought_later_than_the_asked_moment_is_not_looked_at(client: FlaskClient) -> None:
    buy(client, "2026-01-26T11:00:00Z")
    assert moment(client)["orders"] == 10


def test_purchases_of_one_day_are_one_order(client: FlaskClient) -> None:
    for hour in (9, 11, 13):
        buy(client, f"2026-01-26T{hour:02}:00:00Z")
    assert moment(client, at="?at=2026-01-26T20:00:00Z")["orders"] == 11


def test_who_is_known_from_the_store_alone_is_new(client: FlaskClient) -> None:
    buy(client, "2026-01-04T09:00:00Z", "zoe")
    found = moment(client, "zoe")
    assert (found["state"], found["orders"], found["next_state"]) == ("new", 1, "due")


def test_without_a_moment_the_clock_counts(client: FlaskClient) -> None:
    buy(client, "2026-01-04T09:00:00Z", "zoe")
    assert moment(client, "zoe", "")["at"] > "2026-01-05"


def test_items_are_due_by_their_intervals(client: FlaskClient) -> None:
    due = moment(client)["due"]
    assert {item["item_id"] for item in due} <= {"tea", "milk"}
    assert [item["chance_7_days"] for item in due] == sorted(
        (item["chance_7_days"] for item in due), reverse=True
    )


@pytest.mark.parametrize("user_id", ["nobody", "ben"])
def test_a_shopper_without_a_dated_order_is_not_found(client: FlaskClient, user_id: str) -> None:
    response = client.get(f"/v1/users/{user_id}/moment{AT}")
    assert (response.status_code, response.mimetype) == (404, "application/problem+json")


def test_an_erased_shopper_is_not_found(client: FlaskClient) -> None:
    client.delete("/v1/users/ada")
    assert client.get(f"/v1/users/ada/moment{AT}").status_code == 404


def test_a_moment_that_is_none_is_refused(client: FlaskClient) -> None:
    assert client.get("/v1/users/ada/moment?at=tomorrow").status_code == 422


@pytest.mark.parametrize(
    ("kept", "says"), [("", "trained before"), (ShopRhythm(31).to_text(), "only 31 shoppers")]
)
def test_where_nothing_is_learned_the_answer_says_why(
    client_of: Callable[..., FlaskClient], registry: Registry, kept: str, says: str
) -> None:
    publish(registry, kept)
    found = moment(client_of(registry.directory))
    assert not found["is_learned"]
    assert says in found["not_learned"]
    assert (found["state"], found["chances"], found["next_order"]) == (None, None, None)
    assert found["orders"] == 10


def test_a_version_with_a_damaged_rhythm_does_not_go_live(
    client_of: Callable[..., FlaskClient], registry: Registry
) -> None:
    publish(registry, '{"repeat_buyers": "many"}')
    client = client_of(registry.directory)
    assert client.get("/v1/recommend?user_id=ada").json["model_version"] == "1"
    assert "moments.txt" in client.get("/health/ready").text
