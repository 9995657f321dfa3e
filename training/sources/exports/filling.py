"""Rows that leave blank what an earlier row of their order says, filled in."""

import polars as pl

from training.sources.exports.export import blank_to_null
from training.sources.raw_orders import CANCELLED_COLUMNS, STATUS_COLUMNS

ORDER_FIELDS = ("user_id", "ordered_at", *STATUS_COLUMNS, *CANCELLED_COLUMNS)
OWNERS = ("user_id", "ordered_at")


def fill_orders(lines: pl.DataFrame) -> pl.DataFrame:
    """Give rows that leave fields of the order blank those of the first row of the order that has them."""
    fields = [name for name in ORDER_FIELDS if name in lines.columns]
    known = pl.col("order_id").is_not_null() & ~pl.col("malformed")
    first = (
        lines.filter(known)
        .group_by("order_id")
        .agg(blank_to_null(name).drop_nulls().first().alias(f"{name}_of_order") for name in fields)
    )
    joined = lines.join(first, on="order_id", how="left", maintain_order="left")
    return joined.with_columns(
        pl.coalesce(blank_to_null(name), f"{name}_of_order").alias(name) for name in fields
    ).select(lines.columns)


def fill_from_headings(lines: pl.DataFrame) -> pl.DataFrame:
    """Give the lines of an order the fields of its heading, a row without an item, and leave the headings out."""
    has_item = blank_to_null("item_id").is_not_null()
    # An order of which no row has an item stays, so that it is counted.
    is_heading = ~has_item & has_item.any().over("order_id") & pl.col("order_id").is_not_null()
    return fill_orders(lines).filter(~is_heading | pl.col("malformed"))


def fill_owners(lines: pl.DataFrame) -> pl.DataFrame:
    """Give rows without shopper or date those of the first row of their order that has them."""
    others = [name for name in ORDER_FIELDS if name in lines.columns and name not in OWNERS]
    return fill_orders(lines.drop(others)).with_columns(lines[name] for name in others).select(lines.columns)


def fill_down(lines: pl.DataFrame) -> pl.DataFrame:
    """Give rows that leave order, shopper and date blank all fields of the row above."""
    fields = [name for name in ("order_id", *ORDER_FIELDS) if name in lines.columns]
    begins = pl.any_horizontal(blank_to_null(name).is_not_null() for name in heads_of(lines))
    order = pl.col("begins").cum_sum()
    first = [blank_to_null(name).first().over("order").alias(name) for name in fields]
    numbered = lines.with_columns(begins.alias("begins")).with_columns(order.alias("order"))
    filled = numbered.with_columns(
        pl.when(pl.col("begins") | pl.col("malformed")).then(pl.col(name)).otherwise(value).alias(name)
        for name, value in zip(fields, first, strict=True)
    )
    return filled.select(lines.columns)


def heads_of(lines: pl.DataFrame) -> list[str]:
    """Return the columns of which the first row of an order has at least one."""
    return [name for name in ("order_id", *OWNERS) if name in lines.columns]
