"""Returns and cancellations, and the purchases that they undo."""

from dataclasses import dataclass

import polars as pl

EARLIEST, LATEST = -(2**62), 2**62


@dataclass(frozen=True)
class NettedReturns:
    """What is left of the purchases after returns.

    `remaining` has `line` (UInt32) and `quantity` (Float64) of each purchase that a return touched;
    `n_unmatched` returns found no purchase at all to undo.
    """

    remaining: pl.DataFrame
    n_unmatched: int


def net_returns(lines: pl.DataFrame) -> NettedReturns:
    """Net each return with earlier purchases of the same key, the latest first.

    `lines` has `line` (UInt32, in input order), `buyer` and `item_id` (the key), `ordered_at` (Int64,
    nullable) and `quantity` (Float64, negative for returns). A purchase at the time of its return counts
    as earlier; without times any purchase does. Returns beyond the purchases are ignored.
    """
    returned = lines.filter(pl.col("quantity") < 0).select("buyer", "item_id").unique()
    is_return = pl.col("quantity") < 0
    at = pl.col("ordered_at").fill_null(pl.when(is_return).then(LATEST).otherwise(EARLIEST))
    affected = (
        lines.join(returned, on=["buyer", "item_id"], how="semi")
        .with_columns(at.alias("at"), is_return.alias("is_return"))
        .sort("buyer", "item_id", "at", "is_return", "line")
        .select("line", "quantity", pl.struct("buyer", "item_id").rle_id().alias("key"))
    )
    left, n_unmatched = net_in_order(*(affected[name].to_list() for name in ("key", "line", "quantity")))
    schema = {"line": pl.UInt32, "quantity": pl.Float64}
    return NettedReturns(pl.DataFrame(list(left.items()), schema, orient="row"), n_unmatched)


def net_in_order(keys: list[int], lines: list[int], quantities: list[float]) -> tuple[dict[int, float], int]:
    """Return what is left of purchases that a return touched, and the number of returns without any purchase."""
    left: dict[int, float] = {}
    open_purchases: list[tuple[int, float]] = []
    last_key, n_unmatched = -1, 0
    for key, line, quantity in zip(keys, lines, quantities, strict=True):
        if key != last_key:
            open_purchases, last_key = [], key
        if quantity > 0:
            open_purchases.append((line, quantity))
            continue
        n_unmatched += not open_purchases
        owed = -quantity
        while owed > 0 and open_purchases:
            purchase, bought = open_purchases.pop()
            left[purchase] = max(bought - owed, 0.0)
            owed -= min(owed, bought)
            if left[purchase] > 0:
                open_purchases.append((purchase, left[purchase]))
    return left, n_unmatched
