"""A table of a shop's own, whose columns are called as ``/v1/items`` calls the fields."""

from collections.abc import Iterable, Iterator

from recsvc.catalogue.platforms.export import ProductExport, ReadRow, read_item, split_at_commas
from recsvc.catalogue.rows import ExportRow

_FIELDS = ("item_id", "title", "url", "image_url", "price", "categories", "in_stock")


def read_plain_table(rows: Iterable[ExportRow]) -> Iterator[ReadRow]:
    """Read each row as an item; columns that are no fields of an item are its attributes."""
    for row in rows:
        yield read_item(
            row,
            row.first("item_id"),
            title=row.first("title"),
            url=row.first("url"),
            image_url=row.first("image_url"),
            price=row.number_in("price"),
            categories=split_at_commas(row.first("categories")),
            in_stock=not row.says_no("in_stock"),
            attributes={name: row.number_in(name) for name in row.fields if name not in _FIELDS},
        )


PLAIN_TABLE = ProductExport("a table", frozenset({"item_id"}), read_plain_table)
