"""Shopware 6's product export, by its default profile, in the names of either case."""

from collections.abc import Iterable, Iterator

from recsvc.catalogue.category_texts import CategoryTexts
from recsvc.catalogue.platforms.export import ProductExport, ReadRow, read_item
from recsvc.catalogue.rows import ExportRow

_NUMBER, _PARENT = ("product_number", "productnumber"), ("parent_id", "parentid")
_NAME = ("name", "translations.default.name")
_GROSS, _NET = ("price_gross", "price.default.gross"), ("price_net", "price.default.net")
_IMAGE = ("cover_media_url", "cover.media.url", "cover_url")
_IS_ID = 32
"""So many hexadecimal digits are one of Shopware's keys, which says nothing to a person."""


def read_shopware(rows: Iterable[ExportRow]) -> Iterator[ReadRow]:
    """Read each product and each variant as an item; what a variant leaves blank is said of its parent."""
    parents = {key: row for row in rows if (key := row.first("id")) and not row.first(*_PARENT)}
    families = {row.first(*_PARENT) for row in rows}
    texts = CategoryTexts.of(filter(None, (row.first("categories") for row in parents.values())))
    for row in rows:
        key = row.first(*_PARENT) or row.first("id") or ""
        parent = parents.get(key)
        both = ExportRow(
            row.number, {**(parent.fields if parent else {}), **row.fields}, row.notation, row.is_whole
        )
        stock = row.number_in("stock", "available_stock", "availablestock")
        is_closeout = both.first("is_closeout", "iscloseout") is not None and not both.says_no(
            "is_closeout", "iscloseout"
        )
        names = [name for name in texts.read(both.first("categories")) if not _is_key(name)]
        yield read_item(
            row,
            row.first(*_NUMBER),
            title=both.title_in(*_NAME),
            image_url=both.link_in(*_IMAGE),
            price=both.number_in(*_GROSS, *_NET),
            categories=names,
            in_stock=not both.says_no("active")
            and not (is_closeout and isinstance(stock, float) and stock <= 0),
            group_id=(parent.first(*_NUMBER) if parent else key) if key in families else None,
            problem=both.unknown_word("active"),
            attributes={
                "brand": both.first("manufacturer_name", "manufacturer.translations.default.name"),
                "stock": stock,
            },
        )


def _is_key(text: str) -> bool:
    return len(text) == _IS_ID and all(letter in "0123456789abcdef" for letter in text)


SHOPWARE = ProductExport("Shopware 6", frozenset({"product_number", "active", "stock"}), read_shopware)
SHOPWARE_DOTTED = ProductExport(
    "Shopware 6 (API names)", frozenset({"productnumber", "active", "stock"}), read_shopware
)
