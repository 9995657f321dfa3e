"""Orders that two kinds of sources have: exported, and posted as well."""

import polars as pl

from training.orders.reasons import DAMAGE_CODES
from training.orders.typed_lines import TypedLines
from training.sources.raw_orders import ORIGINS, RawOrders


def with_repeated_orders(found: pl.DataFrame, raw: RawOrders, typed: TypedLines) -> pl.DataFrame:
    """Return the conditions ``found`` with `duplicate` also where an earlier kind of source has the order's item.

    Files come before a query, a query before the store. A purchase and a return are two things; a damaged row
    stands in nobody's way.
    """
    origins = [ORIGINS.index(file.origin) for file in raw.files]
    if len(set(origins)) < 2:
        return found
    is_return = pl.col("return") | pl.col("cancellation")
    unusable = pl.any_horizontal("malformed_row", "not_a_purchase", *DAMAGE_CODES)
    rows = found.select(
        pl.Series(origins, dtype=pl.UInt8).gather(raw.lines["file"]).alias("origin"),
        typed.ids["order_id"].numbers().alias("order"),
        typed.ids["item_id"].numbers().alias("item"),
        is_return.alias("is_return"),
        unusable.alias("unusable"),
    )
    first = pl.col("origin").filter(~pl.col("unusable")).min().over("order", "item", "is_return")
    named = pl.col("order").is_not_null() & pl.col("item").is_not_null()
    repeated = rows.select(named & (pl.col("origin") > first)).to_series().fill_null(value=False)
    return found.with_columns((pl.col("duplicate") | repeated).alias("duplicate"))
