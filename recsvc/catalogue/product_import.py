"""A product export into the catalogue."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from recsvc.catalogue.fields import Refused
from recsvc.catalogue.id_columns import IdChoice, called_by, chosen_ids, column_of_ids, id_columns, places_of
from recsvc.catalogue.item import Item
from recsvc.catalogue.item_schema import read_entry
from recsvc.catalogue.platforms import PRODUCT_EXPORTS
from recsvc.catalogue.platforms.export import ProductExport, ReadRow
from recsvc.catalogue.platforms.plain_table import plain_table
from recsvc.catalogue.rows import ExportTable, read_rows
from recsvc.catalogue.table_columns import PROPOSED, TableColumns, has_item_ids
from recsvc.errors import UnreadableExportError
from recsvc.identity.spelling import item_key

BATCH = 1000
MAX_NAMED = 20
"""So many refused rows are told one by one; all are counted."""

PutItems: TypeAlias = Callable[[Sequence[Item]], object]
"""Stores items of distinct ids, replacing what was known of each."""


@dataclass(frozen=True)
class Told:
    """What the shop says of a file of products.

    Attributes:
        columns: field of an item -> name of the column.
        encoding: of a file that is no UTF-8.
        decimal_mark: of numbers that can be read in two ways.
        bought: ids of items that were bought, which tell the column of ids from others.
        known: returns what is known of items, by id; a table without titles adds to it.
        max_named: so many refused rows are told one by one.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None
    decimal_mark: str | None = None
    bought: frozenset[str] = frozenset()
    known: Callable[[Collection[str]], Mapping[str, Item]] = field(default=lambda _item_ids: {})
    max_named: int = MAX_NAMED


NOTHING_TOLD = Told()


@dataclass
class Imported:
    """What became of the rows of a file; every row is an item, or counted under a reason.

    Attributes:
        platform: what the file was recognised as.
        id_column: the column by which items are called; None where ids are made of several.
        choice: why.
        columns: of a table of the shop's own, what each column was taken for: field -> column.
        n_rows: rows of the file.
        n_items: distinct items that were stored.
        not_items: reason -> number of rows that describe no item, as it should be.
        refused: number and reason of the first rows that are not as they should be; ``n_refused`` counts all.
    """

    platform: str
    id_column: str | None = None
    choice: IdChoice = field(default_factory=IdChoice)
    columns: Mapping[str, str] = field(default_factory=dict)
    n_rows: int = 0
    n_items: int = 0
    not_items: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[int, str]] = field(default_factory=list)
    n_refused: int = 0

    @property
    def adds(self) -> bool:
        """Whether it adds to what is known of its items, as a supplemental feed does: it is a table without titles."""
        return bool(self.columns) and "title" not in self.columns


def import_products(
    path: Path,
    put: PutItems,
    updated_at_us: int,
    exports: Sequence[ProductExport] = PRODUCT_EXPORTS,
    told: Told = NOTHING_TOLD,
) -> Imported:
    """Store the items of a product export.

    Args:
        path: of the file.
        put: stores items, a batch at a time.
        updated_at_us: when the shop said this of its items, in microseconds since 1970.
        exports: what the file may be; the first whose columns it has is taken.
        told: what the shop says of the file.

    Raises:
        UnreadableExportError: the file is no product export, or two columns may hold the ids.
    """
    with read_rows(path, encoding=told.encoding) as table:
        rows = table.with_notation(updated_at_us, told.decimal_mark)
        columns = told_columns(path, table.names, told.columns)
        export = recognised(path, table.names, exports, columns)
        choice = _choice(path, export, rows, columns, told.bought)
        imported = Imported(export.name, choice=choice)
        imported.id_column = choice.column or column_of_ids(rows, export.read(rows))
        if not export.columns:
            imported.columns = TableColumns.of(rows, columns).columns
        item_ids: set[str] = set()
        read = called_by(choice.column, rows, export.read(rows))
        items = _items(read, imported, updated_at_us, told.max_named)
        while batch := list(islice(items, BATCH)):
            if imported.adds:
                batch = _added(batch, told.known({item.item_id for item in batch}), imported.columns)
            put(list({item.item_id: item for item in batch}.values()))
            item_ids.update(item.item_id for item in batch)
        imported.n_items = len(item_ids)
    return imported


