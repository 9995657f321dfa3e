from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from recsvc.api.admission import scope_of
from recsvc.app import create_app
from recsvc.catalogue.item import Item
from recsvc.model.registry import Registry
from recsvc.ranking.query import Placement
from recsvc.rules.rule_book import read_book
from recsvc.settings.settings import Settings
from recsvc.store.store import Store
from recsvc.store.stored_placements import StoredPlacement

PROBLEM = "application/problem+json"
GARDEN = {
    "base": "for_you",
    "filter": '"garden" in categories',
    "boosts": [{"when": "price < 50", "factor": 2.0}],
    "pins": [{"item_id": "tea", "position": 1, "from": "2026-12-01T00:00:00Z"}],
    "caps": [{"by": "brand", "at_most": 2}],
    "exclude_bought_days": 30.0,
    "min_stock": 3.0,
    "rotation": {"after_impressions": 4, "within_days": 14.0},
    "fill": "none",
}


def put(client: FlaskClient, name: str, body: Any) -> Any:
    return client.put(f"/v1/placements/{name}", json=body)


def test_a_placement_is_in_force_as_it_was_put(client: FlaskClient, stored: Store) -> None:
    created = put(client, "garden", GARDEN)
    assert created.status_code == 201
    assert created.json == {"name": "garden", "origin": "store", "base": "for_you", "rules": GARDEN}
    assert client.get("/v1/placements/garden").json == created.json
    assert [placement.body for placement in stored.placements.all()] == [GARDEN]
    assert put(client, "garden", {"base": "discover"}).status_code == 200
    assert client.get("/v1/placements/garden").json["rules"] == {
        "base": "discover", "boosts": [], "pins": [], "caps": [],
    }  # fmt: skip


def test_all_placements_say_where_they_come_from(registry: Registry) -> None:
    book = read_book({"sale": {"base": "discover"}, "for_you": {"filter": "in_stock"}})
    app = create_app(Settings(models_dir=registry.directory, log_level="error"), book=book)
    client = app.test_client()
    put(client, "garden", GARDEN)
    listed = client.get("/v1/placements").json["placements"]
    assert {placement["name"]: placement["origin"] for placement in listed} == {
        **dict.fromkeys(Placement, "built-in"), "for_you": "file", "sale": "file", "garden": "store",
    }  # fmt: skip
    app.extensions["recsvc"].close()


def test_a_placement_of_the_file_is_replaced_and_back_when_that_is_deleted(registry: Registry) -> None:
    book = read_book({"sale": {"base": "discover"}})
    app = create_app(Settings(models_dir=registry.directory, log_level="error"), book=book)
    client = app.test_client()
    refused = client.delete("/v1/placements/sale")
    assert (refused.status_code, refused.mimetype) == (409, PROBLEM)
    assert "delete [placements.sale] there" in refused.json["detail"]
    put(client, "sale", {"base": "trending"})
    assert client.get("/v1/placements/sale").json["base"] == "trending"
    assert client.delete("/v1/placements/sale").status_code == 204
    assert client.get("/v1/placements/sale").json["base"] == "discover"
    app.extensions["recsvc"].close()


def test_what_is_not_there_is_not_found(client: FlaskClient) -> None:
    for response in (client.get("/v1/placements/sale"), client.delete("/v1/placements/for_you")):
        assert (response.status_code, response.mimetype) == (404, PROBLEM)
        assert "GET /v1/placements" in response.json["detail"]


def test_rules_of_a_built_in_placement_can_be_put_and_deleted(client: FlaskClient) -> None:
    assert put(client, "trending", {"filter": "in_stock"}).json["base"] == "trending"
    assert client.delete("/v1/placements/trending").status_code == 204
    assert client.get("/v1/placements/trending").json["origin"] == "built-in"


