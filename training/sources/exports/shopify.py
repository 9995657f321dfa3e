"""The exports of Shopify."""

from training.sources.exports.export import OrderExport, UnusableExport
from training.sources.exports.filling import fill_orders

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
        "refunded_amount": ("refundedamount",),
        "status": ("financialstatus",),
        "cancelled_at": ("cancelledat",),
    },
    finish=fill_orders,
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
