"""A table of a shop's own: names of columns propose what they are, and values decide."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from recsvc.catalogue.category_texts import path_of
from recsvc.catalogue.platforms.export import ProductExport, ReadRow, moment, read_item
from recsvc.catalogue.rows import ExportRow
from recsvc.catalogue.table_columns import UNIT_NAMES, TableColumns, normalised

MAX_ATTRIBUTES = 90
MAX_ATTRIBUTE_LENGTH = 1024


def read_plain_table(rows: Iterable[ExportRow], told: Mapping[str, str] | None = None) -> Iterator[ReadRow]:
    """Read each row as an item; columns that are no fields of an item are its attributes.

    ``told`` is what the shop says of its columns: field -> name of the column, in lower case.
    """
    columns = TableColumns.of(rows, told)
    for row in rows:
        yield _read(row, columns)


def _read(row: ExportRow, columns: TableColumns) -> ReadRow:
    of = columns.of_field
    title = row.title_in(*of("title"))
    item_id = row.first(*of("item_id"))
    if item_id is None and normalised(columns.columns.get("item_id", "")) in UNIT_NAMES:
        item_id = title  # as in orders
    stock = row.number_in(*of("stock"))
    is_sold_out = not of("in_stock") and isinstance(stock, float) and stock <= 0
    return read_item(
        row,
        item_id,
        title=title,
        url=row.link_in(*of("url")),
        image_url=_first_link(row, *of("image_url")),
        price=row.price_in(of("price"), of("sale_price"), of("sale_from"), of("sale_until")),
        categories=_categories(row, columns),
        in_stock=not row.says_no(*of("in_stock")) and not row.says_no(*of("is_offered")) and not is_sold_out,
        available_from=moment(row.moment_in(*of("available_from"))),
        available_until=moment(row.moment_in(*of("available_until"), is_end=True)),
        group_id=row.first(*of("group_id")) or (item_id if item_id in columns.groups else None),
        problem=row.unknown_word(*of("in_stock")) or row.unknown_word(*of("is_offered")),
        attributes={**_attributes(row, columns), "stock": stock},
    )


def _categories(row: ExportRow, columns: TableColumns) -> list[str]:
    if columns.levels:
        path = path_of(row.fields.get(name, "") for name in columns.levels)
        return [path] if path else []
    return columns.categories.read(row.first(*columns.of_field("categories")))


def _first_link(row: ExportRow, *names: str) -> str | None:
    """Return the first link of a cell that may hold several."""
    text = row.first(*names)
    if text is None:
        return None
    alone = ExportRow(row.number, {"link": text.replace("|", ",").split(",")[0].strip()})
    return row.link_in(*names) or alone.link_in("link")


def _attributes(row: ExportRow, columns: TableColumns) -> dict[str, Any]:
    found = {
        name: row.attribute_in(name)
        for name in columns.attributes
        if name in row.fields and len(row.fields[name]) <= MAX_ATTRIBUTE_LENGTH
    }
    return dict(list(found.items())[:MAX_ATTRIBUTES])


def plain_table(told: Mapping[str, str]) -> ProductExport:
    """Return what reads a table of which the shop says what some columns are."""
    return ProductExport("a table", frozenset(), partial(read_plain_table, told=told))


PLAIN_TABLE = ProductExport("a table", frozenset(), read_plain_table)
