"""Which columns are the quantity and the price, by their names and by how they multiply."""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import islice

import polars as pl

from training.questions import Question, quoted
from training.sources.aliases import LINE_PRICE_ALIASES
from training.sources.evidence import (
    is_product_of,
    numbers_lines,
    price_grows_with_quantity,
    share_with_several,
)
from training.sources.proposals import first_that_fits, proposed_by
from training.sources.table_head import FEWEST_ROWS, Column, TableHead

PIECES = r"^[+-]?\d{1,4}(?:[.,]0+)?$"
MOST_PIECES = 1000
MOST_TRIED = 6
"""Of more columns that may be one thing only the first are tried: a table may have hundreds of amounts."""

OFTEN_ONE = 0.3
UNSURE = 0.5
VARIES = 0.3
AMOUNT = r"\d[.,]\d{1,4}\D*$|^\p{Sc}\s?\d|\d\s?\p{Sc}$"
LIST = r"^[\[({]"
ID_NAME = re.compile(r"(?:^|[_. -])(?i:id|key|code|type|class)$|(?<=[a-z])(?:Id|ID|Key|Code|Type)$")
"""How the name of an id or a kind ends."""
Proposed = Mapping[str, Sequence[Column]]
Ask = Callable[[Question], None]


def named_quantities(proposed: Sequence[Column]) -> list[Column]:
    """Return the column called like a quantity."""
    return first_that_fits(list(proposed), lambda one: one.looks_like_numbers)


def named_prices(head: TableHead, proposed: Sequence[Column], mapped: bool) -> list[Column]:
    """Return the column called like a price of one piece, else those called like one of the line, best first."""
    prices = first_that_fits(list(proposed), lambda one: one.looks_like_numbers)
    if prices or mapped:
        return prices
    return [one for one in proposed_by(head, LINE_PRICE_ALIASES) if one.looks_like_numbers]


def quantities_by_values(
    free: Sequence[Column],
    items: Sequence[Column],
    orders: Sequence[Column],
    prices: Sequence[Column],
    ask: Ask,
) -> list[Column]:
    """Return the column that the price grows with, whatever it is called, and say so; ask where no price shows it."""
    fitting = (one for one in free if items and _may_be_pieces(one, items[0], orders))
    candidates = list(islice(fitting, MOST_TRIED))
    if not candidates:
        return []
    amounts = list(islice(filter(_may_be_price, free), 2 * MOST_TRIED))
    for column in candidates:
        for price in list(prices or amounts)[:MOST_TRIED]:
            multiplies = any(is_product_of(total, column, price) for total in amounts if total is not price)
            if multiplies or price_grows_with_quantity(items[0], column, price):
                text = f"{column.name!r} ({_values(column)}) is taken for the quantity: prices grow with it."
                remedy = "If it is another one: --column quantity=… (empty for one piece a row)."
                ask(Question("quantity_by_values", text, remedy, stops=False))
                return [column]
    # What no price shows has to look more like pieces: mostly one, and not an id of something else.
    likely = [one for one in candidates if _is_often_one(one) and not ID_NAME.search(one.name)]
    if not likely:
        return []
    text = f"{likely[0].name!r} looks like a quantity ({_values(likely[0])}) and is not used."
    remedy = f"Say so: --column quantity={likely[0].name!r}, or --column quantity= if there is none."
    ask(Question("unused_column", text, remedy))
    return []


def prices_by_values(
    free: Sequence[Column], items: Sequence[Column], quantities: Sequence[Column], ask: Ask
) -> list[Column]:
    """Return the column that times the quantity is another one, and say so; else name what looks like a price."""
    amounts = list(islice(filter(_may_be_price, free), 4 * MOST_TRIED))
    for column in amounts[:MOST_TRIED] if quantities else ():
        totals = (one for one in amounts[: 2 * MOST_TRIED] if one is not column)
        if any(is_product_of(one, quantities[0], column) for one in totals):
            text = f"{column.name!r} ({_values(column)}) is taken for the price: the quantity times it is a column too."
            ask(
                Question("price_by_values", text, "If it is another one: --column unit_price=….", stops=False)
            )
            return [column]
    steady = [one for one in amounts if items and _is_steady(one, items[0], quantities)]
    called_so = [one for one in steady if one.alias in LINE_PRICE_ALIASES]
    if called_so:
        return called_so[:1]
    if steady:
        text = f"{steady[0].name!r} looks like a price ({_values(steady[0])}) and is not used."
        remedy = f"Say so: --column unit_price={steady[0].name!r}, or --column unit_price= if there is none."
        ask(Question("unused_column", text, remedy, stops=False))
    return []


def is_of_line(price: Column, item: Column, quantities: Sequence[Column], orders: Sequence[Column]) -> bool:
    """Return whether an amount is that of its line: it grows with the pieces, or else differs within orders."""
    if quantities:
        return price_grows_with_quantity(item, quantities[0], price)
    return bool(orders) and share_with_several(orders[0], price, FEWEST_ROWS) > UNSURE


def _values(column: Column) -> str:
    return quoted(column.distinct.head(4).to_list())


def _may_be_pieces(column: Column, items: Column, orders: Sequence[Column]) -> bool:
    """Return whether the numbers are whole and small, and vary within an item and within an order."""
    if len(column.filled) < FEWEST_ROWS or len(column.distinct) < 2 or column.share(PIECES) < 1:
        return False
    numbers = column.numbers.drop_nulls()
    largest = numbers.abs().max()
    if not isinstance(largest, float) or largest > MOST_PIECES or bool((numbers == 0).any()):
        return False
    if any(numbers_lines(column, order) for order in orders[:1]):
        return False
    owners = (items, *orders[:1])
    return all(share_with_several(owner, column, FEWEST_ROWS) >= VARIES for owner in owners)


def _is_often_one(column: Column) -> bool:
    numbers = column.numbers.drop_nulls()
    return float((numbers == 1).sum()) >= OFTEN_ONE * len(numbers)


def _may_be_price(column: Column) -> bool:
    is_number = column.looks_like_numbers and not column.looks_like_dates and column.share(LIST) < 0.1
    return is_number and column.share(AMOUNT) >= 0.5


def _is_steady(column: Column, items: Column, quantities: Sequence[Column]) -> bool:
    """Return whether an item nearly always has one number here, or one that grows with the pieces."""
    if quantities and price_grows_with_quantity(items, quantities[0], column):
        return True
    rows = pl.DataFrame({"item": items.texts, "price": column.texts}).drop_nulls()
    if len(column.distinct) < 5 or rows.height < FEWEST_ROWS:
        return False
    most = rows.group_by("item").agg(pl.col("price").value_counts().struct.field("count").max().alias("most"))
    return bool(most["most"].sum() >= 0.8 * rows.height)
