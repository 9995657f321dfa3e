import time
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from support.fake_shopify import SECRET, SHOP
from werkzeug.test import TestResponse

from recsvc.connect.shopify.app_proxy import proxy_signature
from recsvc.model.registry import Registry
from recsvc.store.event import Event, EventType
from recsvc.store.store import Store

PATH = "/v1/proxy/shopify"


@pytest.fixture
def client(client_of: Callable[..., FlaskClient], registry: Registry) -> FlaskClient:
    settings = {"shopify_client_secret": SECRET, "shopify_shop": SHOP, "shopify_user_id": "customer_id"}
    return client_of(registry.directory, allow_open=False, **settings)


def ask(client: FlaskClient, customer: str, **asked: Any) -> TestResponse:
    values: dict[str, list[str]] = {name: [str(value)] for name, value in asked.items()}
    values |= {
        "shop": [SHOP], "logged_in_customer_id": [customer], "path_prefix": ["/apps/recs"],
        "timestamp": [str(int(time.time()))],
    }  # fmt: skip
    values["signature"] = [proxy_signature(values, SECRET)]
    return client.get(PATH, query_string={name: one[0] for name, one in values.items()})


def test_a_shopper_who_is_signed_in_gets_their_own_list_without_a_key(
    client: FlaskClient, stored: Store
) -> None:
    stored.events.append([Event(EventType.PURCHASE, "tea", 1, 1, user_id="99001", event_id="1")])
    mine = ask(client, "99001", n=3, fields="title")
    assert mine.status_code == 200
    assert mine.json["strategy"] == "folded_in"
    assert mine.json["user_id"] is None  # nothing in the page says who it is
    assert mine.headers["Cache-Control"] == "private, no-store"
    guest = ask(client, "", n=3)
    assert guest.json["strategy"] == "trending"
    assert ask(client, "99001", n=2).json["items"] == [
        {name: value for name, value in one.items() if name != "title"} for one in mine.json["items"][:2]
    ]


def test_only_what_came_through_shopify_is_answered(client: FlaskClient) -> None:
    assert client.get(PATH).status_code == 401
    assert client.get(PATH, query_string={"logged_in_customer_id": "99001"}).status_code == 401
    assert ask(client, "99001", user_id="1").status_code == 422
    assert ask(client, "99001", n="many").status_code == 422


def test_it_needs_shoppers_who_are_called_as_shopify_calls_them(
    client_of: Callable[..., FlaskClient], registry: Registry
) -> None:
    by_address = client_of(registry.directory, shopify_client_secret=SECRET, shopify_shop=SHOP)
    refused = ask(by_address, "99001")
    assert refused.status_code == 404
    assert "RECSVC_SHOPIFY_USER_ID=customer_id" in refused.json["detail"]
