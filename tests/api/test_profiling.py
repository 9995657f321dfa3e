"""Who asked not to be profiled has the lists of a guest, and is in no audience."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from support.audiences import with_audience
from support.models import release, small_model

from recsvc.model.registry import Registry


@pytest.fixture
def client(client_of: Callable[..., FlaskClient], tmp_path: Path) -> FlaskClient:
    model = with_audience()
    Registry(tmp_path).publish(
        replace(model, item_statistics=np.zeros_like(model.item_statistics)), release("1")
    )
    return client_of(tmp_path)


def say(client: FlaskClient, user_id: str, *, allowed: bool) -> Any:
    return client.put(f"/v1/users/{user_id}/profiling", json={"allowed": allowed})


def listed(client: FlaskClient, user_id: str = "ada") -> tuple[str, list[str]]:
    answer = client.get("/v1/recommend", query_string={"user_id": user_id}).json
    return answer["strategy"], [item["item_id"] for item in answer["items"]]


def named(client: FlaskClient) -> list[str]:
    answer = client.get("/v1/items/cake/audience").json
    return [one["user_id"] for one in answer["shoppers"]]


def test_lists_are_those_of_a_guest_until_the_shopper_says_otherwise(client: FlaskClient) -> None:
    before, guest = listed(client), listed(client, "guest")
    assert before != guest
    assert say(client, "ada", allowed=False).json["allowed"] is False
    assert [listed(client), listed(client)] == [guest, guest]
    assert say(client, "ada", allowed=True).status_code == 200
    assert listed(client) == before


def test_what_such_a_shopper_does_changes_no_list(client: FlaskClient) -> None:
    say(client, "eve", allowed=False)
    client.post("/v1/events", json={"type": "purchase", "user_id": "eve", "item_id": "saw"})
    assert listed(client, "eve") == listed(client, "guest")


def test_their_search_results_stay_as_they_are(client: FlaskClient) -> None:
    say(client, "ada", allowed=False)
    items = ["hammer", "tea", "saw", "cake"]
    answer = client.post("/v1/rank", json={"user_id": "ada", "item_ids": items}).json
    assert (answer["strategy"], answer["item_ids"]) == ("as_given", items)


def test_no_audience_names_them(client: FlaskClient) -> None:
    assert "ada" in named(client)
    say(client, "ada", allowed=False)
    assert "ada" not in named(client)
    assert "ben" in named(client)


def test_it_is_shown_with_what_is_held_and_erased_with_the_shopper(client: FlaskClient) -> None:
    assert client.get("/v1/users/ada").json["profiling"] is None
    said_at = say(client, "ada", allowed=False).json["said_at"]
    assert client.get("/v1/users/ada").json["profiling"] == {"allowed": False, "said_at": said_at}
    client.delete("/v1/users/ada")
    assert client.get("/v1/users/ada").status_code == 404
    assert say(client, "ada", allowed=False).status_code == 409


def test_whoever_is_merged_into_a_shopper_speaks_for_both(client: FlaskClient) -> None:
    say(client, "ada", allowed=False)
    client.post("/v1/users/ann/merge", json={"from_user_id": "ada"})
    assert client.get("/v1/users/ann").json["profiling"]["allowed"] is False
    assert listed(client, "ann") == listed(client, "guest")


@pytest.mark.parametrize("is_said_before", [True, False])
def test_no_id_of_a_shopper_who_objects_is_recognised(client: FlaskClient, *, is_said_before: bool) -> None:
    """The version learned ada, bob and ann: all of them are ann by now."""
    if is_said_before:
        say(client, "ann", allowed=False)
    for user_id in ("ada", "bob"):
        client.post("/v1/users/ann/merge", json={"from_user_id": user_id})
    if not is_said_before:
        say(client, "ada", allowed=False)
    items = ["hammer", "tea", "saw", "cake"]
    for user_id in ("ada", "bob", "ann"):
        assert listed(client, user_id) == listed(client, "guest")
        ranked = client.post("/v1/rank", json={"user_id": user_id, "item_ids": items}).json
        assert (ranked["strategy"], ranked["item_ids"]) == ("as_given", items)
        assert client.get(f"/v1/users/{user_id}/moment").status_code == 404


NONSENSE = [("0", {"allowed": False}, 409), ("ada", {"allowed": "no"}, 422), ("ada", {}, 422)]


@pytest.mark.parametrize(("user_id", "body", "status"), NONSENSE)
def test_what_makes_no_sense_is_refused(
    client: FlaskClient, user_id: str, body: dict[str, Any], status: int
) -> None:
    assert client.put(f"/v1/users/{user_id}/profiling", json=body).status_code == status


def test_a_small_model_without_audiences_serves_lists_all_the_same(
    client_of: Callable[..., FlaskClient], tmp_path: Path
) -> None:
    Registry(tmp_path / "models").publish(small_model(), release("1"))
    assert listed(client_of(tmp_path / "models"))[0] == "personalized"
