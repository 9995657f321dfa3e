"""The catalogue file of a shop: what each item is called and which categories it is in."""

from collections import Counter
from collections.abc import Sequence

import polars as pl

from recsvc.errors import TooLittleDataError, UnusableExportError
from recsvc.model.categories import paths_of, with_those_above
from training.history.catalogue import NO_CATALOGUE, ShopCatalogue
from training.sources.aliases import CATALOGUE_ALIASES, CATEGORY_LEVELS, STOCK_KEEPING_UNITS, normalise_name
from training.sources.columns import ColumnPlan, listed
from training.sources.files import read_table
from training.sources.identifiers import clean_ids, is_damaged_id, tidy_text


def read_catalogue(path: str) -> ShopCatalogue:
    """Read a catalogue file: CSV, TSV (.gz, .zst), Parquet or NDJSON with one row an item.

    Raises UnreadableSourceError, UnusableExportError (no column with item ids), TooLittleDataError (no usable row).
    """
    table, _ = read_table(path, lambda head: _plan(path, head.names), lambda rows: rows)
    rows = pl.concat(table.frames) if table.frames else pl.DataFrame({"malformed": []})
    catalogue = _catalogue_of(rows) if rows.height else NO_CATALOGUE
    if not catalogue.titles and not catalogue.categories:
        raise TooLittleDataError(f"{path} has no row with an item id and a title or a category")
    return catalogue


def _plan(path: str, names: Sequence[str]) -> ColumnPlan:
    """Find the columns by their names."""
    position_of: dict[str, int] = {}
    for position, name in enumerate(names):
        position_of.setdefault(normalise_name(name), position)
    found = {
        column: [position_of[alias] for alias in aliases if alias in position_of]
        for column, aliases in CATALOGUE_ALIASES.items()
    }
    if not found["item_id"]:
        raise UnusableExportError(
            f"{path} has no column with item ids, such as item_id or sku; the columns are {listed(names)}"
        )
    # As in orders, a blank SKU gives way to the title.
    is_sku = normalise_name(names[found["item_id"][0]]) in STOCK_KEEPING_UNITS
    sources = {"item_id": (found["item_id"][0], *(found["title"][:1] if is_sku else ()))}
    sources |= {"title": (found["title"][0],)} if found["title"] else {}
    levels = [position_of[name] for name in CATEGORY_LEVELS if name in position_of]
    for number, at in enumerate(levels if len(levels) > 1 else found["category"][:1] or levels, start=1):
        sources[f"category_{number}"] = (at,)
    return ColumnPlan("catalogue", tuple(names), sources)


def _catalogue_of(rows: pl.DataFrame) -> ShopCatalogue:
    ids = clean_ids(rows["item_id"])
    damaged = is_damaged_id(ids)
    levels = [tidy_text(rows[name]).fill_null("") for name in rows.columns if name.startswith("category_")]
    titles = tidy_text(rows["title"]) if "title" in rows.columns else pl.Series([None] * rows.height)
    refused: Counter[str] = Counter()
    named: dict[str, str] = {}
    categories: dict[str, tuple[str, ...]] = {}
    columns = zip(rows["malformed"], ids, damaged, titles, *levels, strict=True)
    for malformed, item_id, is_damaged, title, *texts in columns:
        problem = _problem(malformed, item_id, is_damaged)
        if problem or item_id in named or item_id in categories:
            refused[problem or "the item stands in an earlier row"] += 1
            continue
        paths = _categories_of(texts)
        named |= {item_id: title} if title else {}
        categories |= {item_id: paths} if paths else {}
        if not title and not paths:
            refused["the row has neither title nor category"] += 1
    return ShopCatalogue(named, categories, rows.height, dict(refused))


def _problem(malformed: bool, item_id: str | None, is_damaged: bool) -> str | None:
    if malformed:
        return "the row cannot be split into the columns of the header"
    if item_id is None:
        return "the row names no item"
    return "the item id was damaged by a spreadsheet" if is_damaged else None


def _categories_of(texts: Sequence[str]) -> tuple[str, ...]:
    """Return all categories of a row: several columns are the levels of one path, one may hold several paths."""
    if len(texts) > 1:
        return with_those_above([text for text in texts if text])
    return paths_of(texts[0]) if texts else ()
