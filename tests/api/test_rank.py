from typing import Any

import pytest
from flask.testing import FlaskClient

from recsvc.api.rank import RankResponse
from recsvc.app import EXTENSION
from recsvc.ranking.given_list import MAX_GIVEN_ITEMS

PATH = "/v1/rank"
SEARCH = ["hammer", "tea", "saw", "cake"]


def rank(client: FlaskClient, **body: Any) -> Any:
    return client.post(PATH, json={"user_id": "ada", "item_ids": SEARCH, **body})


def test_a_search_result_comes_back_in_the_order_that_suits_the_shopper(client: FlaskClient) -> None:
    response = rank(client)
    assert response.status_code == 200
    RankResponse.model_validate(response.json)
    assert response.json["item_ids"] == ["tea", "cake", "hammer", "saw"]
    assert response.json["strategy"] == "personalized"
    assert response.headers["Server-Timing"].startswith("rank;dur=")


def test_what_a_visit_did_counts_at_once(client: FlaskClient) -> None:
    before = rank(client, user_id=None, session_id="visit").json
    assert (before["strategy"], before["item_ids"]) == ("as_given", SEARCH)
    client.post("/v1/events", json={"type": "view", "session_id": "visit", "item_id": "tea"})
    after = rank(client, user_id=None, session_id="visit").json
    assert after["strategy"] == "folded_in"
    assert after["item_ids"].index("cake") < after["item_ids"].index("saw")


@pytest.mark.parametrize("who", [{"user_id": None}, {"user_id": "0"}, {"consent": False}])
def test_for_a_guest_the_order_is_the_shops(client: FlaskClient, who: dict[str, Any]) -> None:
    answer = rank(client, **who).json
    assert (answer["user_id"], answer["strategy"], answer["item_ids"]) == (None, "as_given", SEARCH)


def test_what_is_not_to_be_had_comes_last(client: FlaskClient) -> None:
    client.put("/v1/items/tea", json={"title": "Tea", "in_stock": False})
    client.application.extensions[EXTENSION].lists.shop.follower.refresh()
    assert rank(client).json["item_ids"][-1] == "tea"
    assert rank(client, user_id=None).json["item_ids"] == ["hammer", "saw", "cake", "tea"]
    assert rank(client, user_id=None, item_ids=["TEA", "saw"]).json["item_ids"] == ["saw", "TEA"]


def test_an_id_that_comes_again_counts_where_it_came_first(client: FlaskClient) -> None:
    assert rank(client, user_id=None, item_ids=["saw", "tea", "saw"]).json["item_ids"] == ["saw", "tea"]


def test_an_erased_shopper_is_nobody(client: FlaskClient) -> None:
    client.delete("/v1/users/ada")
    assert rank(client).json["strategy"] == "as_given"


def test_figures_count_what_a_ranked_list_led_to(client: FlaskClient) -> None:
    name = rank(client).json["recommendation_id"]
    assert rank(client).json["recommendation_id"] == name
    assert rank(client, user_id="bob").json["recommendation_id"] != name
    click = {"type": "click", "user_id": "ada", "item_id": "tea", "recommendation_id": name, "position": 1}
    assert client.post("/v1/events", json=click).status_code == 202


@pytest.mark.parametrize(
    "body",
    [
        {"item_ids": []},
        {"item_ids": [str(number) for number in range(MAX_GIVEN_ITEMS + 1)]},
        {"item_ids": ["tea", ""]},
        {"item_ids": "tea"},
        {"own_weight": 1.1},
        {"own_weight": "half"},
        {"n": 3},
    ],
)
def test_what_cannot_be_ranked_is_refused(client: FlaskClient, body: dict[str, Any]) -> None:
    assert rank(client, **body).status_code == 422
