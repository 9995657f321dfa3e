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
    Reader,
    SeparatedCells,
    keys_of_pairs,
    names_of_objects,
)
from training.sources.table_head import Column, TableHead

SEPARATORS = "|\n;, "
NEARLY_ALL = 0.9
SOME = 0.02
MOST_EXAMINED = 2000
JSON_LIKE = r"^\s*(?:\[\s*[\[{\"\d-]|\{\s*\")"
PLAIN_CODE = r"^[\p{L}_.-]*\d[\w.-]*$"
OF_ITEMS = frozenset((*ALIASES["item_id"], *ALIASES["title"], *ALIASES["quantity"], *ALIASES["unit_price"]))
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
    items = _item_columns(free, mapped.get("item_id"))
    whole = [one for one in items if one.alias not in LIST_ALIASES and not _is_list(one)]
    if not whole or mapped.get("item_id") is not None:
        for column in items if mapped.get("item_id") is not None else free:
            split = _json_split(head, column) or _pairs_split(head, column)
            if split is not None:
                return split, []
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
    named = [one for one in columns if one.alias in rank and not one.looks_like_dates]
    return sorted(named, key=lambda one: rank[one.alias])


def _is_list(column: Column) -> bool:
    return column.share(JSON_LIKE) >= SOME


def _examined(column: Column) -> list[str]:
    return column.distinct.head(MOST_EXAMINED).to_list()


def _added(head: TableHead, column: Column, names: tuple[str, ...], reader: Reader) -> Split:
    first = len(head.names)
    return Split((column.position,), first, names, reader, tuple(range(first, first + len(names))))


def _json_split(head: TableHead, column: Column) -> Split | None:
    if column.share(JSON_LIKE) < NEARLY_ALL:
        return None
    names = names_of_objects(_examined(column))
    names_items = any(normalise_name(name) in ITEM_NAMES for name in names)
    return _added(head, column, names, JsonCell(names)) if names_items else None


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
        at = tuple(one.position for one in together)
        return Split(at, len(head.names), (), SeparatedCells(separator), at), []
    return None, []


def _aligned_with(head: TableHead, column: Column, separator: str) -> list[Column]:
    """Return the other columns of items that have as many parts as this one, where it has several."""
    n_parts = column.texts.str.count_matches(separator, literal=True)
    rows = (n_parts > 0).fill_null(value=False)
    aligned = []
    for other in head.columns:
        if other.position == column.position or other.alias not in OF_ITEMS or not len(other.filled):
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
    if any(one.alias in rank for one in together):
        return None
    n_parts = together[0].texts.str.count_matches(separator, literal=True) + 1
    for other in head.columns:
        if other.alias in rank and other.position not in taken and len(other.filled):
            differs = (other.numbers != n_parts).fill_null(value=False)
            if float(differs.sum()) > SOME * len(other.filled):
                return other
    return None


def _unsplit(column: Column, quantity: Column | None = None) -> Question:
    cells = column.distinct.filter(column.distinct.str.contains(r"[\[{|;,\n]"))
    why = f", and {quantity.name!r} does not say how many pieces of each" if quantity else ""
    return Question(
        "several_items_in_a_cell",
        f"{column.name!r} seems to hold several items in a cell{why} ({quoted(cells.head(4).to_list())}).",
        "Export one row for each item of an order; if each cell is one item, say so: "
        f"--column item_id={column.name!r}.",
    )
