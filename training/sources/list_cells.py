"""Cells that hold several items of an order, made into a row for each."""

from collections.abc import Mapping, Sequence

import polars as pl

from training.sources.aliases import ALIASES, LIST_ALIASES, normalise_name
from training.sources.cell_readers import (
    COUNTED,
    CountedCell,
    JsonCell,
    PairsCell,
    ParallelLists,
    Reader,
    keys_of_pairs,
    names_of_objects,
    scalars_of,
)
from training.sources.column_names import plain_alias
from training.sources.listed_values import LIST_LIKE, PHP
from training.sources.separated_cells import NEARLY_ALL, OF_ITEMS, SOME, separated_split, singular
from training.sources.split import Found, Split, unsplit
from training.sources.table_head import Column, TableHead

MOST_EXAMINED = 2000
ITEMS = frozenset(ALIASES["item_id"])
ITEM_COLUMNS = ITEMS - frozenset(LIST_ALIASES)
ITEM_NAMES = frozenset((*ALIASES["item_id"], *ALIASES["title"], "item", "id", "code"))


def find_split(head: TableHead, mapped: Mapping[str, int | None]) -> Found:
    """Find cells with several items, and how to split them, or what has to be asked."""
    if not head.rows.height:
        return None, []
    taken = {at for role, at in mapped.items() if role != "item_id"}
    free = [column for column in head.columns if column.position not in taken and len(column.filled)]
    said = mapped.get("item_id") is not None
    items = _item_columns(free, mapped.get("item_id"))
    whole = [one for one in items if one.alias in ITEM_COLUMNS and not _is_list(one)]
    candidates = [
        one for one in (items if said else free) if said or all(_apart(one, other) for other in whole)
    ]
    for found in (_list_split(head, candidates, said), _pairs_of_any(head, candidates)):
        if found is not None:
            return found
    serialised = [one for one in candidates if one.share(PHP) >= SOME]
    if serialised and not whole:
        return None, [unsplit(serialised[0], how=" that PHP has serialised, which is not read")]
    for column in items:
        split = _counted_split(head, column)
        if split is not None:
            return split, []
    for column in items:
        split, questions = separated_split(head, column, said_to_be_item="item_id" in mapped)
        if split is not None or questions:
            return split, questions
    return None, [unsplit(column) for column in items[:1] if _is_list(column)]


def _item_columns(columns: Sequence[Column], mapped: int | None) -> list[Column]:
    """Return the columns that may name items, best name first."""
    if mapped is not None:
        return [one for one in columns if one.position == mapped]
    rank = {alias: at for at, alias in enumerate((*ALIASES["item_id"], *LIST_ALIASES))}
    known = {one.position: one.alias if one.alias in rank else singular(one) for one in columns}
    named = [one for one in columns if known[one.position] in rank]
    # A thing with numbers may look like a date, but several of them are called things.
    named = [one for one in named if one.alias in LIST_ALIASES or not one.looks_like_dates]
    return sorted(named, key=lambda one: (one.alias not in rank, rank[known[one.position]]))


def _is_list(column: Column) -> bool:
    return column.share(LIST_LIKE) >= SOME


def _examined(column: Column) -> list[str]:
    return column.distinct.head(MOST_EXAMINED).to_list()


def _added(head: TableHead, column: Column, names: tuple[str, ...], reader: Reader) -> Split:
    first = len(head.names)
    return Split((column.position,), first, names, reader, tuple(range(first, first + len(names))))


def _apart(column: Column, other: Column) -> bool:
    """Return whether the one is blank where the other is filled, as in a table of several kinds of events."""
    beside = other.texts.filter(column.texts.is_not_null())
    return len(beside) > 0 and len(beside) - beside.null_count() < SOME * len(beside)


