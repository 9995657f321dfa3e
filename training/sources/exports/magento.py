"""The exports of Magento and Adobe Commerce."""

import polars as pl

from training.sources.exports.export import OrderExport, UnusableExport, blank_to_null

FREE = r"^[-+0.,\s]*$"


def without_prices_of_parts(lines: pl.DataFrame) -> pl.DataFrame:
    """Let the parts of a bundle that has a price cost nothing, so that they count as what is given with it.

    What the shopper chose is the bundle, and its price is that of all parts together. Where the bundle's own line costs
    nothing, or is not in the file, the parts stay as they are.
    """
    if "unit_price" not in lines.columns or not {"nested_1", "nested_2"} <= set(lines.columns):
        return lines.drop("nested_1", "nested_2", strict=False)
    priced = lines.filter(~pl.col("unit_price").fill_null("0").str.contains(FREE))
    parents = priced.select(blank_to_null("nested_1").str.strip_chars()).to_series().drop_nulls().unique()
    is_part = blank_to_null("nested_2").str.strip_chars().is_in(parents.implode()).fill_null(value=False)
    price = pl.when(is_part).then(pl.lit("0")).otherwise("unit_price").alias("unit_price")
    return lines.with_columns(price).drop("nested_1", "nested_2")


SALES_ORDER_ITEM = OrderExport(
    name="Magento order items",
    # The row of a configurable product has the SKU of the variant; the variant's own row costs nothing.
    required=frozenset({"itemid", "parentitemid", "sku", "qtyordered"}),
    columns={
        "user_id": ("customerid", "customeremail"),
        "item_id": ("sku",),
        "ordered_at": ("createdat",),
        "order_id": ("incrementid", "orderid"),
        "quantity": ("qtyordered",),
        "returned_quantity": ("qtyrefunded",),
        "cancelled_quantity": ("qtycanceled",),
        "refunded_amount": ("amountrefunded",),
        "unit_price": ("price", "baseprice"),
        "title": ("name",),
        "status": ("status", "orderstatus", "state"),
    },
    finish=without_prices_of_parts,
    nested=("itemid", "parentitemid"),
)

EXPORTS = (
    SALES_ORDER_ITEM,
    UnusableExport(
        "the Magento order grid",
        frozenset({"purchasepoint", "purchasedate", "grandtotalbase"}),
        "it has one row for each order and does not say which products were in it",
        "export the order items (sales_order_item, with sku, qty_ordered, price, customer_email, created_at)",
    ),
    UnusableExport(
        "a Magento product catalogue",
        frozenset({"sku", "attributesetcode", "producttype"}),
        "this is a product catalogue, it has no orders",
        "export the order items (sales_order_item)",
    ),
)
