import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from recsvc.catalogue.item import Item
from recsvc.store.store import Store

PROBLEM = "application/problem+json"
TEA = {
    "title": "Tëa",
    "url": "https://shop.example/tea",
    "image_url": "/tea.png",
    "price": 3.5,
    "categories": ["drinks", "hot"],
    "in_stock": True,
    "available_from": "2026-01-01T00:00:00Z",
    "available_until": "2030-01-01T00:00:00.5Z",
    "attributes": {"grams": 100, "organic": True, "tags": ["a", 1], "share": 0.5},
    "group_id": "hot drinks",
}


def test_an_item_is_answered_as_it_was_put(client: FlaskClient) -> None:
    created = client.put("/v1/items/tea", json=TEA)
    assert created.status_code == 201
    got = client.get("/v1/items/tea")
    assert (got.status_code, got.json) == (200, created.json)
    assert {name: got.json[name] for name in TEA} == {
        **TEA,
        "available_until": "2030-01-01T00:00:00.500000Z",
    }
    assert got.json["item_id"] == "tea"
    assert got.json["updated_at"].endswith("Z")


def test_an_item_put_again_is_replaced_whole(client: FlaskClient) -> None:
    client.put("/v1/items/tea", json=TEA)
    again = client.put("/v1/items/tea", json={"price": 4})
    assert (again.status_code, again.json["price"], again.json["title"]) == (200, 4, None)
    assert again.json["in_stock"] is True


def test_an_item_may_be_available_until_the_end_of_time(client: FlaskClient) -> None:
    forever = client.put("/v1/items/tea", json={"available_until": "9999-12-31T23:59:59Z"})
    assert forever.json["available_until"] == "9999-12-31T23:59:59Z"


def test_a_patch_changes_what_it_names(client: FlaskClient) -> None:
    client.put("/v1/items/tea", json=TEA)
    patch = {"in_stock": False, "url": None, "attributes": {"grams": 200, "tags": None, "new": "x"}}
    patched = client.patch("/v1/items/tea", json=patch)
    assert patched.status_code == 200
    assert client.get("/v1/items/tea").json == patched.json
    assert patched.json["title"] == "Tëa"
    assert (patched.json["in_stock"], patched.json["url"]) == (False, None)
    assert patched.json["attributes"] == {"grams": 200, "organic": True, "share": 0.5, "new": "x"}


def test_a_withdrawn_item_is_gone_but_remembered(client: FlaskClient, stored: Store) -> None:
    client.put("/v1/items/tea", json=TEA)
    for path in ("/v1/items/tea", "/v1/items/tea", "/v1/items/only-in-the-model"):
        assert client.delete(path).status_code == 204
    gone = client.get("/v1/items/tea")
    assert (gone.status_code, gone.mimetype) == (404, PROBLEM)
    assert "item_id 'tea' is not in the catalogue; PUT it first" in gone.json["detail"]
    assert client.patch("/v1/items/tea", json={"price": 1}).status_code == 404
    withdrawn = [item.item_id for item in stored.catalogue.changes_since().items if item.withdrawn]
    assert withdrawn == ["tea", "only-in-the-model"]
    assert client.put("/v1/items/tea", json={}).status_code == 201


