"""Magento 2's product export."""

from collections.abc import Iterable, Iterator

from recsvc.catalogue.platforms.export import ProductExport, ReadRow, read_item, split_at_commas
from recsvc.catalogue.rows import ExportRow

_ROOT = "default category"
"""Magento's own root, which shoppers never see."""


def read_magento(rows: Iterable[ExportRow]) -> Iterator[ReadRow]:
    """Read each product as an item; slashes separate the levels of a category."""
    for row in rows:
        key = row.first("url_key")
        paths = (_category_path(text) for text in split_at_commas(row.first("categories")))
        yield read_item(
            row,
            row.first("sku"),
            title=row.first("name"),
            url=f"/{key}.html" if key else None,
            image_url=row.first("base_image"),
            price=row.number_in("special_price", "price"),
            categories=[path for path in paths if path],
            in_stock=_is_offered(row) and not row.says_no("is_in_stock"),
            attributes={"stock": row.number_in("qty")},
        )


def _is_offered(row: ExportRow) -> bool:
    is_listed = (row.first("visibility") or "").lower() != "not visible individually"
    return is_listed and (row.first("product_online") or "1") == "1"


def _category_path(text: str) -> str:
    levels = [level.strip() for level in text.split("/") if level.strip()]
    return " > ".join(levels[1:] if levels and levels[0].lower() == _ROOT else levels)


MAGENTO = ProductExport("Magento 2", frozenset({"sku", "attribute_set_code", "url_key"}), read_magento)