@pytest.mark.parametrize(
    ("name", "body", "detail"),
    [
        ("garden", {}, "base is missing"),
        ("trending", {"base": "for_you"}, "contradicts its name"),
        ("Garden", {"base": "for_you"}, "name: "),
        ("x" * 65, {"base": "for_you"}, "name: "),
        ("for_you", {"filter": "price <"}, "filter: column 8: found the end"),
        ("for_you", {"filter": "prize < 3"}, "did you mean price?"),
        ("for_you", {"boosts": [{"when": "true", "factor": 1000}]}, "boosts.0.factor"),
        ("for_you", {"boosts": [{"when": "true", "factor": 10**400}]}, "boosts.0.factor"),
        ("for_you", {"colour": "red"}, "colour"),
    ],
)
def test_rules_that_make_no_sense_are_refused_and_not_stored(
    client: FlaskClient, stored: Store, name: str, body: Any, detail: str
) -> None:
    response = put(client, name, body)
    assert (response.status_code, response.mimetype) == (422, PROBLEM)
    assert detail in response.json["detail"]
    assert stored.placements.all() == []


def test_a_hundred_and_first_placement_is_refused(client: FlaskClient, stored: Store) -> None:
    for number in range(100):
        stored.placements.put(StoredPlacement(f"p{number}", {"base": "for_you"}, 1))
    assert put(client, "p1", {"base": "discover"}).status_code == 200
    assert "100 placements already" in put(client, "other", {"base": "discover"}).json["detail"]


def looks_at(name: str, n: int) -> dict[str, object]:
    return {"base": "for_you", "filter": " or ".join(f"{name}{number}" for number in range(n))}


def test_rules_that_cost_too_much_on_this_catalogue_are_refused_and_not_stored(
    client_of: Callable[..., FlaskClient], registry: Registry, stored: Store
) -> None:
    stored.catalogue.put([Item(f"i{number}") for number in range(2000)])
    client = client_of(registry.directory, max_rules_bytes=2**20)
    assert put(client, "one", looks_at("a", 3)).status_code == 201
    refused = put(client, "two", looks_at("b", 9))
    assert (refused.status_code, refused.mimetype) == (422, PROBLEM)
    assert refused.json["type"] == "urn:recsvc:problem:invalid-request"
    told = refused.json["detail"]
    assert told.startswith(
        "placement two: the rules of all placements take 1.7 MiB on 2,000 items, and may take 1.0 MiB"
    )
    assert "most of it filter (9 fields, 1.2 MiB)" in told
    assert put(client, "two", looks_at("a", 3)).status_code == 201  # the same columns cost nothing more
    assert [placement.name for placement in stored.placements.all()] == ["one", "two"]


def test_what_only_the_values_show_is_refused_and_the_rules_before_stay(
    client_of: Callable[..., FlaskClient], registry: Registry, stored: Store
) -> None:
    texts = [f"{number}".ljust(1000, "x") for number in range(2000)]
    items = [Item(f"i{number}", attributes={"text": text}) for number, text in enumerate(texts)]
    stored.catalogue.put(items)
    client = client_of(registry.directory, max_rules_bytes=3 * 2**20)
    assert put(client, "sale", looks_at("a", 2)).status_code == 201
    refused = put(client, "sale", {"base": "for_you", "filter": "text != 'x'"})
    assert refused.status_code == 422
    assert "may take 3.0 MiB" in refused.json["detail"]
    assert client.get("/v1/placements/sale").json["rules"]["filter"] == "a0 or a1"
    assert put(client, "other", {"base": "for_you", "filter": "text != 'x'"}).status_code == 422
    assert client.get("/v1/placements/other").status_code == 404


def test_a_body_that_is_no_json_object_is_refused(client: FlaskClient) -> None:
    for body, content_type, status in (("[]", "application/json", 400), ("{}", "text/plain", 415)):
        response = client.put("/v1/placements/for_you", data=body, content_type=content_type)
        assert response.status_code == status


def test_placements_are_for_those_who_administer() -> None:
    assert {scope_of(method, "/v1/placements/x") for method in ("GET", "PUT", "DELETE")} == {"admin"}