def _list_split(head: TableHead, columns: Sequence[Column], said: bool) -> Found | None:
    """Split the column with lists that are likeliest those of the items, with lists beside it that belong to them."""
    lists = [one for one in columns if one.share(LIST_LIKE) >= NEARLY_ALL]
    names = {one.position: names_of_objects(_examined(one)) for one in lists}
    ranked = sorted(lists, key=lambda one: -_likeliness(one, names[one.position]))
    for column in ranked:
        if names[column.position] == ("item",):
            if said or singular(column) in ITEMS or column.alias in LIST_ALIASES:
                return _parallel_split(head, column)
        elif column.alias in LIST_ALIASES and _is_map(names[column.position]):
            reader = JsonCell(names[column.position])
            return _added(head, column, tuple(map(_of_map, reader.names)), reader), []
        elif _likeliness(column, names[column.position]) > 0:
            reader = JsonCell(names[column.position])
            return _added(head, column, names[column.position], reader), []
    return None


def _is_map(names: Sequence[str]) -> bool:
    """Return whether the lists are those of Parquet's maps, here from the code of an item to what is known of it."""
    return (
        len(names) > 1 and names[0] == "key" and all(name.partition(".")[0] == "value" for name in names[1:])
    )


def _of_map(name: str) -> str:
    return {"key": "sku", "value": "quantity"}.get(name, name.removeprefix("value."))


def _likeliness(column: Column, names: Sequence[str]) -> int:
    """Return how likely lists of objects with these keys are the items of orders; 0 where they are something else."""
    aliases = {plain_alias(name) for name in names}
    is_named = column.alias in LIST_ALIASES
    names_item, counts = bool(aliases & ITEMS), bool(aliases.intersection(ALIASES["quantity"]))
    if not (names_item or (aliases & ITEM_NAMES and (is_named or counts))):
        return 0
    return 1 + 4 * is_named + 2 * names_item + counts


def _parallel_split(head: TableHead, column: Column) -> Found:
    """Split lists side by side, or ask where one of them has another length on some row."""
    others = [
        one
        for one in head.columns
        if one.position != column.position
        and singular(one) in OF_ITEMS
        and one.share(LIST_LIKE) >= NEARLY_ALL
    ]
    together = (column, *others)
    rows = pl.DataFrame({str(one.position): one.texts for one in together}).unique(maintain_order=True)
    lengths = [[len(scalars_of(cell) or ()) if cell else None for cell in row] for row in rows.iter_rows()]
    for at, other in enumerate(others, 1):
        if any(row[at] != row[0] and row[at] is not None for row in lengths):
            return None, [unsplit(column, how=f", and {other.name!r} has other numbers of values")]
    first = len(head.names)
    names = tuple(singular(one) if singular(one) in OF_ITEMS else "item" for one in together)
    positions = tuple(one.position for one in together)
    return Split(positions, first, names, ParallelLists(), tuple(range(first, first + len(names)))), []


def _pairs_of_any(head: TableHead, columns: Sequence[Column]) -> Found | None:
    for column in columns:
        split = _pairs_split(head, column)
        if split is not None:
            return split, []
    return None


def _pairs_split(head: TableHead, column: Column) -> Split | None:
    cells = _examined(column)
    names = keys_of_pairs(cells)
    if not any(normalise_name(name) in ITEM_NAMES for name in names):
        return None
    reader = PairsCell(names)
    readable = sum(reader((cell,)) is not None for cell in cells)
    return _added(head, column, names, reader) if readable >= NEARLY_ALL * len(cells) else None


def _counted_split(head: TableHead, column: Column) -> Split | None:
    cells = _examined(column)
    for pattern in COUNTED:
        reader = CountedCell(pattern)
        found = [reader((cell,)) for cell in cells]
        read = [items for items in found if items]
        if len(read) < NEARLY_ALL * len(cells):
            continue
        several = sum(len(items) > 1 for items in read) >= SOME * len(cells)
        n_names = len({item[0] for items in read for item in items})
        if several or n_names < NEARLY_ALL * len(read):
            first = len(head.names)
            return Split((column.position,), first, ("quantity",), reader, (column.position, first))
    return None
