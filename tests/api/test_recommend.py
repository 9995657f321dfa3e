from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from recsvc.app import EXTENSION
from recsvc.model.registry import Registry
from recsvc.ranking.query import Query

PROBLEM = "application/problem+json"


def test_a_known_shopper_gets_a_list(client: FlaskClient) -> None:
    response = client.get("/v1/recommend?user_id=ada&n=2")
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    assert response.json["strategy"] == "personalized"
    assert {item["item_id"] for item in response.json["items"]} == {"tea", "milk"}
    assert response.headers["X-Recsvc-Cache"] == "miss"
    assert response.headers["Server-Timing"].startswith("recommend;dur=")


def test_the_second_answer_comes_from_the_near_cache(client: FlaskClient) -> None:
    first = client.get("/v1/recommend?user_id=ada")
    second = client.get("/v1/recommend?user_id=ada")
    assert second.headers["X-Recsvc-Cache"] == "near"
    assert second.data == first.data


def test_get_and_post_ask_the_same(client: FlaskClient) -> None:
    got = client.get(
        "/v1/recommend?placement=bought_together&item_id=cake&item_id=milk&exclude=jam&n=3&user_id=x"
    )
    posted = client.post(
        "/v1/recommend",
        json={
            "placement": "bought_together",
            "item_id": ["cake", "milk"],
            "exclude": ["jam"],
            "n": 3,
            "user_id": "x",
        },
    )
    assert got.data == posted.data
    assert posted.json["items"][0]["item_id"] == "tea"


def test_an_unknown_shopper_gets_trending_not_an_error(client: FlaskClient) -> None:
    response = client.get("/v1/recommend?user_id=nobody&n=1")
    assert response.status_code == 200
    assert (response.json["strategy"], response.json["user_id"]) == ("trending", "nobody")


def test_a_guest_gets_trending(client: FlaskClient) -> None:
    assert client.get("/v1/recommend").json["user_id"] is None


def test_similar_to_an_unknown_item_is_404_with_the_reason(client: FlaskClient) -> None:
    response = client.get("/v1/recommend?placement=similar&item_id=soup")
    assert (response.status_code, response.mimetype) == (404, PROBLEM)
    assert response.json["type"] == "urn:recsvc:problem:unknown-item"
    assert "item_id 'soup' is not in the model" in response.json["detail"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("n=0", "n"),
        ("n=101", "n"),
        ("n=ten", "n"),
        ("placement=sidebar", "placement"),
        ("placment=similar", "placment"),
        ("user_id=", "user_id"),
        ("user_id=" + "x" * 257, "user_id"),
        ("&".join(f"item_id={i}" for i in range(51)), "item_id"),
        ("user_id=ada&user_id=bob", "user_id"),
        ("user_id=ada&consent=true&consent=false", "consent"),
        ("n=1&n=1", "n"),
    ],
)
def test_a_field_that_is_not_as_it_should_be_is_named(client: FlaskClient, query: str, field: str) -> None:
    response = client.get(f"/v1/recommend?{query}")
    assert (response.status_code, response.mimetype) == (422, PROBLEM)
    assert response.json["errors"][0]["field"].split(".")[0] == field
    assert field in response.json["detail"]


def test_fields_that_do_not_go_together_are_refused(client: FlaskClient) -> None:
    response = client.get("/v1/recommend?placement=similar")
    assert response.status_code == 422
    assert response.json["detail"] == "placement similar needs at least one item_id"


@pytest.mark.parametrize("body", ["{", "[]", "null", "", '"x"', "1"])
def test_a_body_that_is_no_json_object_is_refused(client: FlaskClient, body: str) -> None:
    response = client.post("/v1/recommend", data=body, content_type="application/json")
    assert response.status_code in (400, 422)
    assert response.mimetype == PROBLEM


@pytest.mark.parametrize("body", ["[" * 30_000, '{"a":' * 9_000])
def test_a_body_nested_beyond_reason_is_refused(client: FlaskClient, body: str) -> None:
    response = client.post("/v1/recommend", data=body, content_type="application/json")
    assert (response.status_code, response.mimetype) == (400, PROBLEM)


def test_an_answer_to_nonsense_is_bounded_and_names_the_value(client: FlaskClient) -> None:
    response = client.post("/v1/recommend", json={f"field{i}": 1 for i in range(250)})
    assert response.status_code == 422
    assert len(response.data) < 5000
    assert "got '500'" in client.get("/v1/recommend?n=500").json["detail"]


def test_a_body_of_another_type_is_refused_with_the_remedy(client: FlaskClient) -> None:
    response = client.post("/v1/recommend", data="n=1")
    assert (response.status_code, response.mimetype) == (415, PROBLEM)
    assert "Content-Type: application/json" in response.json["detail"]


def test_a_body_that_is_too_large_is_refused(
    client_of: Callable[..., FlaskClient], registry: Registry
) -> None:
    client = client_of(registry.directory, max_request_bytes=1024)
    response = client.post("/v1/recommend", json={"exclude": ["x" * 200] * 10})
    assert (response.status_code, response.mimetype) == (413, PROBLEM)


def test_ids_of_any_alphabet_come_back_as_they_were(client: FlaskClient) -> None:
    assert (
        client.get("/v1/recommend", query_string={"user_id": 'Zoë "☕" 李'}).json["user_id"] == 'Zoë "☕" 李'
    )


def test_without_consent_nobody_is_recognised_and_nothing_is_kept(client: FlaskClient) -> None:
    view = {"type": "view", "session_id": "s1", "item_id": "tea"}
    assert client.post("/v1/events", json=view).status_code == 202
    mine = client.get("/v1/recommend?user_id=ada").json
    for _ in range(3):
        asked = client.get("/v1/recommend?user_id=ada&consent=false")
        assert (asked.json["user_id"], asked.json["strategy"]) == (None, "trending")
        assert asked.json["items"] != mine["items"]
        of_session = client.get("/v1/recommend?user_id=ada&session_id=s1&consent=false")
        assert of_session.json["strategy"] == "folded_in"
        assert of_session.headers["X-Recsvc-Cache"] == "miss"
    parts = client.application.extensions[EXTENSION]
    lists = parts.lists
    session, user = (lists.resolve(query) for query in (Query(session_id="s1"), Query(user_id="ada")))
    assert lists.look(session).answer is None
    assert lists.look(user).answer is not None
    assert session.key.bucket
    assert user.key.bucket
    assert client.application.wsgi_app.app.near.response("user_id=ada&consent=false", lists.basis()) is None


def test_a_page_without_consent_is_nobodys_or_not_kept(client: FlaskClient) -> None:
    lists = [{"name": "top", "placement": "for_you"}]
    asked = {"user_id": "ada", "placements": lists, "consent": False}
    page = client.post("/v1/recommend/page", json=asked).json
    assert (page["user_id"], page["lists"][0]["user_id"]) == (None, None)
    assert page["lists"][0]["strategy"] == "trending"
    assert client.post("/v1/recommend/page", json={**asked, "consent": True}).json["user_id"] == "ada"
