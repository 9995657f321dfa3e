"""Exports of known shops, invented rows under their real header lines."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from support.order_files import FORMATS, NOW, clean, csv_under, header_line, read, reasons, values

from recsvc.errors import TooLittleDataError, UnusableExportError
from training.orders import CleaningRules, clean_orders

pytestmark = pytest.mark.skipif(not FORMATS.exists(), reason=f"no collection of export headers at {FORMATS}")

SHOPIFY_ORDER = {
    "Name": "#1001",
    "Email": "Anna@Shop.example",
    "Financial Status": "paid",
    "Created at": "2015-06-16 10:15:04 -0400",
    "Lineitem quantity": "2",
    "Lineitem name": "Blue Shirt - M",
    "Lineitem price": "19.90",
    "Lineitem sku": "SHIRT-M",
}
SHOPIFY_MORE = {"Name": "#1001", "Lineitem quantity": "1", "Lineitem name": "Mug", "Lineitem price": "5.00"}
SHOPIFY_HEADERS = ["shopify_orders_export.header.csv", "shopify_orders_export_newer.header.csv"]


def shopify(directory: Path, *rows: Mapping[str, str], header: str = SHOPIFY_HEADERS[0]) -> str:
    return csv_under(header_line(header), *rows)


@pytest.mark.parametrize("header", SHOPIFY_HEADERS)
def test_shopify_continuation_rows_belong_to_their_order(tmp_path: Path, header: str) -> None:
    orders = clean(tmp_path, "\ufeff" + shopify(tmp_path, SHOPIFY_ORDER, SHOPIFY_MORE, header=header))
    assert orders.summary.files[0].format_name == "Shopify orders"
    assert orders.lines.rows() == [
        ("anna@shop.example", "SHIRT-M", 1434464104, "#1001", 2.0, 19.9, "Blue Shirt - M"),
        ("anna@shop.example", "Mug", 1434464104, "#1001", 1.0, 5.0, "Mug"),
    ]


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"Cancelled at": "2015-06-17 10:00:00 -0400"}, True),
        ({"Financial Status": "refunded"}, True),
        ({"Financial Status": "voided"}, True),
        ({"Financial Status": "partially_refunded"}, False),
        ({"Financial Status": "pending"}, False),
    ],
)
def test_shopify_orders_that_were_undone_are_no_purchases(
    tmp_path: Path, change: dict[str, str], refused: bool
) -> None:
    orders = clean(tmp_path, shopify(tmp_path, SHOPIFY_ORDER | change, SHOPIFY_MORE))
    assert reasons(orders) == ({2: "order_cancelled", 3: "order_cancelled"} if refused else {})


def test_shopify_order_without_email_goes_by_phone_or_is_a_guest(tmp_path: Path) -> None:
    by_phone = SHOPIFY_ORDER | {"Email": "", "Phone": "+49 30 1"}
    nobody = SHOPIFY_ORDER | {"Email": "", "Name": "#1002"}
    orders = clean(tmp_path, shopify(tmp_path, by_phone, SHOPIFY_MORE, nobody))
    assert orders.lines["user_id"].to_list() == ["+49 30 1"] * 2
    assert orders.guest_lines["order_id"].to_list() == ["#1002"]


WOO_ROW = {
    "Order Number": "77",
    "Order Status": "Completed",
    "Order Date": "2024-03-01 10:00",
    "Email (Billing)": "b@x.example",
    "SKU": "TEE",
    "Name": "Tee",
    "Quantity": "3",
    "Quantity (- Refund)": "2",
    "Item Cost": "10.50",
}


def woo(*rows: Mapping[str, str]) -> str:
    return csv_under(header_line("woocommerce_advanced_order_export.header.csv"), *rows)


def test_woocommerce_advanced_export_counts_quantity_less_refunds(tmp_path: Path) -> None:
    orders = clean(tmp_path, woo(WOO_ROW, WOO_ROW | {"SKU": "", "Quantity (- Refund)": ""}))
    assert orders.lines.rows() == [
        ("b@x.example", "TEE", 1709287200, "77", 2.0, 10.5, "Tee"),
        ("b@x.example", "TEE", 1709287200, "77", 3.0, 10.5, "Tee"),
    ]


@pytest.mark.parametrize(
    "status",
    ["Cancelled", "Refunded", "Failed", "Trash", "Draft", "Pending payment", "pending", "wc-pending"],
)
def test_woocommerce_orders_nobody_paid_are_no_purchases(tmp_path: Path, status: str) -> None:
    assert reasons(clean(tmp_path, woo(WOO_ROW | {"Order Status": status}))) == {2: "order_cancelled"}


def test_woocommerce_line_that_was_refunded_in_full_is_refused(tmp_path: Path) -> None:
    assert reasons(clean(tmp_path, woo(WOO_ROW | {"Quantity (- Refund)": "0"}))) == {2: "zero_quantity"}


WEBTOFFEE_ROW = {
    "order_id": "5",
    "order_date": "2024-03-01 10:00:00",
    "status": "completed",
    "customer_id": "0",
    "billing_email": "C@x.example",
    "line_item_1": "name:Tea: green|product_id:11|sku:TEA|quantity:2|total:9.00|sub_total:9.00",
    "line_item_3": "name:Pot|product_id:12|sku:|quantity:1|total:20",
}


def webtoffee(*rows: Mapping[str, str], more: int = 0) -> str:
    names = header_line("woocommerce_webtoffee_orders.header.csv") + [
        f"line_item_{n}" for n in range(4, 4 + more)
    ]
    return csv_under(names, *rows)


def test_webtoffee_line_items_become_order_lines(tmp_path: Path) -> None:
    raw = read(tmp_path, webtoffee(WEBTOFFEE_ROW | {"line_item_12": "sku:CUP|quantity:1|total:3"}, more=9))
    orders = clean_orders(raw, CleaningRules(), NOW)
    assert raw.lines["row"].to_list() == [2, 2, 2]
    assert orders.lines.rows() == [
        ("c@x.example", "TEA", 1709287200, "5", 2.0, 4.5, "Tea: green"),
        ("c@x.example", "12", 1709287200, "5", 1.0, 20.0, "Pot"),
        ("c@x.example", "CUP", 1709287200, "5", 1.0, 3.0, None),
    ]


def test_webtoffee_order_without_email_goes_by_customer_id_unless_it_is_zero(tmp_path: Path) -> None:
    known = WEBTOFFEE_ROW | {"billing_email": "", "customer_id": "9", "line_item_3": ""}
    unknown = known | {"customer_id": "0", "order_id": "6"}
    orders = clean(tmp_path, webtoffee(known, unknown))
    assert orders.lines["user_id"].to_list() == ["9"]
    assert orders.guest_lines["order_id"].to_list() == ["6"]


def ga4_event(name: str, user: str = "", **more: object) -> dict[str, str]:
    return {
        "event_name": name,
        "event_timestamp": "1709287200123456",
        "user_id": user,
        "user_pseudo_id": "P.1",
        "items": json.dumps(more.get("items", [])),
        "ecommerce": json.dumps(more.get("ecommerce", {})),
    }


def ga4(*rows: Mapping[str, str]) -> str:
    return csv_under(header_line("ga4_bigquery_events.header.csv"), *rows)


TEA = {"item_id": "TEA", "item_name": "Tea", "price": 4.5, "quantity": 2}


def test_ga4_purchases_become_order_lines(tmp_path: Path) -> None:
    pot = {"item_id": "(not set)", "item_name": "Pot", "price": "20", "quantity": "1"}
    purchase = ga4_event("purchase", items=[TEA, pot], ecommerce={"transaction_id": "T1"})
    orders = clean(tmp_path, ga4(ga4_event("page_view"), purchase, ga4_event("view_item", items=[TEA])))
    assert orders.lines.rows() == [
        ("P.1", "TEA", 1709287200, "T1", 2.0, 4.5, "Tea"),
        ("P.1", "Pot", 1709287200, "T1", 1.0, 20.0, "Pot"),
    ]
    assert reasons(orders) == {2: "not_a_purchase", 4: "not_a_purchase"}
    assert orders.summary.damaged_share == 0


def test_ga4_refund_takes_the_purchase_back(tmp_path: Path) -> None:
    purchase = ga4_event("purchase", user="u", items=[TEA], ecommerce={"transaction_id": "T1"})
    refund = ga4_event("refund", user="u", items=[TEA | {"quantity": 1}], ecommerce={"transaction_id": "T1"})
    orders = clean(tmp_path, ga4(purchase, refund, ga4_event("refund")))
    assert orders.lines.select("user_id", "quantity").rows() == [("u", 1.0)]
    assert reasons(orders) == {3: "return", 4: "not_a_purchase"}


def test_ga4_items_that_are_no_json_are_malformed(tmp_path: Path) -> None:
    orders = clean(tmp_path, ga4(ga4_event("purchase", items=[TEA]) | {"items": "[{item"}))
    assert reasons(orders) == {2: "malformed_row"}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "woocommerce_analytics_orders.header.csv",
            "neither item ids nor customer ids.*Advanced Order Export",
        ),
        ("magento2_sales_order_grid.header.csv", "which products.*sales_order_item"),
        ("magento2_catalog_product.header.csv", "this is a product catalogue"),
        ("shopify_products_apparel.csv", "this is a product catalogue"),
        ("shopify_products_new.header.csv", "this is a product catalogue"),
        ("woocommerce_sample_products_5rows.csv", "this is a product catalogue"),
    ],
)
def test_export_without_order_lines_is_refused_with_what_to_export_instead(
    tmp_path: Path, name: str, message: str
) -> None:
    with pytest.raises(UnusableExportError, match=message):
        read(tmp_path, (FORMATS / name).read_bytes())


@pytest.mark.parametrize(
    "name",
    [
        *SHOPIFY_HEADERS,
        "woocommerce_advanced_order_export.header.csv",
        "woocommerce_webtoffee_orders.header.csv",
        "ga4_bigquery_events.header.csv",
    ],
)
def test_usable_export_is_recognised_by_its_header_alone(tmp_path: Path, name: str) -> None:
    with pytest.raises(TooLittleDataError, match="no rows"):
        read(tmp_path, (FORMATS / name).read_bytes())


def test_raw_lines_of_a_shop_keep_their_text(tmp_path: Path) -> None:
    assert values(read(tmp_path, shopify(tmp_path, SHOPIFY_ORDER)), "user_id", "unit_price") == [
        ("Anna@Shop.example", "19.90")
    ]
