"""Cells that hold several items of an order, made into a row for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from training.questions import Question, quoted
from training.sources.aliases import ALIASES, LIST_ALIASES, normalise_name
from training.sources.cell_readers import (
    COUNTED,
    MOST_ITEMS,
    CountedCell,
    Item,
    JsonCell,
    PairsCell,
    ParallelLists,
    Reader,
    SeparatedCells,
    keys_of_pairs,
    names_of_objects,
    scalars_of,
)
from training.sources.column_names import plain_alias
from training.sources.listed_values import LIST_LIKE, PHP
from training.sources.table_head import Column, TableHead

SEPARATORS = "|\n;, "
NEARLY_ALL = 0.9
SOME = 0.02
MOST_EXAMINED = 2000
PLAIN_CODE = r"^[\p{L}_.-]*\d[\w.-]*$"
OF_ITEMS = frozenset((*ALIASES["item_id"], *ALIASES["title"], *ALIASES["quantity"], *ALIASES["unit_price"]))
ITEMS = frozenset(ALIASES["item_id"])
ITEM_COLUMNS = ITEMS - frozenset(LIST_ALIASES)
ITEM_NAMES = frozenset((*ALIASES["item_id"], *ALIASES["title"], "item", "id", "code"))


@dataclass(frozen=True)
class Split:
    """How the cells of some columns are split.

    Attributes:
        positions: of the columns with several items in a cell.
        first_added: position of the first column that is added; the number of columns there are.
        added: names of the columns that are added.
        reader: reads the cells of a row; its items have a value for each column ``fills`` names.
        fills: positions that the values of an item fill, those of ``positions`` or added ones.
    """

    positions: tuple[int, ...]
    first_added: int
    added: tuple[str, ...]
    reader: Reader
    fills: tuple[int, ...]

    def applied_to(self, table: pl.DataFrame) -> pl.DataFrame:
        """Return a row for each item; a row whose cells cannot be read is malformed, one with blank cells stays."""
        cells = [f"column_{at}" for at in self.positions]
        filled = [f"column_{at}" for at in self.fills]
        distinct = table.select(cells).unique(maintain_order=True)
        items = [self._items(row) for row in distinct.iter_rows()]
        keys = distinct.rename({name: f"cell_{name}" for name in cells})
        values = {
            name: pl.Series(
                [[item[n] for item in one or self._nothing] for one in items], dtype=pl.List(pl.String)
            )
            for n, name in enumerate(filled)
        }
        unreadable = pl.Series([one is None for one in items], dtype=pl.Boolean)
        parts = keys.with_columns(unreadable.alias("unreadable"), **values).explode(filled)
        kept = table.rename({name: f"cell_{name}" for name in cells})
        kept = kept.drop([name for name in filled if name in kept.columns])
        joined = kept.join(
            parts, on=list(keys.columns), how="left", nulls_equal=True, maintain_order="left_right"
        )
        split = joined.with_columns((pl.col("malformed") | pl.col("unreadable")).alias("malformed"))
        # A column that is split stays whole for what else is read from it.
        whole = [pl.col(f"cell_{name}").alias(name) for name in cells if name not in filled]
        return split.with_columns(whole).drop("unreadable", *keys.columns)

    def head(self, head: TableHead) -> TableHead:
        """Return the head with a row for each item."""
        rows = head.rows.with_columns(pl.lit(value=False).alias("malformed"))
        return TableHead((*head.names, *self.added), self.applied_to(rows))

    def _items(self, cells: tuple[str | None, ...]) -> list[Item] | None:
        if all(cell is None or not cell.strip() for cell in cells):
            return self._nothing
        items = self.reader(cells)
        if items is None or len(items) > MOST_ITEMS:
            return None
        return items or self._nothing

    @property
    def _nothing(self) -> list[Item]:
        return [(None,) * len(self.fills)]


Found = tuple[Split | None, list[Question]]


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
        return None, [_unsplit(serialised[0], how=" that PHP has serialised, which is not read")]
    for column in items:
        split = _counted_split(head, column)
        if split is not None:
            return split, []
    for column in items:
        split, questions = _separated_split(head, column, said_to_be_item="item_id" in mapped)
        if split is not None or questions:
            return split, questions
    return None, [_unsplit(column) for column in items[:1] if _is_list(column)]


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
            return None, [_unsplit(column, how=f", and {other.name!r} has other numbers of values")]
    first = len(head.names)
    names = tuple(singular(one) if singular(one) in OF_ITEMS else "item" for one in together)
    positions = tuple(one.position for one in together)
    return Split(positions, first, names, ParallelLists(), tuple(range(first, first + len(names)))), []


def singular(column: Column) -> str:
    """Return the alias of one of what the column's name is the plural of, where that is known."""
    alias = column.alias
    forms = (alias, alias[:-1], alias[:-2], f"{alias[:-3]}y")
    return next((form for form in forms if form in OF_ITEMS), alias)


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


