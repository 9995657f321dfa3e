import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from support.fake_admin_api import admin_order
from support.fake_shopify import FakeShopify, iso
from support.order_files import clean, csv_under

from recsvc.clock import to_us
from recsvc.connect.json_fields import parts
from recsvc.connect.order import PlatformOrder, events_for
from recsvc.connect.shopify.graph_documents import order_document
from recsvc.connect.shopify.naming import Naming
from recsvc.connect.shopify.order import read_order
from recsvc.errors import PlatformError
from recsvc.identity.nobody import BY_NAME

EXPORT = [
    "Name",
    "Email",
    "Phone",
    "Financial Status",
    "Paid at",
    "Cancelled at",
    "Created at",
    "Currency",
] + [f"Lineitem {name}" for name in ("quantity", "name", "price", "sku")]


def in_bulk(order: Mapping[str, Any]) -> dict[str, Any]:
    node = admin_order(order)
    lines = [one["node"] for one in node.pop("lineItems")["edges"]]
    return order_document(node, lines)


def exported(order: Mapping[str, Any]) -> str:
    rows = [
        {
            "Lineitem quantity": str(line["quantity"]), "Lineitem name": line["name"],
            "Lineitem price": line["price"], "Lineitem sku": line["sku"] or "",
        }
        for line in order["line_items"]
    ]  # fmt: skip
    of_order = {
        "Name": order["name"], "Email": order["email"] or "", "Phone": order["phone"] or "",
        "Financial Status": order["financial_status"], "Created at": order["created_at"], "Currency": "EUR",
    }  # fmt: skip
    rows[0] = of_order | rows[0]
    return csv_under(EXPORT, *(({"Name": order["name"]} | row) for row in rows))


def bought(order: PlatformOrder) -> list[tuple[Any, ...]]:
    user = None if order.user_id is None else BY_NAME.user_id_of(order.user_id)
    events = events_for("shopify", order, user, {}, 1)
    return [
        (
            one.user_id,
            one.item_id,
            one.occurred_at_us // 1_000_000,
            one.order_id,
            one.quantity,
            one.unit_price,
        )
        for one in events
    ]


@pytest.mark.parametrize("email", ["Anna@Shop.example", None])
def test_an_order_is_the_same_by_export_in_bulk_and_by_webhook(tmp_path: Path, email: str | None) -> None:
    shop = FakeShopify()
    order = shop.orders[shop.order(("SHIRT-M", 2), email=email, phone="+49 30 1")]
    order["line_items"] += [shop.line("", 1), shop.line("MUG", 3, price="5.00")]
    order["line_items"][2]["price_set"]["shop_money"]["amount"] = "5.00"
    by_export = [row[:6] for row in clean(tmp_path, exported(order)).lines.rows()]
    assert len(by_export) == 3
    assert bought(read_order(order)) == bought(read_order(in_bulk(order))) == by_export
    assert by_export[1][1] == "Thing  - Red".replace("  ", " ")  # without a SKU, the name


def test_pieces_that_shopify_no_longer_counts_came_back() -> None:
    shop = FakeShopify()
    number = shop.order(("A", 3), ("B", 2))
    shop.refund(number, line=0, pieces=1)
    shop.remove(number, line=1, pieces=2)
    for document in (shop.orders[number], in_bulk(shop.orders[number])):
        order = read_order(document)
        assert [(one.bought, one.returned) for one in order.lines] == [(3, 1), (2, 2)]
    refund = shop.orders[number]["refunds"][0]
    assert read_order(shop.orders[number]).refunds == {
        str(refund["id"]): {str(refund["refund_line_items"][0]["line_item_id"]): 1.0}
    }
    assert read_order(in_bulk(shop.orders[number])).unread_refunds == (str(refund["id"]),)


@pytest.mark.parametrize(
    "fields",
    [
        {"test": True},
        {"cancelled_at": "2026-05-02T10:00:00Z"},
        {"financial_status": "refunded"},
        {"financial_status": "voided"},
    ],
)
def test_tests_and_what_was_undone_are_no_purchases(fields: dict[str, Any]) -> None:
    shop = FakeShopify()
    order = shop.orders[shop.order(("A", 1), **fields)]
    assert not read_order(order).is_bought
    assert not read_order(in_bulk(order)).is_bought


@pytest.mark.parametrize("status", ["paid", "pending", "authorized", "partially_refunded", "partially_paid"])
def test_orders_that_are_paid_or_will_be_are_bought(status: str) -> None:
    shop = FakeShopify()
    order = shop.orders[shop.order(("A", 1), financial_status=status)]
    assert read_order(order).is_bought
    assert read_order(in_bulk(order)).is_bought


def test_an_imported_order_has_the_time_at_which_it_was_placed() -> None:
    shop = FakeShopify()
    placed = shop.now
    shop.tick(days=300)
    order = shop.orders[shop.order(("A", 1), processed_at=iso(placed))]
    assert read_order(order).ordered_at_us == to_us(placed)


def test_tips_are_no_items_and_lines_of_deleted_products_stay_what_they_were() -> None:
    shop = FakeShopify()
    nothing = {"product_id": None, "variant_id": None}
    tip = shop.line("", name="Tip", title="Tip", **nothing)
    own = shop.line("", name="Engraving", title="Engraving", **nothing)
    order = shop.orders[shop.order(line_items=[tip, own, shop.line("A", **nothing)])]
    lines = read_order(order).lines
    assert [(one.item_id, one.is_gone) for one in lines] == [("Engraving", True), ("A", True)]


def test_lines_that_cannot_be_used_are_counted_but_not_tips_and_nothings() -> None:
    shop = FakeShopify()
    nothing = {"product_id": None, "variant_id": None}
    order = shop.orders[
        shop.order(
            line_items=[
                shop.line("A"),
                shop.line("B", 2_000_000_000),
                shop.line("", name=None, title=None, **nothing),
                shop.line("", name="Tip", title="Tip", **nothing),
                shop.line("C", 0),
            ],
        )
    ]
    for document in (order, in_bulk(order)):
        read = read_order(document)
        assert ([one.item_id for one in read.lines], read.n_unusable_lines) == (["A"], 2)


def test_who_ordered_is_called_as_the_settings_say() -> None:
    order = {"email": "a@b.example", "phone": "+1", "customer": {"id": 5}}
    assert Naming().user_of(order) == "a@b.example"
    assert Naming("customer_id").user_of(order) == "5"
    assert Naming().user_of(order | {"email": None, "phone": ""}) == "5"
    assert Naming().user_of({"email": "", "customer": None}) is None
    assert Naming("email", "variant_id").item_of("SKU", "gid://shopify/ProductVariant/7", "x") == "7"


def test_an_order_that_the_file_has_in_part_is_refused() -> None:
    shop = FakeShopify()
    node = admin_order(shop.orders[shop.order(("A", 3), ("B", 1))])
    lines = [one["node"] for one in node.pop("lineItems")["edges"]]
    with pytest.raises(PlatformError, match="has 3 of its 4 pieces"):
        order_document(node, lines[:1])
    del lines[0]["currentQuantity"]
    with pytest.raises(PlatformError, match=r"has no currentQuantity: .*--queries"):
        order_document(node, lines)


def test_a_document_without_a_number_is_no_order() -> None:
    with pytest.raises(PlatformError, match="must have an id above 0, got '1; DROP'"):
        read_order(json.loads('{"id": "1; DROP"}'))
    assert parts({"x": [1, {"a": 1}]}, "x") == [{"a": 1}]
