"""Which column holds what the items are called."""

from collections.abc import Sequence

from training.sources.evidence import one_to_one, share_with_several
from training.sources.proposals import filled_first
from training.sources.table_head import FEWEST_ROWS, Column

UNSURE = 0.5
FEW = 0.02
WORDS = r"\p{L}{2,}\S*\s+\S"


def title_columns(
    proposed: Sequence[Column], items: Sequence[Column], orders: Sequence[Column], free: Sequence[Column]
) -> list[Column]:
    """Return the column called like a title, else the only one with words that has one text for each item."""
    telling = sorted(filled_first(proposed), key=lambda one: says_the_same(one, items))
    fits = [one for one in telling if not names_the_order(one, items, orders)]
    if fits or not items:
        return fits[:1]
    titles = [one for one in free if one.share(WORDS) >= UNSURE and not one.looks_like_dates]
    titles = [one for one in titles if one_to_one(items[0], one)]
    return titles if len(titles) == 1 else []


def says_the_same(column: Column, items: Sequence[Column]) -> bool:
    """Return whether the text is the same for several items: the name of the shop, or of who exported the file.

    Only the first rows are seen, so that such a column comes behind others and is not left out.
    """
    several = bool(items) and items[0] is not column and len(items[0].distinct) > 1
    return several and len(column.filled) >= FEWEST_ROWS and len(column.distinct) == 1


def names_the_order(column: Column, items: Sequence[Column], orders: Sequence[Column]) -> bool:
    """Return whether the text is the same in all lines of an order and differs within an item."""
    if not items or not orders or column in items or not len(column.filled):
        return False
    of_items = share_with_several(items[0], column, FEWEST_ROWS) > UNSURE
    return of_items and share_with_several(orders[0], column, FEWEST_ROWS) <= FEW