@pytest.mark.parametrize(
    ("path", "item_id"),
    [
        ("a%2Fb", "a/b"),
        ("a/b/", "a/b/"),
        ("%2Fa", "/a"),
        ("a%2F%2Fb", "a//b"),
        ("..%2F..", "../.."),
        ("a%20b%3Fc%23d%25", "a b?c#d%"),
        ("%E2%98%95", "☕"),
        ("a%0A", "a"),
        ("%0A", "\n"),
    ],
)
def test_an_id_in_a_path_may_be_anything(client: FlaskClient, stored: Store, path: str, item_id: str) -> None:
    assert client.put(f"/v1/items/{path}", json={}).json["item_id"] == item_id
    assert client.get(f"/v1/items/{path}").json["item_id"] == item_id
    assert stored.catalogue.get(item_id) is not None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"price": -1}, "price"),
        ({"price": "3"}, "price"),
        ({"in_stock": 1}, "in_stock"),
        ({"in_stock": None}, "in_stock"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"image_url": "https://x/<script>"}, "image_url"),
        ({"title": "x" * 513}, "title"),
        ({"title": "a\0b"}, "title"),
        ({"categories": "drinks"}, "categories"),
        ({"categories": [""]}, "categories.0"),
        ({"categories": ["x"] * 51}, "categories"),
        ({"available_from": "tomorrow"}, "available_from"),
        ({"available_from": "9999-12-31T23:59:59-01:00"}, "available_from"),
        ({"attributes": {"a": {"b": 1}}}, "attributes.a"),
        ({"attributes": {"a": None}}, "attributes.a"),
        ({"attributes": {"a": 2**60}}, "attributes.a"),
        ({"attributes": {"a": "x\0"}}, "attributes.a"),
        ({"attributes": {"\ud800": 1}}, "attributes"),
        ({"attributes": {f"a{i}": 1 for i in range(101)}}, "attributes"),
        ({"attributes": {f"a{i}": "x" * 1000 for i in range(20)}}, "attributes"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_field_that_is_not_as_it_should_be_is_named(
    client: FlaskClient, fields: dict[str, Any], field: str
) -> None:
    response = client.put("/v1/items/tea", json=fields)
    assert (response.status_code, response.mimetype) == (422, PROBLEM)
    assert response.json["errors"][0]["field"].startswith(field)


def test_many_items_are_stored_at_once(client: FlaskClient, stored: Store) -> None:
    response = client.post("/v1/items", json={"items": [{"item_id": "a", "price": 1}, {"item_id": "b"}]})
    assert (response.status_code, response.json) == (200, {"accepted": 2, "rejected": []})
    assert stored.catalogue.get_many(["a", "b"])["a"].price == 1


def test_of_many_items_the_good_ones_are_stored_and_the_others_named(
    client: FlaskClient, stored: Store
) -> None:
    response = client.post(
        "/v1/items", json={"items": [{"price": 1}, {"item_id": "a"}, {"item_id": "c", "price": -1}]}
    )
    assert (response.status_code, response.json["accepted"]) == (207, 1)
    assert response.json["rejected"] == [
        {"index": 0, "detail": "item_id: is missing"},
        {"index": 2, "detail": "price: must be at least 0, got -1"},
    ]
    assert stored.catalogue.get_many(["a", "c"]).keys() == {"a"}


def test_lines_of_json_are_stored_in_their_thousands(client: FlaskClient, stored: Store) -> None:
    lines = [json.dumps({"item_id": f"i{number}", "price": number}) for number in range(3000)]
    lines[1] = "{"
    response = client.post("/v1/items", data="\n".join(lines) + "\n", content_type="application/x-ndjson")
    assert (response.status_code, response.json["accepted"]) == (207, 2999)
    [rejected] = response.json["rejected"]
    assert rejected["index"] == 1
    assert rejected["detail"].startswith("the line is not JSON: ")
    assert stored.catalogue.get("i2999") == Item(
        "i2999", price=2999, updated_at_us=stored.catalogue.get("i0").updated_at_us
    )


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ('{"items":[]}', "application/json", 422),
        ('{"items":[{}]}', "application/json", 422),
        ('{"item_id":"a"}', "application/json", 422),
        ("[]", "application/json", 400),
        ("", "application/x-ndjson", 400),
        ("{", "application/x-ndjson", 422),
        ("[" * 9_000, "application/x-ndjson", 422),
        ('{"item_id":"a"}\n' * 10_001, "application/x-ndjson", 413),
        ("x" * 3_000_000, "application/x-ndjson", 413),
        ("a,b", "text/csv", 415),
    ],
)
def test_a_body_without_a_good_item_is_a_problem(
    client: FlaskClient, stored: Store, body: str, content_type: str, status: int
) -> None:
    response = client.post("/v1/items", data=body, content_type=content_type)
    assert (response.status_code, response.mimetype) == (status, PROBLEM)
    assert response.json["detail"]
    assert stored.position().item == 0


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_body_that_is_no_json_object_is_refused(client: FlaskClient, method: str) -> None:
    assert (
        client.open("/v1/items/a", method=method, data="[]", content_type="application/json").status_code
        == 400
    )
    assert client.open("/v1/items/a", method=method, data="{}").status_code == 415


def test_lines_of_json_are_read_as_product_exports_are(client: FlaskClient, stored: Store) -> None:
    lines = [
        {"item_id": "a", "price": "12,50 €", "in_stock": "nein", "categories": "Kitchen/Mugs",
         "title": "M &amp; <b>N</b>"},
        {"item_id": "b", "price": "1,000", "in_stock": "preorder", "categories": "Kitchen/Bowls"},
        {"item_id": "c", "in_stock": "perhaps"},
        {"item_id": "d", "price": "cheap"},
        {"item_id": "e", "available_until": "2020-01-01", "group_id": "g", "categories": ["A/B"], "price": 2},
        "f",
    ]  # fmt: skip
    body = "\n".join(map(json.dumps, lines))
    response = client.post("/v1/items", data=body, content_type="application/x-ndjson")
    assert (response.status_code, response.json["accepted"]) == (207, 3)
    assert [(one["index"], one["detail"]) for one in response.json["rejected"][:2]] == [
        (
            2,
            "in_stock: 'perhaps' is no word that is known for yes or no, in stock or sold out: write true or false",
        ),
        (3, "price: must be a number, got 'cheap'"),
    ]
    a, b, e = (stored.catalogue.get(item_id) for item_id in "abe")
    assert (a.price, a.in_stock, a.categories, a.title) == (12.5, False, ("Kitchen > Mugs",), "M & N")
    assert (b.price, b.in_stock, b.categories) == (1.0, True, ("Kitchen > Bowls",))
    assert (e.available_until_us, e.group_id, e.categories, e.price) == (
        1_577_923_200_000_000,
        "g",
        ("A/B",),
        2,
    )


def test_a_group_is_changed_and_taken_away_by_a_patch(client: FlaskClient) -> None:
    client.put("/v1/items/tea", json=TEA)
    assert client.patch("/v1/items/tea", json={"group_id": "other"}).json["group_id"] == "other"
    assert client.patch("/v1/items/tea", json={"group_id": None}).json["group_id"] is None
    assert client.patch("/v1/items/tea", json={"group_id": ""}).status_code == 422
