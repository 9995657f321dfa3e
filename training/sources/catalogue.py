"""The catalogue file of a shop: what each item is called and which categories it is in."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from recsvc.catalogue.id_columns import USUAL, called_by, id_columns
from recsvc.catalogue.item import words_in
from recsvc.catalogue.platforms import PRODUCT_EXPORTS
from recsvc.catalogue.platforms.export import NO_ID, NOT_WHOLE, ReadRow
from recsvc.catalogue.product_import import NOTHING_TOLD, Told, recognised, told_columns
from recsvc.catalogue.rows import ExportRow, ExportTable, read_rows
from recsvc.catalogue.values import Notation
from recsvc.errors import (
    TooLittleDataError,
    UnreadableExportError,
    UnreadableSourceError,
    UnusableExportError,
)
from recsvc.model.categories import paths_of
from training.history.catalogue import NO_CATALOGUE, ShopCatalogue
from training.sources.content import (
    HEAD_BYTES,
    decompress,
    is_parquet,
    open_binary,
    refuse_what_holds_no_items,
)
from training.sources.identifiers import clean_ids, is_damaged_id, tidy_text
from training.sources.parquet import as_text

NO_ITEM = "the row names no item"
DAMAGED = "the item id was damaged by a spreadsheet"
TWICE = "the item stands in an earlier row"
NOTHING_SAID = "the row has neither title nor category"


def read_catalogue(path: str, told: Told = NOTHING_TOLD) -> ShopCatalogue:
    """Read a catalogue file: the product export of a platform, a feed, or a table with one row an item.

    ``told`` is what the shop says of it. Raises UnreadableSourceError, UnusableExportError (no column with item ids, or
    none of a name that was told), TooLittleDataError (no usable row).
    """
    catalogue = _catalogue_of(_read(path, told))
    if not catalogue.titles and not catalogue.categories:
        raise TooLittleDataError(f"{path} has no row with an item id and a title or a category")
    return catalogue


def _read(path: str, told: Told) -> "_ReadFile":
    if is_parquet(path):
        return _rows_of(path, _parquet(path), told)
    try:
        refuse_what_holds_no_items(path, next(_blocks(path), b"")[:HEAD_BYTES])
        with read_rows(Path(path), lambda: _blocks(path), told.encoding) as table:
            return _rows_of(path, table, told)
    except (UnreadableExportError, EOFError) as error:
        raise UnreadableSourceError(str(error) or f"{path} ends early") from error


@dataclass(frozen=True)
class _ReadFile:
    """What the rows of a file say, and for each column that may hold ids its texts, one for each row."""

    rows: list[ReadRow]
    ids: dict[str, list[str | None]]
    id_column: str


def _rows_of(path: str, table: ExportTable, told: Told) -> _ReadFile:
    try:
        columns = told_columns(Path(path), table.names, told.columns)
        export = recognised(Path(path), table.names, PRODUCT_EXPORTS, columns)
    except UnreadableExportError as error:
        raise UnusableExportError(str(error)) from error
    rows, id_column = table.with_notation(0, told.decimal_mark), columns.get("item_id", USUAL)
    ids: dict[str, list[str | None]] = {name: [] for name in id_columns(table.names) if not id_column}
    for row in rows if ids else ():
        for name, texts in ids.items():
            texts.append(row.fields.get(name))
    return _ReadFile(list(called_by(id_column, rows, export.read(rows))), ids, id_column)


def _blocks(path: str) -> Iterator[bytes]:
    """Yield the content of a file, packed with gzip or zstd or not."""
    with open_binary(path) as file:
        head = file.read(HEAD_BYTES)
        file.seek(0)
        yield from decompress(file, head)


def _parquet(path: str) -> ExportTable:
    """Return the rows of a Parquet file, as text."""
    try:
        content = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as exc:
        raise UnreadableSourceError(f"{path} is a damaged Parquet file; write or download it again") from exc
    text = content.select(
        as_text(column).alias(column.name.strip().lower()) for column in content.get_columns()
    )

    def rows(notation: Notation) -> Iterator[ExportRow]:
        for number, row in enumerate(text.iter_rows(named=True), start=1):
            said = {name: value.strip() for name, value in row.items() if value and value.strip()}
            yield ExportRow(number, said, notation)

    return ExportTable(frozenset(text.columns), rows)


def _catalogue_of(file: _ReadFile) -> ShopCatalogue:
    rows = file.rows
    if not rows:
        return NO_CATALOGUE
    said = [row.item or {} for row in rows]
    ids = clean_ids(pl.Series([item.get("item_id") for item in said], dtype=pl.String))
    damaged = is_damaged_id(ids)
    titles = tidy_text(pl.Series([item.get("title") for item in said], dtype=pl.String))
    refused: Counter[str] = Counter()
    named: dict[str, str] = {}
    categories: dict[str, tuple[str, ...]] = {}
    groups: dict[str, str] = {}
    texts: dict[str, str] = {}
    for row, item, item_id, is_damaged, title in zip(rows, said, ids, damaged, titles, strict=True):
        problem = _problem(row, item_id, is_damaged)
        if problem or item_id in named or item_id in categories:
            refused[problem or TWICE] += 1
            continue
        paths = tuple(dict.fromkeys(path for text in item.get("categories", ()) for path in paths_of(text)))
        named |= {item_id: title} if title else {}
        categories |= {item_id: paths} if paths else {}
        groups |= {item_id: item["group_id"]} if item.get("group_id") else {}
        if text := words_in(item.get("attributes", {})):
            texts[item_id] = text
        if not title and not paths:
            refused[NOTHING_SAID] += 1
    others = {
        name: {
            text: item_id for text, item_id in zip(texts, ids, strict=True) if text and item_id is not None
        }
        for name, texts in file.ids.items()
    }
    return ShopCatalogue(named, categories, len(rows), dict(refused), others, groups, file.id_column, texts)


def _problem(row: ReadRow, item_id: str | None, is_damaged: bool) -> str | None:
    if row.item is None and row.problem == NOT_WHOLE:
        return NOT_WHOLE
    if item_id is None:
        return row.skipped if row.skipped and row.skipped != NO_ID else NO_ITEM
    return DAMAGED if is_damaged else None
