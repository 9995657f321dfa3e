"""How known shops spread an order over rows and columns, and back to one row for each line item."""

import json
from typing import Any

import polars as pl

ORDER_FIELDS = ("user_id", "ordered_at", "status", "cancelled_at")
PURCHASE_EVENTS = ("purchase", "refund")
GA4_UNSET = ("", "(not set)", "(other)")


def blank_to_null(column: str) -> pl.Expr:
    """Return the column with empty and whitespace-only text as null."""
    return pl.when(pl.col(column).str.strip_chars() != "").then(pl.col(column))


def fill_shopify(lines: pl.DataFrame) -> pl.DataFrame:
    """Give continuation rows, which repeat only the order's name, the order's fields of its first row."""
    fields = [name for name in ORDER_FIELDS if name in lines.columns]
    known = pl.col("order_id").is_not_null() & ~pl.col("malformed")
    first = (
        lines.filter(known)
        .group_by("order_id")
        .agg(blank_to_null(name).drop_nulls().first().alias(f"{name}_of_order") for name in fields)
    )
    joined = lines.join(first, on="order_id", how="left", maintain_order="left")
    return joined.with_columns(
        pl.coalesce(blank_to_null(name), f"{name}_of_order").alias(name) for name in fields
    ).select(lines.columns)


def name_woocommerce_status(lines: pl.DataFrame) -> pl.DataFrame:
    """Spell statuses out: WooCommerce's `pending` is an order nobody paid, elsewhere a payment on its way."""
    if "status" not in lines.columns:
        return lines
    slug = pl.col("status").str.strip_chars().str.to_lowercase().str.strip_prefix("wc-")
    return lines.with_columns(
        pl.when(slug == "pending").then(pl.lit("pending payment")).otherwise(slug).alias("status")
    )


def explode_webtoffee(lines: pl.DataFrame) -> pl.DataFrame:
    """One row for each filled `line_item_N`; an order without any keeps one row, without an item."""
    nested = [name for name in lines.columns if name.startswith("nested_")]
    filled = pl.concat_list(blank_to_null(name) for name in nested).list.drop_nulls()
    exploded = lines.with_columns(filled.alias("line_item")).drop(nested).explode("line_item")
    named = exploded.with_columns(
        pl.coalesce(line_item_value(key) for key in ("sku", "product_id", "name")).alias("item_id"),
        line_item_value("name").alias("title"),
        line_item_value("quantity").alias("quantity"),
        webtoffee_unit_price().alias("unit_price"),
    )
    return name_woocommerce_status(named.drop("line_item"))


def line_item_value(key: str) -> pl.Expr:
    """Return the value of `key` in `key:value|key:value`; blank and 0 (no product any more) are null."""
    value = pl.col("line_item").str.extract(rf"(?:^|\|)\s*{key}:([^|]*)").str.strip_chars()
    return pl.when(~value.is_in(["", "0"])).then(value) if key != "quantity" else value


def webtoffee_unit_price() -> pl.Expr:
    """Return the total of the line item divided by its quantity; text that is no number stays as it is."""
    total = pl.col("line_item").str.extract(r"(?:^|\|)\s*total:([^|]*)").str.strip_chars()
    pieces = line_item_value("quantity").cast(pl.Float64, strict=False)
    each = total.cast(pl.Float64, strict=False) / pl.when(pieces != 0).then(pieces).otherwise(1.0)
    return pl.coalesce(each.cast(pl.String), total)


def explode_ga4(lines: pl.DataFrame) -> pl.DataFrame:
    """One row for each item of a purchase or refund; every other event keeps its one row."""
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
    order["order_id"] = ga4_text(ecommerce.get("transaction_id")) if isinstance(ecommerce, dict) else None
    return [order | ga4_item(item) for item in items] or [order]


def ga4_item(item: dict[str, Any]) -> dict[str, str | None]:
    """Canonical columns of one entry of `items`."""
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
