"""Arrays of users, written to files in parts: they are never whole in the memory of the driver."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsvc.model.arrays import RHYTHM
from recsvc.model.vocabulary import TextColumn, Vocabulary
from training.history.user_items import UserItems
from training.spark.batches import unpacked
from training.spark.factors import SparkFactors
from training.spark.user_blocks import DTYPES, OF_ENTRIES, UserBlocks

VALUES_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class ArraysOnDisk:
    """A folder of arrays that are mapped into memory."""

    directory: Path

    def empty(self, name: str, shape: tuple[int, ...], dtype: str) -> NDArray[Any]:
        """Return a new array of zeros, to be written."""
        if 0 in shape:  # nothing cannot be mapped
            return np.zeros(shape, dtype)
        return np.lib.format.open_memmap(
            self.directory / f"{name}.npy", mode="w+", dtype=np.dtype(dtype), shape=shape
        )

    def user_items(self, blocks: UserBlocks) -> tuple[Vocabulary, UserItems]:
        """Return the ids of all users, and what each bought."""
        n_bytes = _n_bytes(blocks)
        of_entries = {
            name: self.empty(name, (blocks.n_entries,), dtype) for name, dtype in OF_ENTRIES.items()
        }
        user_orders = self.empty("user_orders", (blocks.n_users,), DTYPES["user_orders"])
        indptr = self.empty("indptr", (blocks.n_users + 1,), "int64")
        offsets = self.empty("id_offsets", (blocks.n_users + 1,), "int64")
        text = self.empty("id_text", (n_bytes,), "uint8")
        for place, arrays in blocks.stream(*OF_ENTRIES, "user_orders", "entries", "id_bytes", "ids"):
            entries = slice(place.entry, place.entry + place.n_entries)
            for name, array in of_entries.items():
                array[entries] = arrays[name]
            users = slice(place.user, place.user + place.n_users)
            after = slice(place.user + 1, place.user + place.n_users + 1)
            user_orders[users] = arrays["user_orders"]
            indptr[after] = place.entry + np.cumsum(arrays["entries"])
            offsets[after] = place.id_byte + np.cumsum(arrays["id_bytes"])
            text[place.id_byte : place.id_byte + len(arrays["ids"])] = arrays["ids"]
        counted = UserItems(n_items=blocks.n_items, indptr=indptr, user_orders=user_orders, **of_entries)
        return Vocabulary(TextColumn(text, offsets)), counted

    def user_factors(self, factors: SparkFactors, blocks: UserBlocks) -> NDArray[np.float32]:
        """Return the factors of all users; float32, shape (n_users, n_factors)."""
        n_factors = factors.items.shape[1]
        table = self.empty("user_factors", (blocks.n_users, n_factors), "float32")
        for row in factors.frame.select("part", "first", "factors").toLocalIterator():
            rows = unpacked(row["factors"], "float32").reshape(-1, n_factors)
            first = blocks.firsts[row["part"]] + row["first"]
            table[first : first + len(rows)] = rows
        return table

    def user_rhythm(self, blocks: UserBlocks) -> NDArray[np.float32]:
        """Return the array of this name; float32, shape (n_users, n_rhythm)."""
        table = self.empty("user_rhythm", (blocks.n_users, len(RHYTHM)), "float32")
        for place, arrays in blocks.stream("rhythm"):
            table[place.user : place.user + place.n_users] = arrays["rhythm"].reshape(-1, len(RHYTHM))
        return table

    def scaled(self, name: str, values: NDArray[np.float32], by: float) -> NDArray[np.float32]:
        """Return ``values`` times a number."""
        scaled = self.empty(name, values.shape, "float32")
        for part in _parts(len(values)):
            scaled[part] = by * values[part]
        return scaled


def _n_bytes(blocks: UserBlocks) -> int:
    last = blocks.places[-1]
    return last.id_byte + last.n_id_bytes


def _parts(length: int) -> Iterable[slice]:
    return (slice(start, start + VALUES_AT_ONCE) for start in range(0, length, VALUES_AT_ONCE))