_SAID_BY: Mapping[str, frozenset[str]] = {
    "price": frozenset({"price", "sale_price"}),
    "in_stock": frozenset({"in_stock", "is_offered", "stock"}),
    "url": frozenset({"url"}),
    "image_url": frozenset({"image_url"}),
    "available_from_us": frozenset({"available_from"}),
    "available_until_us": frozenset({"available_until"}),
    "group_id": frozenset({"group_id"}),
}
"""Field of an item -> columns of a table that say it."""


def _added(items: Sequence[Item], known: Mapping[str, Item], columns: Mapping[str, str]) -> list[Item]:
    """Return the items with what was known of them, but for what ``columns`` say."""
    said = [name for name, sayers in _SAID_BY.items() if sayers & columns.keys()]
    added: dict[str, Item] = {}
    for item in items:
        before = added.get(item.item_id) or known.get(item.item_id)
        if before is not None:
            changes = {name: value for name in said if (value := getattr(item, name)) is not None}
            changes |= {"categories": item.categories} if item.categories else {}
            changes |= {"attributes": item.attributes, "updated_at_us": item.updated_at_us}
            item = replace(before.patched(changes), withdrawn=False)  # noqa: PLW2901 - the same item, completed
        added[item.item_id] = item
    return list(added.values())


def _choice(
    path: Path, export: ProductExport, rows: ExportTable, columns: Mapping[str, str], bought: frozenset[str]
) -> IdChoice:
    if "item_id" in columns:
        return IdChoice(columns["item_id"])
    if not bought:
        return IdChoice()
    keys = frozenset(map(item_key, bought))
    choice = chosen_ids(keys, places_of(keys, rows, export.read(rows), id_columns(rows.names)))
    if choice.rival is not None:
        usual = column_of_ids(rows, export.read(rows)) or "the usual ids"
        raise UnreadableExportError(
            f"{path}: {usual!r} and {choice.rival!r} both name what was bought, but other products: say "
            f"--column item_id={usual} or --column 'item_id={choice.rival}'"
        )
    return choice


def told_columns(path: Path, names: frozenset[str], told: Mapping[str, str]) -> dict[str, str]:
    """Return the columns that the shop names, as the file is read: field -> name in lower case.

    Raises UnreadableExportError for a field that items do not have, and for a column that the file does not have.
    """
    columns = {field_name: column.strip().lower() for field_name, column in told.items()}
    for field_name, column in columns.items():
        if field_name not in PROPOSED:
            raise UnreadableExportError(
                f"{field_name!r} is no field of an item: name one of {', '.join(PROPOSED)}"
            )
        if column not in names:
            raise UnreadableExportError(
                f"{path} has no column {column!r} for {field_name}; its columns are "
                f"{', '.join(sorted(names))[:400] or 'none'}"
            )
    return columns


def recognised(
    path: Path,
    names: frozenset[str],
    exports: Sequence[ProductExport],
    columns: Mapping[str, str] = MappingProxyType({}),
) -> ProductExport:
    """Return the first of ``exports`` whose columns are among ``names``; a table where ``columns`` says what is what.

    Raises UnreadableExportError where there is none, or where no column can hold the ids of items.
    """
    if columns.keys() - {"item_id"}:
        return plain_table(columns)
    if columns and not any(export.columns and export.columns <= names for export in exports):
        return plain_table(columns)
    for export in exports:
        if export.columns <= names and (export.columns or has_item_ids(names)):
            return export
    known = "; ".join(
        f"{export.name}: {', '.join(sorted(export.columns)) or 'a column with item ids, such as item_id or sku'}"
        for export in exports
    )
    raise UnreadableExportError(
        f"{path} is no product export that is known, by these columns: {known}; its columns are "
        f"{', '.join(sorted(names))[:400] or 'none'}"
    )


def _items(rows: Iterable[ReadRow], imported: Imported, updated_at_us: int, max_named: int) -> Iterator[Item]:
    for row in rows:
        imported.n_rows += 1
        if row.item is None and not row.problem:
            imported.not_items[row.skipped] += 1
            continue
        entry = Refused(row.problem) if row.problem else read_entry(row.item)
        if isinstance(entry, Refused):
            imported.n_refused += 1
            if len(imported.refused) < max_named:
                imported.refused.append((row.number, entry.detail))
        else:
            yield entry.to_item(entry.item_id, updated_at_us)
