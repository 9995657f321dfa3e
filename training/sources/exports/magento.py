"""The exports of Magento and Adobe Commerce; that of the order items needs no entry, its columns say what they are."""

from training.sources.exports.export import UnusableExport

EXPORTS = (
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
