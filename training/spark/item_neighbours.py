"""Item-item neighbours over the whole histories of all users: BM25 as ``implicit`` weighs it, summed up by Spark."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from pyspark.sql import functions as fn
from scipy import sparse

from recsvc.model.sparse import SparseRows
from training.fit.item_neighbours import bm25_weights, strongest
from training.settings import TrainingSettings
from training.spark.batches import Batches, in_parts
from training.spark.checkpoints import Checkpoints
from training.spark.item_sums import Groups, ItemSums, bought_of, digest_of
from training.spark.pairs import best_neighbours, neighbour_rows, products
from training.spark.user_blocks import UserBlocks, several_blocks

ENTRIES_AT_ONCE = 500_000
"""Pairs are summed up over so many entries of histories before they are sent: fewer are sent for it."""


def item_neighbours(
    blocks: UserBlocks,
    sums: ItemSums,
    settings: TrainingSettings,
    groups: Groups,
    checkpoints: Checkpoints,
) -> SparseRows:
    """Return the array of this name."""
    n, most = settings.neighbours, settings.neighbour_items
    made_from = ["item_neighbours", blocks.fingerprint, most, digest_of(groups), n]
    best = checkpoints.frame("item_neighbours", made_from, lambda: _best(blocks, sums, settings, groups))
    return neighbour_rows(best, blocks.n_items, n)


def _best(blocks: UserBlocks, sums: ItemSums, settings: TrainingSettings, groups: Groups) -> DataFrame:
    weighed = _Weighed(blocks.n_items, settings.neighbour_items, groups, sums.decayed)
    parts = blocks.frame.select("entries", "items", "decayed")
    pairs = parts.mapInArrow(weighed, "first int, second int, score double")
    summed = pairs.groupBy("first", "second").agg(fn.sum("score").alias("score")).filter("score > 0")
    one_way = summed.select(
        fn.col("first").alias("item"),
        fn.col("second").alias("neighbour"),
        fn.col("score").cast("float"),
    )
    other_way = one_way.select(fn.col("neighbour").alias("item"), fn.col("item").alias("neighbour"), "score")
    return best_neighbours(one_way.unionByName(other_way), settings.neighbours)


@dataclass(frozen=True, eq=False)
class _Weighed:
    """Multiplies the weighed histories of the users of one partition."""

    n_items: int
    neighbour_items: int
    groups: Groups
    item_sums: NDArray[np.float64]

    def __call__(self, batches: Batches) -> Batches:
        for together in several_blocks(batches, ENTRIES_AT_ONCE):
            weights = sparse.vstack([self._weights(row) for row in together], format="csr")
            for first, second, score in products(weights):
                yield from in_parts({"first": first, "second": second, "score": score})

    def _weights(self, row: dict[str, Any]) -> sparse.csr_matrix:
        strong = strongest(bought_of(row, self.groups, self.n_items), self.neighbour_items)
        return bm25_weights(strong, self.item_sums)
