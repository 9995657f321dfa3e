"""Shoppers that are drawn from all, with what they bought: the part of a history that the driver looks at itself."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as fn

from recsvc.model.vocabulary import Vocabulary
from training.history.catalogue import ShopCatalogue
from training.history.interactions import Interactions
from training.history.split import OrderLines, order_key
from training.orders.cleaning import LINE_COLUMNS
from training.spark.batches import Batches, collected, framed
from training.spark.orders import CleanedTables
from training.spark.purchases import SparkPurchases

SHOPPERS = 100_000
"""What items say together is counted of all shoppers; what one taste leads to is learned from so many, at most."""


def drawn_users(n_users: int, n: int, seed: int) -> NDArray[np.int64]:
    """Return ``n`` users, at most all, drawn as ``training.history.sampling.shuffled`` draws; int64, ascending."""
    return np.sort(np.random.default_rng(seed).permutation(n_users)[:n])


def lines_of(cleaned: CleanedTables, user_ids: Sequence[str], n_users: int, seed: int) -> OrderLines:
    """Return the lines of these users, and of the same share of the guests' orders, as ``part_of`` draws them."""
    lines, guest_lines = cleaned.lines, cleaned.guest_lines
    if len(user_ids) < n_users:
        lines = lines.join(fn.broadcast(_ids(lines.sparkSession, user_ids)), "user_id", "left_semi")
        schema = guest_lines.schema
        guest_lines = guest_lines.mapInArrow(_Guests(seed, n_users, len(user_ids)), schema)
    of_users, of_guests = (_in_order(collected(one)) for one in (lines, guest_lines))
    texts = [
        pl.col(name).cast(pl.Enum(pl.concat([of_users[name], of_guests[name]]).drop_nulls().unique().sort()))
        for name in ("user_id", "item_id", "title")
    ]
    return OrderLines(of_users.with_columns(texts), of_guests.with_columns(texts))


def interactions_of(
    purchases: SparkPurchases, user_ids: Sequence[str], catalogue: ShopCatalogue
) -> Interactions:
    """Return the purchases of these users in indices: of them, ascending, and of all items."""
    users = Vocabulary.of(user_ids)
    session = purchases.frame.sparkSession
    found = collected(
        purchases.frame.join(fn.broadcast(_ids(session, user_ids)), "user_id").select(
            "user_id", "item_index", "ordered_at", "basket", "quantity", "unit_price", "line"
        )
    ).sort("ordered_at", "line")
    indexed = found.select(
        pl.col("user_id").cast(pl.Enum(list(users.ids))).to_physical().cast(pl.Int32).alias("user_index"),
        "item_index",
        "ordered_at",
        pl.col("basket").rank("dense").sub(1).cast(pl.Int64),
        "quantity",
        "unit_price",
    )
    return Interactions(users, purchases.items, purchases.titles, indexed, purchases.newest, catalogue)


def _ids(session: SparkSession, user_ids: Sequence[str]) -> DataFrame:
    return session.createDataFrame(pa.table({"user_id": pa.array(list(user_ids), pa.string())}))


def _in_order(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.sort("ordered_at", "line").select(LINE_COLUMNS)


@dataclass(frozen=True)
class _Guests:
    """Draws the orders of guests."""

    seed: int
    n_users: int
    n_drawn: int

    def __call__(self, batches: Batches) -> Batches:
        row = pl.concat_str(pl.lit("row "), pl.col("line"))
        order = pl.coalesce(order_key(), row)
        for batch in batches:
            is_drawn = framed([batch]).select(order.hash(self.seed) % self.n_users < self.n_drawn)
            yield batch.filter(is_drawn.to_series().to_arrow())
