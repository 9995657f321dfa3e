"""Cells whose items stand between separators, alone or beside other columns with as many parts."""

from collections.abc import Sequence

import polars as pl

from training.sources.aliases import ALIASES
from training.sources.cell_readers import SeparatedCells
from training.sources.split import Found, Split, unsplit
from training.sources.table_head import Column, TableHead

SEPARATORS = "|\n;, "
NEARLY_ALL = 0.9
SOME = 0.02
PLAIN_CODE = r"^[\p{L}_.-]*\d[\w.-]*$"
OF_ITEMS = frozenset((*ALIASES["item_id"], *ALIASES["title"], *ALIASES["quantity"], *ALIASES["unit_price"]))


def separated_split(head: TableHead, column: Column, said_to_be_item: bool) -> Found:
    """Find the separator that takes the cells of a column apart, and what goes with it, or what has to be asked."""
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
                return None, [unsplit(column)]
            continue
        together = (column, *aligned)
        problem = _unaligned_quantity(head, together, separator)
        if problem is not None:
            return None, [unsplit(column, problem)]
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


def singular(column: Column) -> str:
    """Return the alias of one of what the column's name is the plural of, where that is known."""
    alias = column.alias
    forms = (alias, alias[:-1], alias[:-2], f"{alias[:-3]}y")
    return next((form for form in forms if form in OF_ITEMS), alias)
