"""BigCommerce's product export, whose variants follow their product as rows of SKUs."""

import re
from collections.abc import Iterable, Iterator

from recsvc.catalogue.category_texts import CategoryTexts
from recsvc.catalogue.platforms.export import ProductExport, ReadRow, read_item
from recsvc.catalogue.rows import ExportRow

ONLY_A_RULE = "a rule or a picture of the product above"

_PATHS = CategoryTexts(";", "/")
_SKU = ("product code/sku", "code", "product sku")
_OPTION = re.compile(r"(?:\[[^\]]*\])?([^=,\[\]]+)=([^,]+)")


def read_bigcommerce(rows: Iterable[ExportRow]) -> Iterator[ReadRow]:
    """Read each product and each of its variants as an item; a variant is called by its SKU."""
    product = ExportRow(0, {})
    for row in rows:
        kind = (row.first("item type") or "product").lower()
        if kind == "product":
            product = row
            yield _read(row, row, {})
        elif kind in ("sku", "variant"):
            yield _read(product, row, _options(row.first("product name", "name")))
        else:
            yield ReadRow(row.number, skipped=ONLY_A_RULE)


def _read(product: ExportRow, row: ExportRow, options: dict[str, str]) -> ReadRow:
    tracked = (product.first("track inventory") or "none").lower()
    stock = (
        row.number_in("current stock level", "stock level") if tracked not in ("none", "no", "0") else None
    )
    sku, name = row.first(*_SKU), product.title_in("product name", "name")
    is_sold_out = isinstance(stock, float) and stock <= 0 and (row is not product or "option" not in tracked)
    return read_item(
        row,
        sku or (name if row is product else None),
        title=name,
        url=product.link_in("product url"),
        image_url=row.link_in("product image file - 1", "product image url - 1")
        or product.link_in("product image file - 1", "product image url - 1"),
        price=row.price_in(["price"], ["sale price"], (), ())
        or product.price_in(["price"], ["sale price"], (), ()),
        categories=_PATHS.read(product.first("category", "category string")),
        in_stock=not is_sold_out
        and not any(
            one.says_no("product visible?", "product visible")
            or one.says_no("allow purchases?", "allow purchases")
            for one in (product, row)
        ),
        group_id=product.first(*_SKU) or product.first("product id"),
        attributes={"brand": product.first("brand name", "brand"), "stock": stock, **options},
    )


def _options(text: str | None) -> dict[str, str]:
    """Return the options of a variant, which its row writes as ``[S]Size=L,[RB]Colour=Red``."""
    return {name.strip().lower(): value.strip() for name, value in _OPTION.findall(text or "")}


BIGCOMMERCE = ProductExport(
    "BigCommerce", frozenset({"product name", "product code/sku", "product visible?"}), read_bigcommerce
)