def _separated_split(head: TableHead, column: Column, said_to_be_item: bool) -> Found:
    for separator in SEPARATORS:
        several = column.distinct.filter(column.distinct.str.contains(separator, literal=True))
        if len(several) < max(3, SOME * len(column.distinct)):
            continue
        # Names have blanks as well, so that only codes are taken apart at them.
        if separator == " " and not _are_codes(several, separator):
            continue
        aligned = _aligned_with(head, column, separator)
        alone = _share_of_known_parts(column, several, separator)
        if not aligned and alone < 0.5:
            if not said_to_be_item and (alone >= SOME or _are_codes(several, separator)):
                return None, [_unsplit(column)]
            continue
        together = (column, *aligned)
        problem = _unaligned_quantity(head, together, separator)
        if problem is not None:
            return None, [_unsplit(column, problem)]
        return _separated(head, together, separator), []
    return None, []


def _separated(head: TableHead, together: Sequence[Column], separator: str) -> Split:
    """Return how to split the columns; those with a name in the plural fill new ones."""
    first = len(head.names)
    plural = [one for one in together if one.alias not in OF_ITEMS and singular(one) in OF_ITEMS]
    new = {one.position: first + n for n, one in enumerate(plural)}
    at = tuple(one.position for one in together)
    fills = tuple(new.get(position, position) for position in at)
    return Split(at, first, tuple(map(singular, plural)), SeparatedCells(separator), fills)


def _aligned_with(head: TableHead, column: Column, separator: str) -> list[Column]:
    """Return the other columns of items that have as many parts as this one, where it has several."""
    n_parts = column.texts.str.count_matches(separator, literal=True)
    rows = (n_parts > 0).fill_null(value=False)
    aligned = []
    for other in head.columns:
        if other.position == column.position or singular(other) not in OF_ITEMS or not len(other.filled):
            continue
        same = (other.texts.str.count_matches(separator, literal=True) == n_parts).filter(rows)
        if float(same.fill_null(value=False).sum()) >= NEARLY_ALL * int(rows.sum()):
            aligned.append(other)
    return aligned


def _share_of_known_parts(column: Column, several: pl.Series, separator: str) -> float:
    """Return the share of the cells with several parts whose parts all stand alone in other cells, 0 to 1."""
    alone = column.distinct.filter(~column.distinct.str.contains(separator, literal=True)).str.strip_chars()
    known = (
        several.str.split(separator)
        .list.eval(pl.element().str.strip_chars().is_in(alone.implode()))
        .list.all()
    )
    return float(known.sum()) / len(several)


def _are_codes(several: pl.Series, separator: str) -> bool:
    """Return whether the parts are codes that come again and again."""
    parts = several.str.split(separator).explode().str.strip_chars()
    codes = parts.str.contains(PLAIN_CODE).sum()
    return codes >= NEARLY_ALL * len(parts) and parts.n_unique() < 0.7 * len(parts)


def _unaligned_quantity(head: TableHead, together: Sequence[Column], separator: str) -> Column | None:
    """Return a column with the pieces of all items together, unless each item is one piece."""
    rank = frozenset(ALIASES["quantity"])
    taken = {one.position for one in together}
    if any(singular(one) in rank for one in together):
        return None
    n_parts = together[0].texts.str.count_matches(separator, literal=True) + 1
    for other in head.columns:
        if other.alias in rank and other.position not in taken and len(other.filled):
            differs = (other.numbers != n_parts).fill_null(value=False)
            if float(differs.sum()) > SOME * len(other.filled):
                return other
    return None


def _unsplit(column: Column, quantity: Column | None = None, how: str = "") -> Question:
    cells = column.distinct.filter(column.distinct.str.contains(r"[\[{|;,\n]"))
    why = f", and {quantity.name!r} does not say how many pieces of each" if quantity else how
    return Question(
        "several_items_in_a_cell",
        f"{column.name!r} seems to hold several items in a cell{why} ({quoted(cells.head(4).to_list())}).",
        "Export one row for each item of an order; if each cell is one item, say so: "
        f"--column item_id={column.name!r}.",
    )
