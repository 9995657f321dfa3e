"""WooCommerce's product export."""

from collections.abc import Iterable, Iterator

from recsvc.catalogue.platforms.export import ProductExport, ReadRow, read_item, split_at_commas
from recsvc.catalogue.rows import ExportRow


def read_woocommerce(rows: Iterable[ExportRow]) -> Iterator[ReadRow]:
    """Read each product and each variation as an item; a variation is in the categories of its parent.

    A variation names its parent by SKU, or as ``id:`` and a number.
    """
    categories_of: dict[str, list[str]] = {}
    for row in rows:
        parent = row.first("parent") or ""
        categories = split_at_commas(row.first("categories")) or categories_of.get(parent, [])
        for key in (row.first("sku"), f"id:{row.first('id')}"):
            categories_of[key or ""] = categories
        yield read_item(
            row,
            row.first("sku", "name"),
            title=row.first("name"),
            url=row.first("external url"),
            image_url=next(iter(split_at_commas(row.first("images"))), None),
            price=row.number_in("sale price", "regular price"),
            categories=categories,
            in_stock=not row.says_no("published") and not row.says_no("in stock?"),
            attributes={
                "tags": split_at_commas(row.first("tags")),
                "stock": row.number_in("stock"),
            },
        )


WOOCOMMERCE = ProductExport(
    "WooCommerce", frozenset({"sku", "name", "regular price", "in stock?"}), read_woocommerce
)
