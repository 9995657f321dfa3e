import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from structlog.testing import capture_logs
from support.fake_shopify import SECRET, SHOP, FakeShopify
from werkzeug.test import TestResponse

from recsvc.connect.privacy_requests import PrivacyRequests, Wish
from recsvc.connect.signature import signature_of
from recsvc.model.registry import Registry
from recsvc.store.store import Store

PATH = "/v1/hooks/shopify"
ANNA = "anna@shop.example"


@pytest.fixture
def client(client_of: Callable[..., FlaskClient], registry: Registry) -> FlaskClient:
    return client_of(registry.directory, shopify_client_secret=SECRET, shopify_shop=SHOP, allow_open=False)


def send(client: FlaskClient, topic: str, document: Any, **headers: str) -> TestResponse:
    body = json.dumps(document).encode()
    sent = {
        "X-Shopify-Topic": topic,
        "X-Shopify-Hmac-Sha256": signature_of(body, SECRET),
        "X-Shopify-Shop-Domain": SHOP,
        "X-Shopify-Webhook-Id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
        "X-Shopify-Triggered-At": "2026-05-02T10:00:00.123456789Z",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return client.post(PATH, data=body, headers=sent, content_type="application/json")


def requests_of(stored: Store) -> PrivacyRequests:
    return PrivacyRequests("shopify", stored.platform)


def customer(**fields: Any) -> dict[str, Any]:
    return {
        "shop_id": 954889, "shop_domain": SHOP, "orders_requested": [], "data_request": {"id": 9999},
        "customer": {"id": 99001, "email": "Anna@Shop.example", "phone": "555-625-1199"},
    } | fields  # fmt: skip


def test_an_order_is_stored_without_a_key_and_once(client: FlaskClient, stored: Store) -> None:
    shop = FakeShopify()
    number = shop.order(("tea", 2))
    for _ in range(2):
        assert send(client, "orders/create", shop.orders[number]).status_code == 200
    assert [(one.item_id, one.quantity) for one in stored.events.history_of(ANNA)] == [("tea", 2.0)]


def test_a_refund_and_an_edit_are_taken(client: FlaskClient, stored: Store) -> None:
    shop = FakeShopify()
    number = shop.order(("tea", 3))
    refund = shop.refund(number)
    shop.remove(number)
    answers = [send(client, topic, document).json for topic, document, _ in shop.queue]
    # The order, its refund, the order with it again, an edit that changes nothing, and the order with that.
    assert answers == [{"changed": n} for n in (1, 1, 0, 0, 1)]
    assert send(client, "refunds/create", refund).json == {"changed": 0}
    assert sorted((str(one.type), one.quantity) for one in stored.events.history_of(ANNA)) == [
        ("purchase", 3.0),
        ("return", 1.0),
        ("return", 1.0),
    ]


def test_what_can_be_of_a_product_is_stored_and_the_rest_is_logged(
    client_of: Callable[..., FlaskClient], registry: Registry, stored: Store
) -> None:
    settings = {"shopify_client_secret": SECRET, "shopify_shop": SHOP, "log_level": "warning"}
    client, shop = client_of(registry.directory, **settings), FakeShopify()
    product = shop.product("T-S", "T-L")
    document = shop.told(product["id"])
    document["variants"][1]["price"] = "free"
    with capture_logs() as logs:
        assert send(client, "products/create", document).json == {"changed": 1}
    assert stored.catalogue.get("T-S") is not None
    (problem,) = next(one["problems"] for one in logs if one["event"] == "product_in_part")
    assert problem.startswith(f"variant {product['variants'][1]['id']} of product {product['id']}: price")


def test_only_what_the_app_of_this_shop_signed_is_taken(client: FlaskClient, stored: Store) -> None:
    document = FakeShopify().product("tea")
    for signature in ("", "x", signature_of(b"other", SECRET), "\xfc"):
        assert send(client, "products/create", document, X_Shopify_Hmac_Sha256=signature).status_code == 401
    other = send(client, "products/create", document, X_Shopify_Shop_Domain="evil.myshopify.com")
    assert other.status_code == 403
    assert "'acme.myshopify.com'" in other.json["detail"]
    assert client.post(PATH, data=b"{}").status_code == 401
    assert stored.catalogue.get("tea") is None


def test_topics_that_are_not_taken_are_refused_with_what_to_do(client: FlaskClient) -> None:
    for topic, remedy in (("carts/create", "unsubscribe"), ("inventory_levels/update", "products/update")):
        refused = send(client, topic, {"id": 1})
        assert refused.status_code == 422
        assert remedy in refused.json["detail"]
    assert send(client, "orders/create", {"no": "id"}).status_code == 422
    assert send(client, "orders/create", [1]).status_code == 400


def test_without_its_settings_nothing_is_taken(
    client_of: Callable[..., FlaskClient], registry: Registry
) -> None:
    for settings in ({}, {"shopify_client_secret": SECRET}, {"shopify_shop": SHOP}):
        refused = send(client_of(registry.directory, **settings), "orders/create", {})
        assert refused.status_code == 404
        assert "RECSVC_SHOPIFY_SHOP" in refused.json["detail"]


def test_a_shopper_who_is_redacted_is_erased_under_all_their_ids(client: FlaskClient, stored: Store) -> None:
    shop = FakeShopify()
    by_address, by_number = shop.order(("tea", 1)), shop.order(("pot", 1), email=None)
    elsewhere = shop.order(("cup", 1), email="old@address.example")
    for number in (by_address, by_number, elsewhere):
        send(client, "orders/create", shop.orders[number])
    assert send(client, "customers/data_request", customer()).status_code == 200
    redact = customer(orders_to_redact=[elsewhere])
    assert send(client, "customers/redact", redact).json == {"changed": 0}
    for user_id in (ANNA, "99001", "old@address.example"):
        assert list(stored.events.history_of(user_id)) == []
    assert requests_of(stored).open() == []  # nothing is left to show
    assert send(client, "customers/redact", redact).status_code == 200  # again
    shop.change(by_address, note="late")
    assert send(client, "orders/updated", shop.orders[by_address]).json == {"changed": 0}
    assert list(stored.events.history_of(ANNA)) == []


def test_an_order_that_was_moved_is_of_whom_it_is_now(client: FlaskClient, stored: Store) -> None:
    shop = FakeShopify()
    number = shop.order(("tea", 1), ("pot", 2))
    send(client, "orders/create", shop.orders[number])
    shop.change(number, email="bert@shop.example", customer={"id": 99002})
    send(client, "orders/updated", shop.orders[number])
    bert = {"id": 99002, "email": "new@address.example", "phone": None}
    asked = customer(customer=bert, orders_requested=[number])
    assert send(client, "customers/data_request", asked).status_code == 200
    (request,) = requests_of(stored).open()
    assert request.user_ids == ("new@address.example", "99002", "bert@shop.example")
    for _ in range(2):  # once more when nothing of Bert is left
        redact = customer(customer=bert, orders_to_redact=[number])
        assert send(client, "customers/redact", redact).status_code == 200
        assert list(stored.events.history_of("bert@shop.example")) == []
        assert len(list(stored.events.history_of(ANNA))) == 4


def test_a_shopper_who_is_nobody_has_nothing_to_erase(client: FlaskClient) -> None:
    redact = customer(customer={"id": None, "email": "guest", "phone": None}, orders_to_redact=[])
    assert send(client, "customers/redact", redact).status_code == 200
    assert send(client, "customers/redact", customer(customer={})).status_code == 422


def test_a_request_for_data_is_kept_for_a_person(client: FlaskClient, stored: Store) -> None:
    shop = FakeShopify()
    number = shop.order(("cup", 1), email="old@address.example")
    send(client, "orders/create", shop.orders[number])
    for _ in range(2):
        assert send(client, "customers/data_request", customer(orders_requested=[number])).status_code == 200
    (request,) = requests_of(stored).open()
    assert (request.number, request.wish) == ("9999", Wish.DATA)
    assert request.user_ids == ("Anna@Shop.example", "555-625-1199", "99001", "old@address.example")


def test_an_uninstalled_app_erases_nothing_by_itself(client: FlaskClient, stored: Store) -> None:
    shop = FakeShopify()
    send(client, "orders/create", shop.orders[shop.order(("tea", 1))])
    for _ in range(2):
        assert send(client, "shop/redact", {"shop_id": 954889, "shop_domain": SHOP}).status_code == 200
    assert [one.wish for one in requests_of(stored).open()] == [Wish.SHOP]
    assert len(list(stored.events.history_of(ANNA))) == 1
