"""The events of Google Analytics 4, exported from BigQuery."""

import json
from typing import Any

import polars as pl

from training.sources.exports.export import OrderExport

PURCHASE_EVENTS = ("purchase", "refund")
GA4_UNSET = ("", "(not set)", "(other)")


def explode_ga4(lines: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each item of a purchase or refund; every other event keeps its one row."""
    is_order = pl.col("event").str.strip_chars().is_in(PURCHASE_EVENTS).fill_null(value=False)
    lines = lines.rename({"nested_1": "items", "nested_2": "ecommerce"}, strict=False)
    if "ecommerce" not in lines.columns:
        lines = lines.with_columns(pl.lit(None, pl.String).alias("ecommerce"))
    item_fields = ("item_id", "quantity", "unit_price", "title")
    empty = [pl.lit(None, pl.String).alias(name) for name in (*item_fields, "order_id")]
    others = lines.filter(~is_order).with_columns(empty).drop("items", "ecommerce")
    orders = [line for row in lines.filter(is_order).iter_rows(named=True) for line in ga4_lines(row)]
    exploded = pl.DataFrame(orders, schema=others.schema) if orders else others.clear()
    return pl.concat([others, exploded]).sort("row", maintain_order=True)


def ga4_lines(row: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the order lines of one purchase or refund event."""
    order = {name: value for name, value in row.items() if name not in {"items", "ecommerce"}}
    try:
        items = json.loads(row["items"] or "[]")
        ecommerce = json.loads(row["ecommerce"] or "{}")
    except (json.JSONDecodeError, RecursionError):
        return [order | {"malformed": True}]
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        return [order | {"malformed": True}]
    number = ecommerce.get("transaction_id") if isinstance(ecommerce, dict) else None
    order["order_id"] = ga4_text(number) or ga4_text(row.get("order_id"))
    return [order | ga4_item(item) for item in items] or [order]


def ga4_item(item: dict[str, Any]) -> dict[str, str | None]:
    """Return canonical columns of one entry of `items`."""
    return {
        "item_id": ga4_text(item.get("item_id")) or ga4_text(item.get("item_name")),
        "quantity": ga4_text(item.get("quantity")),
        "unit_price": ga4_text(item.get("price")),
        "title": ga4_text(item.get("item_name")),
    }


def ga4_text(value: object) -> str | None:
    """Return the value as text; what GA4 writes for "nothing" is null."""
    text = "" if value is None or isinstance(value, dict | list) else str(value).strip()
    return None if text in GA4_UNSET else text


GA4 = OrderExport(
    name="GA4 BigQuery events",
    required=frozenset({"eventname", "eventtimestamp", "userpseudoid", "items"}),
    columns={
        "user_id": ("userid", "userpseudoid"),
        "ordered_at": ("eventtimestamp",),
        "event": ("eventname",),
        # Where each line is an object, what is nested in it has a column of its own.
        "order_id": ("ecommercetransactionid",),
    },
    finish=explode_ga4,
    nested=("items", "ecommerce"),
)

EXPORTS = (GA4,)
