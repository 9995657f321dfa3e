"""What the histories of all users add up to for each item."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from pyspark.sql import functions as fn
from scipy import sparse

from training.fit.cold_start import how_much_it_says
from training.fit.item_neighbours import strongest
from training.fit.item_statistics import BuyerCounts
from training.fit.variant_sharing import shared_among
from training.history.user_items import UserItems
from training.settings import TrainingSettings
from training.spark.batches import Batches, collected, in_parts, rows_of, unpacked
from training.spark.checkpoints import Checkpoints, fingerprint
from training.spark.user_blocks import OF_ENTRIES, UserBlocks, matrix_of

Groups = NDArray[np.int32] | None
"""As ``variants_among`` returns them."""


@dataclass(frozen=True, eq=False)
class ItemSums:
    """Sums over all users; float64, shape (n_items,).

    Attributes:
        buyers, new_buyers, repeaters, gap_days: see ``BuyerCounts``.
        says: how much the purchases of the item say, see ``how_much_it_says``.
        lately: how much its purchases count among users alike.
        decayed: what neighbours are counted from: of each user the strongest only.
    """

    buyers: NDArray[np.float64]
    new_buyers: NDArray[np.float64]
    repeaters: NDArray[np.float64]
    gap_days: NDArray[np.float64]
    says: NDArray[np.float64]
    lately: NDArray[np.float64]
    decayed: NDArray[np.float64]

    @classmethod
    def of(
        cls, blocks: UserBlocks, settings: TrainingSettings, groups: Groups, checkpoints: Checkpoints
    ) -> "ItemSums":
        """Add up all blocks."""
        made_from = ["item_sums", blocks.fingerprint, settings.neighbour_items, digest_of(groups)]
        frame = checkpoints.frame(
            "item_sums", made_from, lambda: _summed(blocks, settings.neighbour_items, groups)
        )
        found = collected(frame)
        return cls(**{one.name: by_item(found, one.name, blocks.n_items) for one in fields(cls)})

    @property
    def of_buyers(self) -> BuyerCounts:
        """Who bought each item."""
        return BuyerCounts(self.buyers, self.new_buyers, self.repeaters, self.gap_days)


def by_item(found: pl.DataFrame, column: str, n_items: int, missing: float = 0.0) -> NDArray[np.float64]:
    """Return a column of one row an item in the order of the items; ``missing`` where there is no row or no value."""
    values = np.full(n_items, missing, dtype=np.float64)
    values[found["item_index"].to_numpy()] = found[column].cast(pl.Float64).fill_null(missing).to_numpy()
    return values


def digest_of(groups: Groups) -> str:
    """Return what tells these groups from others."""
    return "" if groups is None else fingerprint(groups.tolist())


def bought_of(row: Mapping[str, bytes], groups: Groups, n_items: int) -> sparse.csr_matrix:
    """Return the decayed orders of the users of a block, shared among variants; shape (n_users, n_items)."""
    return shared_among(matrix_of(dict(row), unpacked(row["decayed"], "float32"), n_items), groups)


def user_items_of(row: Mapping[str, bytes], n_items: int) -> UserItems:
    """Return the histories of a block."""
    indptr = np.concatenate([[0], np.cumsum(unpacked(row["entries"], "int64"))])
    columns = {name: unpacked(row[name], dtype) for name, dtype in OF_ENTRIES.items()}
    return UserItems(
        n_items=n_items, indptr=indptr, user_orders=unpacked(row["user_orders"], "int32"), **columns
    )


def _summed(blocks: UserBlocks, neighbour_items: int, groups: Groups) -> DataFrame:
    names = [one.name for one in fields(ItemSums)]
    schema = ", ".join(["item_index int", *(f"{name} double" for name in names)])
    parts = blocks.frame.drop("ids", "id_bytes", "known_by_week", "repeats_by_week")
    summed = parts.mapInArrow(_Sums(blocks.n_items, neighbour_items, groups), schema)
    return summed.groupBy("item_index").agg(*(fn.sum(name).alias(name) for name in names))


@dataclass(frozen=True, eq=False)
class _Sums:
    """Adds up the blocks of one partition."""

    n_items: int
    neighbour_items: int
    groups: Groups

    def __call__(self, batches: Batches) -> Batches:
        total = np.zeros((len(fields(ItemSums)), self.n_items))
        for row in rows_of(batches):
            total += np.stack(list(self._of_block(row).values()))
        items = np.flatnonzero(total.any(axis=0))
        names = [one.name for one in fields(ItemSums)]
        columns = {name: sums[items] for name, sums in zip(names, total, strict=True)}
        yield from in_parts({"item_index": items.astype(np.int32), **columns})

    def _of_block(self, row: dict[str, bytes]) -> dict[str, NDArray[np.float64]]:
        counted = user_items_of(row, self.n_items)
        buyers = BuyerCounts.of(counted, self.n_items)
        strong = strongest(bought_of(row, self.groups, self.n_items), self.neighbour_items)
        return {
            "buyers": buyers.buyers,
            "new_buyers": buyers.new_buyers,
            "repeaters": buyers.repeaters,
            "gap_days": buyers.gap_days,
            "says": self._sums(counted.items, how_much_it_says(counted)),
            "lately": self._sums(counted.items, unpacked(row["lately"], "float32")),
            "decayed": self._sums(strong.indices, strong.data),
        }

    def _sums(self, items: NDArray[np.int32], values: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.asarray(np.bincount(items, values, self.n_items), dtype=np.float64)
