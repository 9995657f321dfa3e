"""Order lines -> purchases in indices: one row for each item of each order."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from training.history.sorting import repeated

COLUMNS = ("user_index", "item_index", "ordered_at", "basket", "quantity", "unit_price")

_OF_ORDERS = ("user_id", "order_id", "ordered_at")


@dataclass(frozen=True, eq=False)
class Runs:
    """Runs of lines of one order.

    Lines are in the order of time, so that those of an order are mostly one run. Texts have to be looked up
    for so many fewer rows.

    Attributes:
        heads: the first line of each: user_id, order_id, ordered_at.
        of_lines: UInt32, to which run each line belongs.
    """

    heads: pl.DataFrame
    of_lines: pl.Series

    @classmethod
    def of(cls, lines: pl.DataFrame) -> "Runs":
        """Find the runs of cleaned order lines, columns as in ``training.orders``."""
        changes = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in _OF_ORDERS)
        starts = lines.select(changes | (pl.int_range(pl.len()) == 0)).to_series().arg_true()
        lengths = np.diff(np.append(starts.to_numpy(), lines.height))
        of_lines = pl.Series(np.repeat(np.arange(len(lengths), dtype=np.uint32), lengths))
        return cls(lines[starts].select(_OF_ORDERS), of_lines)

    def users(self) -> pl.Series:
        """Return the distinct users, sorted."""
        return self.heads["user_id"].drop_nulls().unique().sort()

    def columns(self, users: pl.Series) -> list[pl.Series]:
        """Return the columns user_index, the place among ``users``, and basket of each line."""
        of_heads = self.heads.select(
            place("user_id", users).alias("user_index"),
            _basket_key().rank("dense").sub(1).cast(pl.Int64).alias("basket"),
        )
        return [column.gather(self.of_lines) for column in of_heads]


def purchases_of(
    lines: pl.DataFrame, runs: Runs, users: pl.Series, item_index: pl.Series, n_items: int
) -> pl.DataFrame:
    """Return one row for each item of each order: a second line of it in the same order adds nothing.

    Args:
        lines: cleaned order lines, columns as in ``training.orders``.
        runs: those of ``lines``.
        users: the distinct ids, sorted; a row has the place of its own.
        item_index: Int32, the item of each line.
        n_items: number of items.
    """
    others = lines.select("ordered_at", "quantity", "unit_price")
    indexed = others.with_columns(*runs.columns(users), item_index.alias("item_index")).select(COLUMNS)
    in_orders = indexed.filter(pl.col("basket").is_not_null())
    alone = indexed.filter(pl.col("basket").is_null())
    return pl.concat([_merged(in_orders, n_items), alone])


def place(column: str, ids: pl.Series) -> pl.Expr:
    """Return the place of each id of ``column`` among the distinct ``ids``; null for none."""
    return pl.col(column).cast(pl.Enum(ids.cast(pl.String))).to_physical().cast(pl.Int32)


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

    So that not all rows have to be grouped.
    """
    key = in_orders["basket"].to_numpy() * np.int64(n_items) + in_orders["item_index"].to_numpy()
    return pl.Series(repeated(key))
