"""Returns and cancellations, taken back from the purchases they undo."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import polars as pl

EARLIEST, LATEST = -(2**62), 2**62


@dataclass(frozen=True)
class NettedReturns:
    """What is left of the purchases.

    `remaining` has `line` (UInt32) and `quantity` (Float64) of each purchase that a return touched;
    `n_unmatched` returns found no purchase at all to undo.
    """

    remaining: pl.DataFrame
    n_unmatched: int


def net_returns(lines: pl.DataFrame) -> NettedReturns:
    """Net each return with earlier purchases of the same key, the latest first.

    `lines` has `line` (UInt32, in input order), `buyer` and `item_id` (the key), `ordered_at` (Int64,
    nullable) and `quantity` (Float64, negative for returns). A purchase at the time of its return counts
    as earlier; without times any purchase does. What exceeds the purchases is dropped.
    """
    returned = lines.filter(pl.col("quantity") < 0).select("buyer", "item_id").unique()
    is_return = pl.col("quantity") < 0
    at = pl.col("ordered_at").fill_null(pl.when(is_return).then(LATEST).otherwise(EARLIEST))
    affected = (
        lines.join(returned, on=["buyer", "item_id"], how="semi")
        .with_columns(at.alias("at"), is_return.alias("is_return"))
        .sort("buyer", "item_id", "at", "is_return", "line")
        .select("buyer", "item_id", "line", "quantity")
    )
    left: list[tuple[int, float]] = []
    n_unmatched = 0
    for _, group in groupby(affected.iter_rows(), key=itemgetter(0, 1)):
        touched, unmatched = net_group((line, quantity) for _, _, line, quantity in group)
        left += touched
        n_unmatched += unmatched
    remaining = pl.DataFrame(left, schema={"line": pl.UInt32, "quantity": pl.Float64}, orient="row")
    return NettedReturns(remaining, n_unmatched)


def net_group(lines: Iterator[tuple[int, float]]) -> tuple[list[tuple[int, float]], int]:
    """Net the lines of one key in order of time: what is left of touched purchases, how many idle returns."""
    left: dict[int, float] = {}
    open_purchases: list[list[float]] = []
    n_unmatched = 0
    for line, quantity in lines:
        if quantity > 0:
            open_purchases.append([line, quantity])
            continue
        n_unmatched += not open_purchases
        owed = -quantity
        while owed > 0 and open_purchases:
            latest = open_purchases[-1]
            taken = min(owed, latest[1])
            owed -= taken
            latest[1] -= taken
            left[int(latest[0])] = latest[1]
            if latest[1] <= 0:
                open_purchases.pop()
    return list(left.items()), n_unmatched
