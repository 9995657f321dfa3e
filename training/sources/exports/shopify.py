"""The exports of Shopify."""

import polars as pl

from training.sources.exports.export import OrderExport, UnusableExport, blank_to_null

ORDER_FIELDS = ("user_id", "ordered_at", "status", "cancelled_at")


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


SHOPIFY = OrderExport(
    name="Shopify orders",
    required=frozenset({"name", "email", "createdat", "lineitemname", "lineitemquantity"}),
    columns={
        "user_id": ("email", "customerid", "phone"),
        "item_id": ("lineitemsku", "lineitemname"),
        "ordered_at": ("createdat", "paidat"),
        "order_id": ("name",),
        "quantity": ("lineitemquantity",),
        "unit_price": ("lineitemprice",),
        "title": ("lineitemname",),
        "status": ("financialstatus",),
        "cancelled_at": ("cancelledat",),
    },
    finish=fill_shopify,
)

EXPORTS = (
    SHOPIFY,
    UnusableExport(
        "a Shopify product catalogue",
        frozenset({"handle", "variantsku", "option1name"}),
        "this is a product catalogue, it has no orders",
        "export the orders in Shopify under Orders > Export",
    ),
    UnusableExport(
        "a Shopify product catalogue",
        frozenset({"urlhandle", "sku", "option1name"}),
        "this is a product catalogue, it has no orders",
        "export the orders in Shopify under Orders > Export",
    ),
)
