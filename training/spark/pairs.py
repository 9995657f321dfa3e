"""Pairs of items and what they add up to over all rows, such as users or orders: the best of each item."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as fn
from scipy import sparse

from recsvc.model.sparse import SparseRows
from training.history.sorting import begins_run, best_of_rows
from training.spark.batches import Batches, packed, unpacked

PAIRS_AT_ONCE = 2_000_000

Pairs = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[Any]]
"""The lower item, the higher item, and their product."""


def products(rows: sparse.csr_matrix) -> Iterator[Pairs]:
    """Yield the products of each two different columns of ``rows`` that meet, in parts of a bounded size."""
    by_item = rows.T.tocsr()
    # An item can have no more pairs than its rows have items.
    at_most = by_item.astype(bool) @ np.diff(rows.indptr)
    part = np.cumsum(at_most) // PAIRS_AT_ONCE
    starts = np.flatnonzero(begins_run(part))
    for start, end in zip(starts, [*starts[1:], by_item.shape[0]], strict=True):
        both = (by_item[start:end] @ rows).tocoo()
        first, second = both.row.astype(np.int32) + np.int32(start), both.col.astype(np.int32)
        keep = first < second
        if keep.any():
            yield first[keep], second[keep], both.data[keep]


def best_neighbours(scored: DataFrame, n: int) -> DataFrame:
    """Return the ``n`` best neighbours of each item, packed: a row holds those of some items.

    Args:
        scored: item int, neighbour int, score float: both directions of each pair.
        n: how many neighbours.
    """
    best = Window.partitionBy("item").orderBy(fn.col("score").desc(), "neighbour")
    ranked = scored.withColumn("place", fn.row_number().over(best)).filter(fn.col("place") <= n)
    return ranked.select("item", "neighbour", "score").mapInArrow(
        _Packed(), "items binary, neighbours binary, scores binary"
    )


def neighbour_rows(best: DataFrame, n_items: int, n: int) -> SparseRows:
    """Return what ``best_neighbours`` found as rows, best first, of equals the lower item first."""
    found = [
        (
            unpacked(row["items"], "int32"),
            unpacked(row["neighbours"], "int32"),
            unpacked(row["scores"], "float32"),
        )
        for row in best.toLocalIterator()
    ]
    parts = found or [(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.float32))]
    items, neighbours, scores = (np.concatenate([part[i] for part in parts]) for i in range(3))
    order = best_of_rows(items, neighbours, scores, n)
    indptr = np.searchsorted(items[order], np.arange(n_items + 1)).astype(np.int64)
    return SparseRows(indptr, neighbours[order], scores[order], n_items)


@dataclass(frozen=True)
class _Packed:
    """Packs the neighbours of a batch into one row."""

    def __call__(self, batches: Batches) -> Batches:
        for batch in batches:
            columns = {"items": "item", "neighbours": "neighbour", "scores": "score"}
            yield packed({}, {name: batch.column(of).to_numpy() for name, of in columns.items()})
