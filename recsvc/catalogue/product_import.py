"""A product export into the catalogue."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from recsvc.catalogue.fields import Refused
from recsvc.catalogue.item import Item
from recsvc.catalogue.item_schema import read_entry
from recsvc.catalogue.platforms import PRODUCT_EXPORTS
from recsvc.catalogue.platforms.export import ProductExport, ReadRow
from recsvc.catalogue.rows import read_rows
from recsvc.catalogue.table_columns import has_item_ids
from recsvc.errors import UnreadableExportError

BATCH = 1000
MAX_NAMED = 20
"""So many refused rows are told one by one; all are counted."""

PutItems: TypeAlias = Callable[[Sequence[Item]], object]
"""Stores items of distinct ids, replacing what was known of each."""


@dataclass
class Imported:
    """What became of the rows of a file; every row is an item, or counted under a reason.

    Attributes:
        platform: what the file was recognised as.
        n_rows: rows of the file.
        n_items: distinct items that were stored.
        not_items: reason -> number of rows that describe no item, as it should be.
        refused: number and reason of the first rows that are not as they should be; ``n_refused`` counts all.
    """

    platform: str
    n_rows: int = 0
    n_items: int = 0
    not_items: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[int, str]] = field(default_factory=list)
    n_refused: int = 0


def import_products(
    path: Path,
    put: PutItems,
    updated_at_us: int,
    exports: Sequence[ProductExport] = PRODUCT_EXPORTS,
) -> Imported:
    """Store the items of a product export.

    Args:
        path: of the file.
        put: stores items, a batch at a time.
        updated_at_us: when the shop said this of its items, in microseconds since 1970.
        exports: what the file may be; the first whose columns it has is taken.

    Raises:
        UnreadableExportError: the file is no product export.
    """
    with read_rows(path) as table:
        export = recognised(path, table.names, exports)
        imported = Imported(export.name)
        item_ids: set[str] = set()
        items = _items(export.read(table.with_notation(updated_at_us)), imported, updated_at_us)
        while batch := list(islice(items, BATCH)):
            put(list({item.item_id: item for item in batch}.values()))
            item_ids.update(item.item_id for item in batch)
        imported.n_items = len(item_ids)
    return imported


def recognised(path: Path, names: frozenset[str], exports: Sequence[ProductExport]) -> ProductExport:
    """Return the first of ``exports`` whose columns are among ``names``.

    Raises UnreadableExportError where there is none, or where no column can hold the ids of items.
    """
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


def _items(rows: Iterable[ReadRow], imported: Imported, updated_at_us: int) -> Iterator[Item]:
    for row in rows:
        imported.n_rows += 1
        if row.item is None and not row.problem:
            imported.not_items[row.skipped] += 1
            continue
        entry = Refused(row.problem) if row.problem else read_entry(row.item)
        if isinstance(entry, Refused):
            imported.n_refused += 1
            if len(imported.refused) < MAX_NAMED:
                imported.refused.append((row.number, entry.detail))
        else:
            yield entry.to_item(entry.item_id, updated_at_us)
