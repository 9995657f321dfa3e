"""The exports of WooCommerce and its plug-ins, which write an order in a row of its own or a row a line item."""

import polars as pl

from training.sources.exports.export import OrderExport, UnusableExport, blank_to_null

REMEDY = (
    "export with a plugin that writes the products of each order, such as Advanced Order Export or WebToffee"
)


def name_woocommerce_status(lines: pl.DataFrame) -> pl.DataFrame:
    """Spell statuses out: WooCommerce's `pending` is an order nobody paid, elsewhere a payment on its way."""
    if "status" not in lines.columns:
        return lines
    slug = pl.col("status").str.strip_chars().str.to_lowercase().str.strip_prefix("wc-")
    return lines.with_columns(
        pl.when(slug == "pending").then(pl.lit("pending payment")).otherwise(slug).alias("status")
    )


def explode_webtoffee(lines: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each filled `line_item_N`; an order without any keeps one row, without an item."""
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


ADVANCED_ORDER_EXPORT = OrderExport(
    name="WooCommerce Advanced Order Export",
    required=frozenset({"ordernumber", "orderdate", "emailbilling", "sku", "name", "quantity"}),
    columns={
        "user_id": ("emailbilling", "phonebilling"),
        "item_id": ("sku", "name"),
        "ordered_at": ("orderdate",),
        "order_id": ("ordernumber",),
        "quantity": ("quantityrefund", "quantity"),
        "unit_price": ("itemcost",),
        "title": ("name",),
        "status": ("orderstatus",),
    },
    finish=name_woocommerce_status,
)

WEBTOFFEE = OrderExport(
    name="WooCommerce WebToffee orders",
    required=frozenset({"orderid", "customerid", "lineitem1"}),
    columns={
        "user_id": ("customeremail", "billingemail", "customerid"),
        "ordered_at": ("orderdate", "paiddate"),
        "order_id": ("orderid", "ordernumber"),
        "status": ("status",),
    },
    finish=explode_webtoffee,
    nested_prefix="lineitem",
)

EXPORTS = (
    ADVANCED_ORDER_EXPORT,
    WEBTOFFEE,
    UnusableExport(
        "the WooCommerce Analytics > Orders export",
        frozenset({"itemssold", "customertype", "products"}),
        "it has neither item ids nor customer ids",
        REMEDY,
    ),
    UnusableExport(
        "a WooCommerce product catalogue",
        frozenset({"sku", "regularprice", "published"}),
        "this is a product catalogue, it has no orders",
        REMEDY,
    ),
)
