import time
from collections.abc import Iterator
from io import StringIO

import pytest
from flask.testing import FlaskClient
from rich.console import Console
from support.processes import RedisServer

from recsvc.api.hot_path import read_plain_query
from recsvc.app import EXTENSION, create_app
from recsvc.cli.warm import Warming
from recsvc.errors import RecsvcError
from recsvc.model.registry import Registry
from recsvc.ranking.query import Placement, Query
from recsvc.rules.rule_book import read_book
from recsvc.serving.rules_in_force import RulesInForce
from recsvc.serving.warm_up import WarmUpPlan
from recsvc.settings.settings import Settings

SUMMER = "/v1/recommend?user_id=ada&placement=summer"


BOOK = read_book(
    {
        "summer": {"base": "for_you", "filter": 'item_id in ["tea", "cake"]', "fill": "none"},
        "with-cart": {"base": "bought_together", "filter": 'item_id in ["milk", "jam"]'},
    }
)


@pytest.fixture
def client(registry: Registry) -> Iterator[FlaskClient]:
    settings = Settings(models_dir=registry.directory, log_level="error", stale_seconds=0)
    app = create_app(settings, book=BOOK)
    yield app.test_client()
    app.extensions[EXTENSION].close()


def shown(response) -> set[str]:
    assert response.status_code == 200, response.text
    return {item["item_id"] for item in response.json["items"]}


def test_a_name_of_the_shops_own_is_answered_by_get_and_post_and_on_a_page(client: FlaskClient) -> None:
    got = client.get(SUMMER)
    assert shown(got) == {"tea", "cake"}
    assert got.json["placement"] == "summer"
    posted = client.post("/v1/recommend", json={"user_id": "ada", "placement": "summer"})
    assert posted.data == got.data
    lists = [{"name": "top", "placement": "summer"}, {"name": "more", "placement": "for_you"}]
    page = client.post("/v1/recommend/page", json={"user_id": "ada", "placements": lists}).json["lists"]
    assert [one["placement"] for one in page] == ["summer", "for_you"]
    assert page[0]["items"] == got.json["items"]
    assert {"tea", "cake"}.isdisjoint({item["item_id"] for item in page[1]["items"]})


def test_it_is_answered_without_flask_until_the_rules_change(client: FlaskClient) -> None:
    application = client.application

    def is_ready() -> bool:
        basis = application.extensions[EXTENSION].lists.basis()
        return application.wsgi_app.app.near.response("user_id=ada&placement=summer", basis) is not None

    for _ in range(3):
        client.get(SUMMER)
    assert is_ready()
    rules = {"base": "for_you", "filter": 'item_id == "jam"'}
    assert client.put("/v1/placements/summer", json=rules).status_code == 201
    assert not is_ready()
    assert shown(client.get(SUMMER)) == {"jam"}
    assert client.delete("/v1/placements/summer").status_code == 204
    assert shown(client.get(SUMMER)) == {"tea", "cake"}


@pytest.mark.parametrize("path", ["/v1/recommend", "/v1/recommend/page"])
def test_a_name_that_there_is_not_is_refused_with_those_that_there_are(
    client: FlaskClient, path: str
) -> None:
    asked = {"placement": "sumer"}
    body = {"placements": [{"name": "top", **asked}]} if path.endswith("page") else asked
    refused = client.post(path, json=body)
    assert (refused.status_code, refused.mimetype) == (422, "application/problem+json")
    assert refused.json["errors"][0]["field"] == "placement"
    assert "known are bought_together, buy_again, " in refused.json["detail"]
    assert "summer" in refused.json["detail"]


def test_items_are_needed_where_the_base_needs_them(client: FlaskClient) -> None:
    refused = client.get("/v1/recommend?placement=with-cart")
    assert refused.status_code == 422
    assert refused.json["detail"] == "placement with-cart needs at least one item_id"
    assert shown(client.get("/v1/recommend?placement=with-cart&item_id=tea")) == {"milk"}


def test_a_category_is_that_of_the_catalogue_a_second_after_it_was_said(client: FlaskClient) -> None:
    asked = "/v1/recommend?placement=trending&category=Shed"
    assert shown(client.get(asked)) == set()
    for item in ("saw", "hammer"):
        client.put(f"/v1/items/{item}", json={"categories": ["Garden > Shed"]})
    deadline = time.monotonic() + 1
    while shown(client.get(asked)) != {"saw", "hammer"} and time.monotonic() < deadline:
        time.sleep(0.05)
    assert shown(client.get(asked)) == {"saw", "hammer"}
    assert shown(client.get(f"{asked}&user_id=ada&exclude=saw")) == {"hammer"}
    assert shown(client.get("/v1/recommend?category=Garden %3E Shed")) == {"saw", "hammer"}
    assert client.get("/v1/recommend?category=").status_code == 422


def test_an_impression_alone_makes_no_list_anew(client: FlaskClient) -> None:
    client.get(SUMMER)
    for kind, tier in (("impression", "near"), ("view", "miss")):
        client.post("/v1/events", json={"type": kind, "user_id": "ada", "item_id": "tea"})
        assert client.get(SUMMER).headers["X-Recsvc-Cache"] == tier


def test_lists_of_the_shops_own_placements_are_made_before_anybody_asks(
    registry: Registry, own_redis: RedisServer
) -> None:
    settings = Settings(models_dir=registry.directory, log_level="error", redis_url=own_redis.url)
    Warming(settings, WarmUpPlan(placements=("summer",)), book=BOOK).run(Console(file=StringIO()))
    app = create_app(settings, book=BOOK)
    answer = app.test_client().get(SUMMER)
    app.extensions[EXTENSION].close()
    assert (answer.headers["X-Recsvc-Cache"], shown(answer)) == ("redis", {"tea", "cake"})


@pytest.mark.parametrize(
    ("asked", "said"),
    [("with-cart", "beforehand for buy_again, discover, for_you"), ("sumer", "no placement 'sumer'")],
)
def test_no_lists_are_made_of_what_asks_for_more_than_a_shopper(
    registry: Registry, own_redis: RedisServer, asked: str, said: str
) -> None:
    settings = Settings(models_dir=registry.directory, redis_url=own_redis.url)
    with pytest.raises(RecsvcError, match=said):
        Warming(settings, WarmUpPlan(placements=(asked,)), book=BOOK).run(Console(file=StringIO()))


def test_a_plain_query_names_placements_and_categories() -> None:
    asked = "placement=summer&category=Shed&n=3"
    assert read_plain_query(asked, RulesInForce(BOOK)) == Query(
        Placement.FOR_YOU, 3, name="summer", category="Shed"
    )
    assert read_plain_query(asked, RulesInForce()) is None


def test_the_description_takes_any_name_and_says_what_pinned_items_are(client: FlaskClient) -> None:
    schemas = client.get("/openapi.json").json["components"]["schemas"]
    assert schemas["RecommendRequest"]["properties"]["placement"]["pattern"].startswith("^[a-z0-9_-]")
    assert "rule" in schemas["Source"]["enum"]
    assert "pinned" in schemas["ReasonType"]["enum"]
