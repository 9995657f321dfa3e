import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from recsvc.api.page import PageResponse

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "page.md"
PATH = "/v1/recommend/page"
TOP = {"name": "top", "placement": "trending", "n": 2}


def ask(client: FlaskClient, **body: Any) -> Any:
    return client.post(PATH, json={"user_id": "ada", "placements": [TOP], **body})


def test_lists_come_in_the_order_asked_for_with_their_names(client: FlaskClient) -> None:
    more = {"name": 'more "for" you', "placement": "for_you", "n": 2}
    response = ask(client, placements=[TOP, more])
    assert response.status_code == 200
    assert response.headers["X-Recsvc-Cache"] == "miss"
    assert [one["name"] for one in response.json["lists"]] == ["top", 'more "for" you']
    PageResponse.model_validate(response.json)
    assert ask(client, placements=[TOP, more]).headers["X-Recsvc-Cache"] == "near"


def test_each_list_is_as_recommend_answers_it(client: FlaskClient) -> None:
    cart = {"name": "cart", "placement": "bought_together", "n": 3, "item_ids": ["tea"]}
    made = ask(client, placements=[cart]).json
    alone = client.post(
        "/v1/recommend",
        json={"user_id": "ada", "placement": "bought_together", "n": 3, "item_id": ["tea"]},
    ).json
    assert made == {"user_id": "ada", "lists": [{"name": "cart", **alone}]}


def test_the_name_of_a_list_changes_nothing_but_the_name(client: FlaskClient) -> None:
    ask(client)
    renamed = ask(client, placements=[{**TOP, "name": "head"}])
    assert renamed.headers["X-Recsvc-Cache"] == "near"
    assert renamed.json["lists"][0]["name"] == "head"


def test_an_event_drops_the_page(client: FlaskClient) -> None:
    mine = [{"name": "mine"}]
    ask(client, placements=mine)
    client.post("/v1/events", json={"type": "purchase", "user_id": "ada", "item_id": "saw"})
    assert ask(client, placements=mine).headers["X-Recsvc-Cache"] == "miss"


def test_each_item_comes_with_the_fields_of_the_catalogue(client: FlaskClient) -> None:
    lists = [TOP, {"name": "mine", "n": 2}]
    for price in (1, 2):  # it is not kept with the page
        for item_id in ("tea", "jam", "cake", "milk", "saw", "nails", "hammer"):
            client.put(f"/v1/items/{item_id}", json={"title": f"Fine {item_id}", "price": price})
        items = [
            item
            for one in ask(client, placements=lists, fields="title,price").json["lists"]
            for item in one["items"]
        ]
        assert [(item["title"], item["price"]) for item in items] == [
            (f"Fine {item['item_id']}", price) for item in items
        ]
        assert len(items) == 4
    assert "title" not in ask(client, placements=lists).json["lists"][0]["items"][0]


def test_a_session_stands_for_the_shopper(client: FlaskClient) -> None:
    mine = {"user_id": None, "session_id": "visit", "placements": [{"name": "mine", "n": 2}]}
    assert ask(client, **mine).json["lists"][0]["strategy"] == "trending"
    client.post("/v1/events", json={"type": "purchase", "session_id": "visit", "item_id": "saw"})
    assert ask(client, **mine).json["lists"][0]["strategy"] == "folded_in"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"placements": []}, 422),
        ({"placements": [TOP] * 11}, 422),
        ({"placements": [{**TOP, "n": 100}] * 3}, 422),
        ({"placements": [{"placement": "trending"}]}, 422),
        ({"placements": [{**TOP, "colour": "red"}]}, 422),
        ({"placements": [{"name": "x", "placement": "similar"}]}, 422),
        ({"placements": [{"name": "x", "placement": "similar", "item_ids": ["nothing"]}]}, 404),
        ({"exclude": ["x"] * 251}, 422),
        ({"fields": "title,colour"}, 422),
        ({"fields": ""}, 422),
    ],
)
def test_what_cannot_be_answered_is_a_problem_document(
    client: FlaskClient, body: dict[str, Any], status: int
) -> None:
    response = ask(client, **body)
    assert response.status_code == status, response.text
    assert response.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [("[]", "application/json", 400), ("{}", "text/plain", 415), ("[" * 5000, "application/json", 400)],
)
def test_what_is_no_json_object_is_refused(
    client: FlaskClient, data: str, content_type: str, status: int
) -> None:
    assert client.post(PATH, data=data, content_type=content_type).status_code == status


def test_the_page_is_in_the_description(client: FlaskClient) -> None:
    described = client.get("/openapi.json").json
    assert described["paths"][PATH]["post"]["operationId"] == "recommend_page"
    assert "PageResponse" in described["components"]["schemas"]


def test_the_call_of_the_guide_is_answered_in_the_form_that_it_shows(client: FlaskClient) -> None:
    [(sent, printed)] = re.findall(
        r"```console\n\$ curl .*? -d '(.*?)'\n(.*?)```", GUIDE.read_text(), re.DOTALL
    )
    asked, shown = json.loads(sent), json.loads(printed)
    answer = client.post(PATH, json=asked).json
    assert answer.keys() == shown.keys()
    assert [one["name"] for one in answer["lists"]] == [one["name"] for one in shown["lists"]]
    assert {key for one in answer["lists"] for key in one} == {key for one in shown["lists"] for key in one}
