"""Order lines -> purchases in indices: one row for each item of each order."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from training.sorting import repeated

COLUMNS = ("user_index", "item_index", "ordered_at", "basket", "quantity", "unit_price")

_OF_ORDERS = ("user_id", "order_id", "ordered_at")


def purchases_of(lines: pl.DataFrame, users: pl.Series, items: pl.Series) -> pl.DataFrame:
    """Return one row for each item of each order: a second line of it in the same order adds nothing.

    Args:
        lines: cleaned order lines, columns as in ``training.orders``.
        users, items: the distinct ids; a row has the places of its own.
    """
    indexed = lines.select(
        *_spread(_runs(lines), users),
        place("item_id", items).alias("item_index"),
        "ordered_at",
        "quantity",
        "unit_price",
    ).select(COLUMNS)
    in_orders = indexed.filter(pl.col("basket").is_not_null())
    alone = indexed.filter(pl.col("basket").is_null())
    return pl.concat([_merged(in_orders, len(items)), alone])


def place(column: str, ids: pl.Series) -> pl.Expr:
    """Return the place of each id of ``column`` among the distinct ``ids``; null for none."""
    return pl.col(column).cast(pl.Enum(ids)).to_physical().cast(pl.Int32)


def _runs(lines: pl.DataFrame) -> tuple[pl.DataFrame, NDArray[np.int64]]:
    """Return the first line of each run of lines of one order, and how long the runs are; int64, shape (n_runs,).

    Lines are in the order of time, so that those of an order are mostly one run. Texts of so many fewer rows are
    found a place in no time.
    """
    changes = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in _OF_ORDERS)
    starts = lines.select(changes | (pl.int_range(pl.len()) == 0)).to_series().arg_true()
    ends = np.append(starts.to_numpy()[1:], lines.height)
    return lines[starts].select(_OF_ORDERS), ends - starts.to_numpy()


def _spread(runs: tuple[pl.DataFrame, NDArray[np.int64]], users: pl.Series) -> list[pl.Series]:
    """Return the columns user_index and basket of each line."""
    heads, lengths = runs
    of_heads = heads.select(
        place("user_id", users).alias("user_index"),
        _basket_key().rank("dense").sub(1).cast(pl.Int64).alias("basket"),
    )
    run = pl.Series(np.repeat(np.arange(len(lengths), dtype=np.uint32), lengths))
    return [column.gather(run) for column in of_heads]


def _basket_key() -> pl.Expr:
    """Return what names an order: its id; without one, the moment at which its user bought."""
    by_moment = pl.concat_str(pl.lit("@"), pl.col("user_id"), pl.lit("@"), pl.col("ordered_at"))
    return pl.coalesce(pl.concat_str(pl.lit("#"), pl.col("order_id")), by_moment)


def _merged(in_orders: pl.DataFrame, n_items: int) -> pl.DataFrame:
    """Return the purchases with those of one item in one order of one user made one, where the first of them was."""
    again = _may_be_again(in_orders, n_items)
    if not again.any():
        return in_orders
    row = pl.int_range(pl.len(), dtype=pl.UInt32).alias("row")
    numbered = in_orders.with_columns(row)
    merged = (
        numbered.filter(again)
        .group_by("user_index", "item_index", "basket", maintain_order=True)
        .agg(
            pl.col("ordered_at").max(),
            pl.col("quantity").sum(),
            pl.col("unit_price").first(),
            pl.col("row").first(),
        )
    )
    columns = [*COLUMNS, "row"]
    together = pl.concat([numbered.filter(~again).select(columns), merged.select(columns)])
    return together.sort("row").drop("row")


def _may_be_again(in_orders: pl.DataFrame, n_items: int) -> pl.Series:
    """Return which purchases share their item and basket with another one; Boolean, shape (n,).

    This takes a tenth of the time of grouping all rows.
    """
    key = in_orders["basket"].to_numpy() * np.int64(n_items) + in_orders["item_index"].to_numpy()
    return pl.Series(repeated(key))
