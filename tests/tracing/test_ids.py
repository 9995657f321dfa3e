"""Ids of shoppers come in by every door and go out by none: the bytes that are sent are searched for them."""

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from support.otlp import Collector
from support.processes import RedisServer

from recsvc.app import EXTENSION
from recsvc.cache.key import tag_of
from recsvc.model.registry import Registry
from recsvc.ranking.query import UserKey

SHOPPER, SESSION, ITEM = "zoë-☂-4711-shopper", "quux/sess?ion=9f3e", 'jäm & "tea" 8812-item'
TRACED = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
FIELDS = {
    "user_id": SHOPPER,
    "session_id": SESSION,
    "item_id": ITEM,
    "query": SHOPPER,
    "q": SHOPPER,
    "n": "5",
}
EVENT = {"type": "purchase", "user_id": SHOPPER, "session_id": SESSION, "item_id": ITEM, "order_id": SHOPPER}
BODIES = (
    {"user_id": SHOPPER, "session_id": SESSION, "exclude": [ITEM]},
    {"events": [EVENT]},
    {"items": [{"item_id": ITEM, "title": SHOPPER}]},
    {"user_id": SHOPPER, "placements": [{"placement": "for_you"}], "lists": [{"placement": "for_you"}]},
)
PAGES = (
    "/console",
    "/console/shoppers",
    "/console/shopper",
    "/console/items",
    "/demo",
    "/demo/item",
    "/demo/cart",
)


def written(text: str) -> set[bytes]:
    """Return the ways in which ``text`` could stand in the bytes."""
    parts = {text, quote(text), quote(text, safe=""), json.dumps(text)[1:-1], text.encode().hex()}
    return {part.encode() for part in parts} | {
        text.encode("utf-16-le"),
        text.encode().decode("latin-1").encode(),
    }


def traces_of_people() -> set[bytes]:
    """Return what must not be sent: ids, and what Redis keeps lists under."""
    digests = {tag_of(UserKey(kind, text)).digest for kind, text in (("user", SHOPPER), ("session", SESSION))}
    whole = set().union(*map(written, (SHOPPER, SESSION, ITEM, *digests)))
    return whole | {b"4711-shopper", b"9f3e", b"8812-item"}


def ask_everything(client: FlaskClient) -> None:
    """Ask each route with ids in path, query, body and headers."""
    sent = {
        "Cookie": f"shopper={quote(SHOPPER)}",
        "User-Agent": quote(SHOPPER),
        "X-Forwarded-For": quote(SHOPPER),
    }
    headers = sent | {"traceparent": TRACED, "tracestate": "shop=9f3e", "baggage": f"id={quote(SHOPPER)}"}
    paths = client.get("/openapi.json").get_json()["paths"]
    assert len(paths) > 10
    for template, methods in paths.items():
        path = template
        for name in ("user_id", "item_id", "session_id", "name", "alias", "event_id"):
            path = path.replace(f"{{{name}}}", quote(SHOPPER, safe=""))
        for method in methods:
            bodies = BODIES if method in ("post", "put", "patch") else (None,)
            for body in bodies:
                client.open(path, method=method.upper(), query_string=FIELDS, json=body, headers=headers)
    for page in (*PAGES, f"/demo/picture/{quote(ITEM)}.svg", f"/no/{quote(SHOPPER)}"):
        client.get(page, query_string=FIELDS, headers=headers)
        client.post(page, data=FIELDS, headers=headers)
    unknown = {"placement": "similar", "item_id": ITEM}  # whose error names the item
    for query in (unknown, *[{"user_id": SHOPPER}] * 3):
        client.get("/v1/recommend", query_string=query, headers=headers)


@pytest.fixture
def whole(app_of: Callable[..., Flask], registry: Registry, shared_redis: RedisServer) -> Flask:
    return app_of(registry.directory, redis_url=shared_redis.url, demo="on", tracing_ratio=0)


def test_no_id_of_a_shopper_is_sent_by_any_door(whole: Flask, collector: Collector) -> None:
    client = whole.test_client()
    client.post("/v1/events", json={"events": [{"type": "click", "user_id": SHOPPER, "item_id": ITEM}]})
    ask_everything(client)
    collector.wait_for("store events.history_of")
    collector.wait_for("redis get")
    whole.extensions[EXTENSION].tracing.close()  # so that all of them are there
    sent = b"".join(collector.bodies)
    assert len({span.name for span in collector.spans()}) > 40
    assert not [found for found in traces_of_people() if found in sent]


def test_none_is_sent_with_an_error_either(whole: Flask, registry: Registry, collector: Collector) -> None:
    for path in Path(registry.directory).glob("recsvc.db*"):
        path.unlink()
    ask_everything(whole.test_client())
    collector.wait_for("GET /v1/users/{user_id}")
    whole.extensions[EXTENSION].tracing.close()  # so that all of them are there
    sent = b"".join(collector.bodies)
    assert any(span.attributes.get("error.type") == "StoreError" for span in collector.spans())
    assert not [found for found in traces_of_people() if found in sent]
