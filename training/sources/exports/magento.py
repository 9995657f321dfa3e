"""The exports of Magento and Adobe Commerce."""

from training.sources.exports.export import OrderExport, UnusableExport

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
