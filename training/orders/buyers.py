"""Who bought a line, and where a number occurs, as numbers."""

import polars as pl

from training.orders.typed_lines import TypedLines
from training.sources.raw_orders import encode


def buyer_numbers(typed: TypedLines) -> pl.Series:
    """Return a number for each row: the same for the same user, or without one for the same order; else null."""
    users, orders = typed.ids["user_id"].numbers(), typed.ids["order_id"]
    guests = users.is_null().arg_true()
    numbers = encode(orders.values.gather(orders.codes.gather(guests))).codes
    first = users.max()
    return users.scatter(guests, numbers + (first + 1 if isinstance(first, int) else 0))


def occurs(numbers: pl.Series, somewhere: pl.Series) -> pl.Series:
    """Return whether the number of each row is also that of a row in ``somewhere`` (Boolean); not without one."""
    chosen = numbers.filter(somewhere).drop_nulls()
    last = numbers.max()
    table = pl.repeat(value=False, n=last + 1 if isinstance(last, int) else 1, dtype=pl.Boolean, eager=True)
    return table.scatter(chosen, values=True).gather(numbers).fill_null(value=False)
