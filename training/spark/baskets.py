"""Orders on Spark, a block of some orders a row: which items they have, and which of these go together."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from pyspark.sql import functions as fn
from scipy import sparse

from recsvc.model.sparse import SparseRows
from training.fit.basket_neighbours import MIN_SUPPORT, PairCounts, added_value
from training.spark.batches import Batches, collected, in_parts, packed, rows_of, unpacked, whole_groups
from training.spark.checkpoints import Checkpoints, fingerprint
from training.spark.item_sums import by_item
from training.spark.pairs import best_neighbours, neighbour_rows, products
from training.spark.purchases import SparkPurchases
from training.spark.session import parts_for
from training.spark.user_blocks import PURCHASES_A_BLOCK, PURCHASES_A_PARTITION, several_blocks

SCHEMA = "n_baskets long, entries binary, items binary, times binary"


@dataclass(frozen=True, eq=False)
class Baskets:
    """All orders, guests' included.

    Attributes:
        frame: one row a block: entries int64, how many items each order has; items int32; times int32, how many
            purchases of the item the order has: more than one where two users share an order number.
        n: number of orders.
        orders: float64, shape (n_items,): with each item.
        log_sizes: float64, shape (n_items,): log(1 + purchases in the order), summed over the purchases of each item.
        n_items: number of items.
        fingerprint: of all that they come from.
    """

    frame: DataFrame
    n: int
    orders: NDArray[np.float64]
    log_sizes: NDArray[np.float64]
    n_items: int
    fingerprint: str

    @classmethod
    def of(cls, purchases: SparkPurchases, checkpoints: Checkpoints) -> "Baskets":
        """Gather the purchases of each order."""
        n_items, made_from = len(purchases.items), ["baskets", purchases.fingerprint]
        frame = checkpoints.frame("baskets", made_from, lambda: _blocks(purchases))
        summed = frame.mapInArrow(_Sums(n_items), "item_index int, orders double, log_sizes double")
        found = collected(
            summed.groupBy("item_index").agg(
                fn.sum("orders").alias("orders"), fn.sum("log_sizes").alias("log_sizes")
            )
        )
        return cls(
            frame,
            int(frame.agg(fn.coalesce(fn.sum("n_baskets"), fn.lit(0))).collect()[0][0]),
            by_item(found, "orders", n_items),
            by_item(found, "log_sizes", n_items),
            n_items,
            fingerprint(made_from),
        )

    def neighbours(self, n: int, checkpoints: Checkpoints) -> SparseRows:
        """Return the ``n`` best neighbours of each item within one order, best first."""
        made_from = ["basket_neighbours", self.fingerprint, n]
        best = checkpoints.frame("basket_neighbours", made_from, lambda: self._best(n))
        return neighbour_rows(best, self.n_items, n)

    def _best(self, n: int) -> DataFrame:
        pairs = self.frame.mapInArrow(_Together(self.n_items), "first int, second int, both long")
        summed = pairs.groupBy("first", "second").agg(fn.sum("both").alias("both"))
        enough = summed.filter(fn.col("both") >= MIN_SUPPORT)
        scored = enough.mapInArrow(_Scored(self.orders, self.n), "item int, neighbour int, score float")
        return best_neighbours(scored, n)


def _blocks(purchases: SparkPurchases) -> DataFrame:
    known = purchases.frame.filter(fn.col("basket").isNotNull()).select("basket", "item_index")
    n = parts_for(known.sparkSession, purchases.n, PURCHASES_A_PARTITION)
    return (
        known.repartition(n, "basket")
        .sortWithinPartitions("basket", "item_index")
        .mapInArrow(_Gathered(PURCHASES_A_BLOCK), SCHEMA)
    )


@dataclass(frozen=True)
class _Gathered:
    """Turns the purchases of one partition, sorted by order, then item, into blocks of about so many rows."""

    rows: int

    def __call__(self, batches: Batches) -> Batches:
        for frame in whole_groups(batches, "basket", self.rows):
            number = frame.select(pl.col("basket").rle_id().alias("basket"), "item_index")
            counted = number.group_by("basket", "item_index", maintain_order=True).len("times")
            entries = np.bincount(counted["basket"].to_numpy())
            yield packed(
                {"n_baskets": len(entries)},
                {
                    "entries": entries.astype(np.int64),
                    "items": counted["item_index"].cast(pl.Int32).to_numpy(),
                    "times": counted["times"].cast(pl.Int32).to_numpy(),
                },
            )


@dataclass(frozen=True)
class _Sums:
    """Adds up the blocks of one partition, by item."""

    n_items: int

    def __call__(self, batches: Batches) -> Batches:
        orders, log_sizes = np.zeros(self.n_items), np.zeros(self.n_items)
        for row in rows_of(batches):
            items, times = unpacked(row["items"], "int32"), unpacked(row["times"], "int32")
            entries = unpacked(row["entries"], "int64")
            sizes = np.add.reduceat(times, np.cumsum(entries) - entries)
            orders += np.bincount(items, minlength=self.n_items)
            log_sizes += np.bincount(items, times * np.repeat(np.log1p(sizes), entries), self.n_items)
        found = np.flatnonzero(orders)
        yield from in_parts(
            {
                "item_index": found.astype(np.int32),
                "orders": orders[found],
                "log_sizes": log_sizes[found],
            }
        )


@dataclass(frozen=True)
class _Together:
    """Counts in how many orders of one partition two items are together."""

    n_items: int

    def __call__(self, batches: Batches) -> Batches:
        for together in several_blocks(batches, 10 * PURCHASES_A_BLOCK):
            rows = sparse.vstack([self._matrix(row) for row in together], format="csr")
            for first, second, both in products(rows):
                yield from in_parts({"first": first, "second": second, "both": both.astype(np.int64)})

    def _matrix(self, row: dict[str, Any]) -> sparse.csr_matrix:
        entries, items = unpacked(row["entries"], "int64"), unpacked(row["items"], "int32")
        indptr = np.concatenate([[0], np.cumsum(entries)])
        ones = np.ones(len(items), dtype=np.int32)
        return sparse.csr_matrix((ones, items, indptr), shape=(len(entries), self.n_items))


@dataclass(frozen=True, eq=False)
class _Scored:
    """Scores each pair both ways."""

    orders: NDArray[np.float64]
    n_orders: int

    def __call__(self, batches: Batches) -> Batches:
        for batch in batches:
            first, second = (batch.column(name).to_numpy() for name in ("first", "second"))
            both = batch.column("both").to_numpy().astype(np.float64)
            for item, neighbour in ((first, second), (second, first)):
                pairs = PairCounts(
                    item, neighbour, both, self.orders[item], self.orders[neighbour], self.n_orders
                )
                scores = added_value(pairs)
                keep = pairs.above_chance & (scores > 0)
                yield from in_parts(
                    {
                        "item": item[keep],
                        "neighbour": neighbour[keep],
                        "score": scores[keep].astype(np.float32),
                    }
                )
