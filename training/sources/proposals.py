"""The columns that may be one thing by their names, the likeliest first."""

from collections.abc import Callable, Collection, Iterable

from training.sources.table_head import Column, TableHead

MOSTLY_BLANK = 0.05
"""A column that is filled on a smaller share of the rows than the best filled one stands behind it."""
ITEM_LEVEL = frozenset({"item_id", "quantity", "unit_price", "title"})
"""Roles that the items in a cell fill, rather than the row around them."""


def proposed_by(head: TableHead, aliases: tuple[str, ...]) -> list[Column]:
    """Return the columns with one of the names, best name first; of one name the plain one, then the best filled."""
    rank = {alias: place for place, alias in enumerate(aliases)}
    found = [column for column in head.columns if column.alias in rank]
    return sorted(found, key=lambda one: (rank[one.alias], not one.has_plain_name, -len(one.filled)))


def named(head: TableHead, aliases: Collection[str]) -> list[Column]:
    """Return the columns with one of the names, in their order; those that are blank nearly everywhere come last."""
    return filled_first(column for column in head.columns if column.alias in aliases)


def of_level(role: str, columns: list[Column], added: Collection[int]) -> list[Column]:
    """Keep to the columns out of the cell for what belongs to an item, to the others for the order.

    A price or a quantity beside a cell with several items is that of the order.
    """
    if not added:
        return columns
    fits = [one for one in columns if (one.position in added) == (role in ITEM_LEVEL)]
    return fits if role in ITEM_LEVEL else fits or columns


def filled_first(columns: Iterable[Column]) -> list[Column]:
    """Move columns behind the others that are blank nearly everywhere."""
    kept = list(columns)
    most = max((len(one.filled) for one in kept), default=0)
    return sorted(kept, key=lambda one: len(one.filled) < MOSTLY_BLANK * most)


def first_that_fits(columns: list[Column], fits: Callable[[Column], bool]) -> list[Column]:
    """Return the first column that fits, else the first."""
    filled = filled_first(columns)
    return ([one for one in filled if fits(one)] or filled)[:1]
