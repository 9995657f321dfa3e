"""The histories of all users, a block of some users a row, made by the code that makes them in one process."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pyspark import TaskContext
from pyspark.sql import DataFrame
from pyspark.sql import functions as fn
from scipy import sparse

from training.fit.user_neighbours import lately
from training.history.interactions import ages_days
from training.history.user_items import UserItems
from training.moments.order_days import OrderDays
from training.report.order_facts import are_repeats, week_of, weeks_between
from training.settings import TrainingSettings
from training.spark.batches import Batches, packed, rows_of, unpacked, whole_groups
from training.spark.checkpoints import Checkpoints, fingerprint
from training.spark.purchases import SparkPurchases
from training.spark.session import parts_for

PURCHASES_A_BLOCK = 25_000
"""About 1 MB: Parquet holds at least a hundred rows at once while it writes."""

PURCHASES_A_PARTITION = 1_000_000

OF_ENTRIES = {
    "items": "int32",
    "orders": "int32",
    "decayed": "float32",
    "recent": "float32",
    "age_days": "float32",
    "first_age_days": "float32",
    "orders_ago": "int32",
    "first_orders_ago": "int32",
    "quantity": "float32",
    "last_quantity": "float32",
}
"""As in ``UserItems``, one for each user and item."""

OF_USERS = {"entries": "int64", "user_orders": "int32", "id_bytes": "int64"}
"""Entries and orders of each user, and how long the id is."""

OTHERS = {
    "ids": "uint8",
    "rhythm": "float32",
    "lately": "float32",
    "known_by_week": "int64",
    "repeats_by_week": "int64",
}
"""The ids one after another; the rows of ``user_rhythm``, none where orders have no dates; of each entry how much it
counts among users alike; purchases of each week."""

DTYPES = OF_ENTRIES | OF_USERS | OTHERS
NUMBERS = ("part", "first", "n_users", "n_entries", "n_id_bytes")
SCHEMA = ", ".join([*(f"{name} long" for name in NUMBERS), *(f"{name} binary" for name in DTYPES)])


@dataclass(frozen=True)
class Place:
    """Where a block lies: its part, its size, and how many users, entries and bytes of ids come before it."""

    part: int
    first: int
    n_users: int
    n_entries: int
    n_id_bytes: int
    user: int
    entry: int
    id_byte: int


@dataclass(frozen=True, eq=False)
class UserBlocks:
    """All users in blocks.

    Attributes:
        frame: one row a block; arrays are binary columns, see ``DTYPES``.
        places: where each block lies, in the order of the users' ids.
        n_items: number of items.
        fingerprint: of all that they come from.
    """

    frame: DataFrame
    places: tuple[Place, ...]
    n_items: int
    fingerprint: str

    @classmethod
    def of(
        cls, purchases: SparkPurchases, settings: TrainingSettings, checkpoints: Checkpoints
    ) -> "UserBlocks":
        """Sum up the purchases of known users."""
        blocks = _Summed(
            len(purchases.items),
            purchases.oldest,
            purchases.newest,
            purchases.is_dated,
            purchases.day_starts_hour,
            settings.half_life_days,
            settings.recent_half_life_days,
            PURCHASES_A_BLOCK,
        )
        made_from = [
            "histories",
            purchases.fingerprint,
            purchases.day_starts_hour,
            settings.half_life_days,
            settings.recent_half_life_days,
        ]
        frame = checkpoints.frame("histories", made_from, lambda: _blocks(purchases, blocks))
        return cls(frame, _places(frame), len(purchases.items), fingerprint(made_from))

    @property
    def n_users(self) -> int:
        """Number of users."""
        last = self.places[-1]
        return last.user + last.n_users

    @property
    def n_entries(self) -> int:
        """Number of pairs of a user and an item."""
        last = self.places[-1]
        return last.entry + last.n_entries

    @cached_property
    def firsts(self) -> dict[int, int]:
        """The index of the first user of each part."""
        return {place.part: place.user - place.first for place in self.places}

    def stream(self, *names: str) -> Iterator[tuple[Place, dict[str, NDArray[Any]]]]:
        """Yield the arrays of these ``names``, block by block, in any order; one partition is in memory at a time."""
        at = {(place.part, place.first): place for place in self.places}
        for row in self.frame.select("part", "first", *names).toLocalIterator():
            arrays = {name: unpacked(row[name], DTYPES[name]) for name in names}
            yield at[row["part"], row["first"]], arrays


def matrix_of(row: dict[str, Any], values: NDArray[np.float32], n_items: int) -> sparse.csr_matrix:
    """Return ``values``, one for each entry of a block, as a matrix of shape (n_users, n_items)."""
    entries = unpacked(row["entries"], DTYPES["entries"])
    indptr = np.concatenate([[0], np.cumsum(entries)])
    return sparse.csr_matrix((values, unpacked(row["items"], "int32"), indptr), shape=(len(entries), n_items))


def several_blocks(batches: Batches, entries: int) -> Iterator[list[dict[str, Any]]]:
    """Yield blocks together that have about so many ``entries``."""
    together: list[dict[str, Any]] = []
    n = 0
    for row in rows_of(batches):
        together.append(row)
        n += len(row["items"]) // 4
        if n >= entries:
            yield together
            together, n = [], 0
    if together:
        yield together


def _blocks(purchases: SparkPurchases, summed: "_Summed") -> DataFrame:
    known = purchases.frame.filter(fn.col("user_id").isNotNull())
    n = parts_for(known.sparkSession, purchases.n, PURCHASES_A_PARTITION)
    in_order = known.repartitionByRange(n, "user_id").sortWithinPartitions("user_id", "ordered_at", "line")
    columns = in_order.select("user_id", "item_index", "ordered_at", "basket", "quantity", "unit_price")
    return columns.mapInArrow(summed, SCHEMA)


def _places(frame: DataFrame) -> tuple[Place, ...]:
    places: list[Place] = []
    user = entry = id_byte = 0
    for row in sorted(tuple(row) for row in frame.select(*NUMBERS).collect()):
        part, first, n_users, n_entries, n_id_bytes = row
        places.append(Place(part, first, n_users, n_entries, n_id_bytes, user, entry, id_byte))
        user, entry, id_byte = user + n_users, entry + n_entries, id_byte + n_id_bytes
    return tuple(places)


@dataclass(frozen=True, eq=False)
class _OfSomeUsers:
    """Purchases of whole users; see ``training.history.user_items.IndexedPurchases``."""

    purchases: pl.DataFrame
    n_users: int
    n_items: int
    is_dated: bool
    newest: int | None

    def ages_days(self, ordered_at: pl.Series) -> NDArray[np.float64]:
        """Return days from each moment to the newest one of the history."""
        return ages_days(ordered_at, self.newest)


@dataclass(frozen=True)
class _Summed:
    """Turns the purchases of one partition, sorted by user, then time, into blocks."""

    n_items: int
    oldest: int | None
    newest: int | None
    is_dated: bool
    day_starts_hour: int | None
    half_life_days: float
    recent_half_life_days: float
    rows: int

    def __call__(self, batches: Batches) -> Batches:
        context = TaskContext.get()
        part, first = 0 if context is None else context.partitionId(), 0
        for frame in whole_groups(batches, "user_id", self.rows):
            ids = frame["user_id"].rle().struct.field("value").to_list()
            arrays = self._arrays(frame, ids)
            numbers = {
                "part": part,
                "first": first,
                "n_users": len(ids),
                "n_entries": len(arrays["items"]),
                "n_id_bytes": len(arrays["ids"]),
            }
            yield packed(numbers, {name: arrays[name].astype(dtype) for name, dtype in DTYPES.items()})
            first += len(ids)

    def _arrays(self, frame: pl.DataFrame, ids: list[str]) -> dict[str, NDArray[Any]]:
        purchases = frame.select(
            pl.col("user_id").rle_id().cast(pl.Int32).alias("user_index"),
            "item_index",
            "ordered_at",
            pl.col("basket").rank("dense").sub(1).cast(pl.Int64),
            "quantity",
            "unit_price",
        )
        some = _OfSomeUsers(purchases, len(ids), self.n_items, self.is_dated, self.newest)
        counted = UserItems.of(
            some, half_life_days=self.half_life_days, recent_half_life_days=self.recent_half_life_days
        )
        pairs = (
            purchases["user_index"].to_numpy() * np.int64(self.n_items) + purchases["item_index"].to_numpy()
        )
        encoded = [user_id.encode() for user_id in ids]
        return {
            **{name: getattr(counted, name) for name in OF_ENTRIES},
            "entries": np.diff(counted.indptr),
            "user_orders": counted.user_orders,
            "id_bytes": np.asarray([len(one) for one in encoded]),
            "ids": np.frombuffer(b"".join(encoded), dtype=np.uint8),
            "rhythm": self._rhythm(purchases, len(ids)),
            "lately": _summed(pairs, lately(some.ages_days(purchases["ordered_at"]))),
            **self._weeks(purchases, pairs, len(ids)),
        }

    def _rhythm(self, purchases: pl.DataFrame, n_users: int) -> NDArray[np.float32]:
        """Return the rows of ``user_rhythm``, one after another."""
        if self.newest is None or self.day_starts_hour is None:
            return np.empty(0, dtype=np.float32)
        days = OrderDays.of_moments(purchases, n_users, self.newest, self.day_starts_hour)
        return days.user_rhythm().ravel()

    def _weeks(
        self, purchases: pl.DataFrame, pairs: NDArray[np.int64], n_users: int
    ) -> dict[str, NDArray[Any]]:
        """Return how many purchases each week has, and how many of them are repeats."""
        if self.oldest is None or self.newest is None:
            return {"known_by_week": np.empty(0), "repeats_by_week": np.empty(0)}
        is_dated = purchases["ordered_at"].is_not_null().to_numpy()
        moments = purchases["ordered_at"].drop_nulls().to_numpy()
        n_weeks = weeks_between(self.oldest, self.newest)
        week = week_of(moments, self.newest, n_weeks)
        repeats = are_repeats(pairs[is_dated], moments, n_users * self.n_items)
        return {
            "known_by_week": np.bincount(week, minlength=n_weeks),
            "repeats_by_week": np.bincount(week[repeats], minlength=n_weeks),
        }


def _summed(pairs: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sum of ``values`` of each distinct pair, ascending."""
    _, place = np.unique(pairs, return_inverse=True)
    return np.asarray(np.bincount(place, values), dtype=np.float64)
