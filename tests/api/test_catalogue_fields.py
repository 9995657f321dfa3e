from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from flask.testing import FlaskClient
from support.models import release, small_model, with_categories

from recsvc.api.schemas import DESCRIBED, ItemModel
from recsvc.catalogue.item_schema import CatalogueItem
from recsvc.model.arrays import ITEM_STATISTICS
from recsvc.model.registry import Registry

CAKE = {
    "title": "Carrot cake",
    "price": 4.5,
    "categories": ["food"],
    "attributes": {"slices": 8},
    "available_from": "2026-01-01T00:00:00Z",
}


def first(client: FlaskClient, fields: str) -> dict[str, Any]:
    response = client.get(f"/v1/recommend?user_id=ada&placement=discover&n=1&fields={fields}")
    assert response.status_code == 200, response.json
    return response.json["items"][0]


def test_an_item_comes_with_the_fields_that_were_asked_for_and_no_others(client: FlaskClient) -> None:
    client.put("/v1/items/cake", json=CAKE)
    item = first(client, "price,title")
    assert (item["item_id"], item["title"], item["price"]) == ("cake", "Carrot cake", 4.5)
    assert set(item) == {"item_id", "rank", "score", "source", "reason", "title", "price"}
    everything = first(client, ",".join(DESCRIBED))
    assert {name: everything[name] for name in CAKE} == CAKE
    assert (everything["in_stock"], everything["url"]) == (True, None)


def test_a_price_that_changed_is_in_the_next_answer(client: FlaskClient) -> None:
    for price in (1, 2):
        client.put("/v1/items/cake", json={"price": price})
        assert first(client, "price")["price"] == price


def test_what_the_catalogue_does_not_know_is_what_the_model_learned(
    client_of: Callable[..., FlaskClient], tmp_path: Path
) -> None:
    model = with_categories(small_model())
    statistics = model.item_statistics.copy()
    statistics[:, ITEM_STATISTICS.index("log_price")] = np.log(np.asarray([4.5, 1, 2, 3, 4, 5, 6]))
    Registry(tmp_path).publish(replace(model, item_statistics=statistics), release("1"))
    client = client_of(tmp_path)
    learned = {"title": "Cake", "price": 4.5, "categories": ["Food"]}
    asked = "title,price,categories,in_stock"
    assert {name: first(client, asked)[name] for name in learned} == learned
    client.put("/v1/items/cake", json={"price": 0})
    assert {name: first(client, asked)[name] for name in learned} == {**learned, "price": 0}
    client.put("/v1/items/cake", json={"title": "Gâteau", "categories": ["Sweets"]})
    assert {name: first(client, asked)[name] for name in learned} == {
        "title": "Gâteau", "price": 4.5, "categories": ["Sweets"],
    }  # fmt: skip
    hammer = client.get("/v1/recommend?placement=trending&n=7&fields=price").json["items"]
    assert {item["item_id"]: item["price"] for item in hammer}["hammer"] is None, "no order has a price"


@pytest.mark.parametrize("fields", ["colour", "title,", "", "title, price", "item_id"])
def test_an_unknown_field_is_refused_and_the_known_ones_are_named(client: FlaskClient, fields: str) -> None:
    for response in (
        client.get(f"/v1/recommend?fields={fields}"),
        client.post("/v1/recommend", json={"fields": fields}),
    ):
        assert response.status_code == 422
        assert "known are title, url" in response.json["errors"][0]["message"]


def test_a_body_asks_for_fields_as_well(client: FlaskClient) -> None:
    answer = client.post("/v1/recommend", json={"user_id": "ada", "n": 1, "fields": "title"})
    assert answer.json["items"][0]["title"]


def test_the_fields_are_those_of_the_catalogue() -> None:
    assert set(DESCRIBED) == set(CatalogueItem.model_fields) - {"item_id", "updated_at"}
    for name in DESCRIBED:
        assert type(None) in get_args(ItemModel.model_fields[name].annotation)
