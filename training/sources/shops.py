"""What the exports of known shop systems look like: those that serve, and those that cannot."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass

import polars as pl

from training.sources.line_items import explode_ga4, explode_webtoffee, fill_shopify, name_woocommerce_status

Finish = Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True)
class ShopFormat:
    """An export that is recognised by columns no other has.

    `columns` maps a canonical column to the normalised header names that fill it, row by row the first
    that is not blank. `nested_prefix` names columns that hold whole line items. `finish` works on the
    whole file.
    """

    name: str
    required: frozenset[str]
    columns: Mapping[str, tuple[str, ...]]
    finish: Finish | None = None
    nested: tuple[str, ...] = ()
    nested_prefix: str | None = None


@dataclass(frozen=True)
class UnusableFormat:
    """An export that carries no order lines, and what to export in its place."""

    name: str
    required: frozenset[str]
    problem: str
    remedy: str


SHOPIFY = ShopFormat(
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

WOOCOMMERCE_ADVANCED = ShopFormat(
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

WOOCOMMERCE_WEBTOFFEE = ShopFormat(
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

GA4 = ShopFormat(
    name="GA4 BigQuery events",
    required=frozenset({"eventname", "eventtimestamp", "userpseudoid", "items"}),
    columns={
        "user_id": ("userid", "userpseudoid"),
        "ordered_at": ("eventtimestamp",),
        "event": ("eventname",),
    },
    finish=explode_ga4,
    nested=("items", "ecommerce"),
)

SHOP_FORMATS = (SHOPIFY, WOOCOMMERCE_ADVANCED, WOOCOMMERCE_WEBTOFFEE, GA4)

WOOCOMMERCE_REMEDY = (
    "export with a plugin that writes the products of each order, such as Advanced Order Export or WebToffee"
)
UNUSABLE_FORMATS = (
    UnusableFormat(
        "the WooCommerce Analytics > Orders export",
        frozenset({"itemssold", "customertype", "products"}),
        "it has neither item ids nor customer ids",
        WOOCOMMERCE_REMEDY,
    ),
    UnusableFormat(
        "the Magento order grid",
        frozenset({"purchasepoint", "purchasedate", "grandtotalbase"}),
        "it has one row for each order and does not say which products were in it",
        "export the order items (sales_order_item, with sku, qty_ordered, price, customer_email, created_at)",
    ),
    UnusableFormat(
        "a Shopify product catalogue",
        frozenset({"handle", "variantsku", "option1name"}),
        "this is a product catalogue, it has no orders",
        "export the orders in Shopify under Orders > Export",
    ),
    UnusableFormat(
        "a Shopify product catalogue",
        frozenset({"urlhandle", "sku", "option1name"}),
        "this is a product catalogue, it has no orders",
        "export the orders in Shopify under Orders > Export",
    ),
    UnusableFormat(
        "a WooCommerce product catalogue",
        frozenset({"sku", "regularprice", "published"}),
        "this is a product catalogue, it has no orders",
        WOOCOMMERCE_REMEDY,
    ),
    UnusableFormat(
        "a Magento product catalogue",
        frozenset({"sku", "attributesetcode", "producttype"}),
        "this is a product catalogue, it has no orders",
        "export the order items (sales_order_item)",
    ),
)


def shop_format(names: Set[str]) -> ShopFormat | None:
    """Return the known format whose columns are all among the normalised `names`."""
    return next((shop for shop in SHOP_FORMATS if shop.required <= names), None)


def unusable_format(names: Set[str]) -> UnusableFormat | None:
    """Return the known unusable export whose columns are all among the normalised `names`."""
    return next((export for export in UNUSABLE_FORMATS if export.required <= names), None)
