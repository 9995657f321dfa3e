import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from support.fake_woocommerce import FakeShop
from werkzeug.test import TestResponse

from recsvc.connect.signature import signature_of
from recsvc.model.registry import Registry
from recsvc.store.store import Store

PATH = "/v1/hooks/woocommerce"
SECRET = "sixteen characters"  # noqa: S105 - of the test


@pytest.fixture
def client(client_of: Callable[..., FlaskClient], registry: Registry) -> FlaskClient:
    return client_of(registry.directory, woocommerce_hook_secret=SECRET, allow_open=False)


def send(client: FlaskClient, topic: str, document: Any, signature: str | None = None) -> TestResponse:
    body = json.dumps(document).encode()
    headers = {
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-Signature": signature_of(body, SECRET) if signature is None else signature,
    }
    return client.post(PATH, data=body, headers=headers, content_type="application/json")


def history(stored: Store) -> list[tuple[str, str, float]]:
    events = stored.events.history_of("anna@shop.example")
    return [(str(one.type), one.item_id, one.quantity) for one in reversed(events)]


def test_an_order_is_stored_without_a_key_and_once(client: FlaskClient, stored: Store) -> None:
    shop = FakeShop()
    number = shop.order(("tea", 2))
    for _ in range(2):
        assert send(client, "order.created", shop.orders[number]).status_code == 200
    assert history(stored) == [("purchase", "tea", 2.0)]


def test_a_delivery_that_comes_late_changes_nothing(client: FlaskClient, stored: Store) -> None:
    shop = FakeShop()
    number = shop.order(("tea", 2))
    old = dict(shop.orders[number])
    shop.change(number, status="cancelled")
    assert send(client, "order.updated", shop.orders[number]).json == {"changed": 0}
    assert send(client, "order.created", old).json == {"changed": 0}
    assert history(stored) == []


def test_a_deleted_order_is_taken_back_until_it_is_restored(client: FlaskClient, stored: Store) -> None:
    shop = FakeShop()
    document = shop.orders[shop.order(("tea", 2))]
    send(client, "order.created", document)
    assert send(client, "order.deleted", {"id": document["id"]}).json == {"changed": 1}
    assert send(client, "order.updated", document).json == {"changed": 0}
    assert send(client, "order.restored", document).json == {"changed": 1}
    assert [kind for kind, _, _ in history(stored)].count("purchase") == 2


def test_a_body_that_is_not_signed_is_refused(client: FlaskClient, stored: Store) -> None:
    document = FakeShop().product("tea")
    for signature in ("", "x", signature_of(b"other", SECRET), "\xfc"):
        assert send(client, "product.created", document, signature).status_code == 401
    assert client.post(PATH, data=b"{}").status_code == 401
    assert stored.catalogue.get("tea") is None


def test_the_ping_of_a_new_webhook_is_answered(client: FlaskClient) -> None:
    assert client.post(PATH, data=b"webhook_id=12").status_code == 200
    assert client.post(PATH, data=b"webhook_id=12&x=1").status_code == 401


def test_unknown_topics_and_documents_are_refused(client: FlaskClient) -> None:
    unknown = send(client, "coupon.created", {"id": 1})
    assert unknown.status_code == 422
    assert "'coupon.created' is not known" in unknown.json["detail"]
    assert send(client, "order.created", {"no": "id"}).status_code == 422
    assert send(client, "order.created", [1]).status_code == 400
    assert send(client, "customer.deleted", {"id": 3}).json == {"changed": 0}


def test_a_product_that_cannot_be_used_does_not_end_the_webhook(client: FlaskClient, stored: Store) -> None:
    document = FakeShop().product("tea")
    assert send(client, "product.created", {**document, "regular_price": "-5"}).json == {"changed": 0}
    assert stored.catalogue.get("tea") is None
    assert send(client, "product.updated", document).json == {"changed": 1}


def test_a_product_is_in_the_catalogue_until_it_is_deleted(client: FlaskClient, stored: Store) -> None:
    document = FakeShop().product("tea")
    assert send(client, "product.created", document).json == {"changed": 1}
    assert send(client, "product.updated", document).json == {"changed": 0}
    assert (item := stored.catalogue.get("tea")) is not None
    assert item.title == "Thing & tea"
    assert send(client, "product.deleted", {"id": document["id"]}).json == {"changed": 1}
    assert stored.catalogue.get("tea") is None


def test_what_plug_ins_add_may_be_wide_and_deep(client: FlaskClient, stored: Store) -> None:
    shop = FakeShop()
    document = shop.orders[shop.order(("tea", 2))]
    deep: Any = "x"
    for _ in range(40):
        deep = {"in": [deep]}
    document["line_items"][0]["meta_data"] = [
        {"key": "_options", "value": {f"o{n}": n for n in range(400)} | deep}
    ]
    assert send(client, "order.created", document).json == {"changed": 1}
    body = b"\xef\xbb\xbf" + json.dumps({"id": document["id"]}).encode()
    headers = {"X-WC-Webhook-Topic": "order.deleted", "X-WC-Webhook-Signature": signature_of(body, SECRET)}
    assert client.post(PATH, data=body, headers=headers).json == {"changed": 1}
    for broken in (b"{", b'{"id": "\xff"}', b"[" * 100_000, b'{"id": ' + b"1" * 5000 + b"}"):
        headers["X-WC-Webhook-Signature"] = signature_of(broken, SECRET)
        assert client.post(PATH, data=broken, headers=headers).status_code == 400


def test_an_error_in_place_of_a_document_says_what_to_do_or_is_of_one_that_is_gone(
    client: FlaskClient,
) -> None:
    gone = {
        "code": "woocommerce_rest_shop_order_invalid_id",
        "message": "Invalid ID.",
        "data": {"status": 404},
    }
    assert send(client, "order.updated", gone).json == {"changed": 0}
    hidden = {"code": "woocommerce_rest_cannot_view", "message": "Sorry.", "data": {"status": 401}}
    refused = send(client, "order.updated", hidden)
    assert refused.status_code == 422
    assert "'woocommerce_rest_cannot_view' in place of what order.updated tells" in refused.json["detail"]
    assert "--hooks-at" in refused.json["detail"]
    old = send(client, "order.updated", {"order": {"id": 7}})
    assert "WP REST API Integration v3" in old.json["detail"]


def test_without_a_secret_there_are_no_webhooks(
    client_of: Callable[..., FlaskClient], registry: Registry
) -> None:
    answer = client_of(registry.directory).post(PATH, data=b"webhook_id=12")
    assert answer.status_code == 404
    assert "RECSVC_WOOCOMMERCE_HOOK_SECRET" in answer.json["detail"]
