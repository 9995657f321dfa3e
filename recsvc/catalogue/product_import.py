"""A product export into the catalogue."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from recsvc.api.batches import Refused
from recsvc.api.item_schemas import read_entry
from recsvc.catalogue.item import Item
from recsvc.catalogue.platforms import PLATFORMS, ReadExport
from recsvc.catalogue.rows import Found, read_rows
from recsvc.errors import UnreadableExportError
from recsvc.store.store import Catalogue

BATCH = 1000
MAX_NAMED = 20
"""So many refused rows are told one by one; all are counted."""


@dataclass
class Imported:
    """What became of the rows of a file; every row is an item, or counted under a reason.

    Attributes:
        platform: what the file was recognised as.
        n_rows: rows of the file.
        n_items: distinct items that were stored.
        not_items: reason -> number of rows that are no item, as it should be.
        refused: number and reason of the first rows that are not as they should be; ``n_refused`` of all.
    """

    platform: str
    n_rows: int = 0
    n_items: int = 0
    not_items: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[int, str]] = field(default_factory=list)
    n_refused: int = 0


def import_products(path: Path, catalogue: Catalogue, updated_at_us: int) -> Imported:
    """Store the items of an export, replacing what was known of each.

    Raises UnreadableExportError where the file is no product export, StoreError when the database fails.
    """
    with read_rows(path) as (names, rows):
        platform, read = _recognised(path, names)
        imported = Imported(platform)
        seen: set[str] = set()
        items = _items(read(rows), imported, updated_at_us)
        while batch := list(islice(items, BATCH)):
            catalogue.put(list({item.item_id: item for item in batch}.values()))
            seen.update(item.item_id for item in batch)
        imported.n_items = len(seen)
    return imported


def _recognised(path: Path, names: frozenset[str]) -> tuple[str, ReadExport]:
    for platform, (needed, read) in PLATFORMS.items():
        if needed <= names:
            return platform, read
    known = "; ".join(f"{name}: {', '.join(sorted(needed))}" for name, (needed, _) in PLATFORMS.items())
    raise UnreadableExportError(f"{path} is no product export that is known, by these columns: {known}")


def _items(found: Iterable[Found], imported: Imported, updated_at_us: int) -> Iterator[Item]:
    for one in found:
        imported.n_rows += 1
        if one.item is None:
            imported.not_items[one.skipped] += 1
            continue
        entry = read_entry(one.item)
        if isinstance(entry, Refused):
            imported.n_refused += 1
            if len(imported.refused) < MAX_NAMED:
                imported.refused.append((one.number, entry.detail))
        else:
            yield entry.to_item(entry.item_id, updated_at_us)
