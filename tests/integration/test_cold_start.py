"""An item that no model ever saw is shown, and no more, within a second, on each of two workers."""

import json
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from typing import Any

import pytest
from support import droppable
from support.models import release, small_model, with_categories
from support.processes import RedisServer, Service

from recsvc.model.registry import Registry

PROMISED_SECONDS = 1.0
DRINK = {"title": "Drink", "categories": ["Food > Drinks"]}
OF_ADA = "placement=discover&user_id=ada&n=4"


@pytest.fixture(scope="module", params=["redis", "alone"])
def service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, shared_redis: RedisServer
) -> Iterator[Service]:
    """Two workers that serve the small model with categories."""
    registry = Registry(tmp_path_factory.mktemp("cold-start") / "models")
    registry.publish(with_categories(small_model()), release("20260101T000000000Z-cold-start"))
    service = Service(
        registry.directory,
        registry.directory.with_name("log"),
        program=(droppable.__file__,),
        redis_url=shared_redis.url if request.param == "redis" else None,
        new_items_share=0.5,
    )
    yield service
    service.stop()


@pytest.fixture
def workers(service: Service) -> list[HTTPConnection]:
    """One connection to each worker; each test adds items of its own."""
    found: dict[str, HTTPConnection] = {}
    while len(found) < 2:
        connection = service.connect()
        found.setdefault(_text(connection, "GET", "/test/worker")[1], connection)
    return list(found.values())


def _text(connection: HTTPConnection, method: str, path: str, body: Any = None) -> tuple[int, str]:
    data = None if body is None else json.dumps(body)
    connection.request(method, path, data, {"Content-Type": "application/json"})
    response = connection.getresponse()
    return response.status, response.read().decode()


def send(connection: HTTPConnection, method: str, path: str, body: Any = None) -> Any:
    status, text = _text(connection, method, path, body)
    assert status < 300, text
    return json.loads(text) if text else None


def items(connection: HTTPConnection, asked: str) -> dict[str, dict[str, Any]]:
    answer = send(connection, "GET", f"/v1/recommend?{asked}")
    return {item["item_id"]: item for item in answer["items"]}


def made_anew(connection: HTTPConnection, asked: str) -> dict[str, dict[str, Any]]:
    send(connection, "GET", "/test/drop")
    return items(connection, asked)


def seconds_until(condition: Callable[[], bool]) -> float:
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < 10
        time.sleep(0.01)
    return time.monotonic() - started


def add_drink(workers: list[HTTPConnection], item_id: str) -> None:
    """Put a drink into the catalogue and wait until both workers show it in lists made anew."""
    send(workers[0], "PUT", f"/v1/items/{item_id}", DRINK)
    for worker in workers:
        assert seconds_until(lambda w=worker: item_id in made_anew(w, OF_ADA)) < PROMISED_SECONDS


def test_an_item_added_is_shown_to_those_of_its_category_until_it_cannot_be_sold(workers) -> None:
    add_drink(workers, "coffee")
    coffee = items(workers[1], OF_ADA + "&fields=title")["coffee"]
    assert (coffee["title"], coffee["source"], coffee["reason"]["type"]) == (
        "Drink",
        "category",
        "because_you_bought",
    )
    assert "coffee" not in items(workers[0], OF_ADA.replace("ada", "bob"))
    for method, body, is_shown in (
        ("PATCH", {"in_stock": False}, False),
        ("PATCH", {"in_stock": True}, True),
        ("DELETE", None, False),
    ):
        send(workers[0], method, "/v1/items/coffee", body)
        for worker in workers:
            assert seconds_until(lambda w=worker, s=is_shown: ("coffee" in items(w, OF_ADA)) == s) < 1


def test_first_buyers_bring_an_item_without_categories_to_those_of_their_taste(workers) -> None:
    send(workers[0], "PUT", "/v1/items/book", {"title": "Book"})
    for user_id in ("ben", "bob"):
        assert "book" not in items(workers[0], f"user_id={user_id}&n=4")
    send(workers[0], "POST", "/v1/events", {"type": "purchase", "item_id": "book", "user_id": "ben"})
    for worker in workers:
        assert seconds_until(lambda w=worker: "book" in made_anew(w, "user_id=bob&n=4")) < PROMISED_SECONDS
        assert "book" not in made_anew(worker, "user_id=ada&n=4")
        assert "book" not in made_anew(worker, "user_id=ben&n=4")  # has it already


def test_similar_to_an_item_added_is_what_sells_in_its_category(workers) -> None:
    def status(worker: HTTPConnection, item_id: str) -> int:
        _text(worker, "GET", "/test/drop")
        return _text(worker, "GET", f"/v1/recommend?placement=similar&item_id={item_id}")[0]

    send(workers[0], "PUT", "/v1/items/cocoa", DRINK)
    for worker in workers:
        assert seconds_until(lambda w=worker: status(w, "cocoa") == 200) < PROMISED_SECONDS
        assert next(iter(items(worker, "placement=similar&item_id=cocoa"))) == "tea"
        assert status(worker, "soup") == 404
    send(workers[0], "DELETE", "/v1/items/cocoa")
    for worker in workers:
        assert seconds_until(lambda w=worker: status(w, "cocoa") == 404) < PROMISED_SECONDS


@pytest.mark.parametrize("act", ["purchase", "dislike"])
def test_who_bought_or_dislikes_an_item_added_is_not_shown_it_again(workers, act: str) -> None:
    drink = f"soda-{act}"
    add_drink(workers, drink)
    send(workers[0], "POST", "/v1/events", {"type": act, "item_id": drink, "user_id": "ada"})
    for worker in workers:
        assert seconds_until(lambda w=worker: drink not in items(w, OF_ADA)) < PROMISED_SECONDS
        assert drink not in made_anew(worker, OF_ADA.replace("discover", "for_you"))


def test_an_item_added_is_excluded_and_stands_once_on_a_page(workers) -> None:
    add_drink(workers, "juice")
    lists = [{"name": "a", "placement": "discover", "n": 3}, {"name": "b", "n": 2}]
    for worker in workers:
        assert "juice" not in items(worker, OF_ADA + "&exclude=juice")
        page = send(worker, "POST", "/v1/recommend/page", {"user_id": "ada", "placements": lists})
        shown = [item["item_id"] for one in page["lists"] for item in one["items"]]
        assert shown.count("juice") == 1
        assert len(set(shown)) == len(shown) == 5
