"""ALS on all pairs of users and items: Spark's for the items, then each user solved for them as serving folds in."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.ml.recommendation import ALS
from pyspark.sql import DataFrame
from pyspark.sql import functions as fn
from scipy import sparse

from training.fit.als import gramian_of, solved_users, unit_rows
from training.settings import TrainingSettings
from training.spark.batches import Batches, collected, completed, in_parts, packed, rows_of, unpacked
from training.spark.checkpoints import Checkpoints, fingerprint
from training.spark.item_sums import Groups, ItemSums, bought_of, digest_of
from training.spark.session import parts_for
from training.spark.user_blocks import UserBlocks

LEAST_RATING = 0.01
"""Spark adds 1 to what ``implicit`` takes as it is; what remains of a faint confidence says at least who bought."""

RATINGS_A_BLOCK = 5_000_000
"""Of users and of items are so many blocks that each has about so many ratings, and each core one."""

ITEMS_A_CHUNK = 4096
FORGOTTEN = 1e-6
"""What is bought so long ago that it counts less says nothing of users alike today."""

OF_BOTH = pa.schema(
    [
        *((name, pa.int64()) for name in ("part", "first", "n_users")),
        ("factors", pa.binary()),
        ("chunk", pa.int64()),
        ("sums", pa.binary()),
    ]
)
"""A row holds the factors of the users of a block, or the sums of a chunk of items."""

SCHEMA = "part long, first long, n_users long, factors binary, chunk long, sums binary"
DIRECTION = -1
"""In place of the number of a chunk of items: the summed directions of users."""


@dataclass(frozen=True, eq=False)
class SparkFactors:
    """What ALS learned.

    Attributes:
        items: float32, shape (n_items, n_factors).
        item_gramian: float32, shape (n_factors, n_factors).
        frame: the factors of the users, a block a row, as ``UserBlocks`` has them: factors float32.
        user_neighbours: float32, shape (n_items, n_factors): as in ``Model``.
        direction: float32, shape (n_factors,): the mean direction of the factors of a user.
    """

    items: NDArray[np.float32]
    item_gramian: NDArray[np.float32]
    frame: DataFrame
    user_neighbours: NDArray[np.float32]
    direction: NDArray[np.float32]

    @classmethod
    def of(
        cls,
        blocks: UserBlocks,
        sums: ItemSums,
        settings: TrainingSettings,
        groups: Groups,
        checkpoints: Checkpoints,
    ) -> "SparkFactors":
        """Fit."""
        n_factors = min(settings.factors, blocks.n_users, blocks.n_items)
        made_from = [
            "item_factors",
            blocks.fingerprint,
            digest_of(groups),
            n_factors,
            settings.alpha,
            settings.regularization,
            settings.iterations,
            settings.seed,
        ]
        fitted = checkpoints.frame(
            "item_factors", made_from, lambda: _item_factors(blocks, settings, n_factors, groups)
        )
        items = _table(fitted, blocks.n_items, n_factors)
        usual = max(float(sums.lately.sum()) / blocks.n_items, 1e-9)
        solved = _Solved(items, settings.model_copy(update={"threads": 1}), groups, usual, blocks.firsts)
        frame = checkpoints.frame(
            "user_factors",
            ["user_factors", fingerprint(made_from)],
            lambda: blocks.frame.select(
                "part", "first", "n_users", "entries", "items", "decayed", "lately"
            ).mapInArrow(solved, SCHEMA),
        )
        neighbours, direction = _summed(frame, blocks.n_items, n_factors)
        return cls(
            items,
            gramian_of(items, settings),
            frame.filter(fn.col("factors").isNotNull()),
            neighbours,
            np.asarray(direction / blocks.n_users, dtype=np.float32),
        )


def ratings(blocks: UserBlocks, settings: TrainingSettings, groups: Groups) -> DataFrame:
    """Return user int, item int, rating float: what Spark takes for the confidence that ``implicit`` would take."""
    rated = _Rated(blocks.n_items, settings.alpha, groups, blocks.firsts)
    parts = blocks.frame.select("part", "first", "entries", "items", "decayed")
    return parts.mapInArrow(rated, "user int, item int, rating float")


def _item_factors(
    blocks: UserBlocks, settings: TrainingSettings, n_factors: int, groups: Groups
) -> DataFrame:
    """Return id int, features array<float>.

    Spark multiplies the regularization with the number of ratings of a user, and of an item; ``implicit`` does not.
    What factors can say depends on the product of both regularizations alone: with that of ``implicit`` divided by the
    root of both mean numbers the product is the same, and a constant brings the items to their scale.
    """
    rated = ratings(blocks, settings, groups).persist()
    try:
        n_ratings = max(rated.count(), 1)
        of_users, of_items = n_ratings / blocks.n_users, n_ratings / blocks.n_items
        parts = parts_for(rated.sparkSession, n_ratings, RATINGS_A_BLOCK)
        als = ALS(
            numUserBlocks=parts,
            numItemBlocks=parts,
            rank=n_factors,
            maxIter=settings.iterations,
            regParam=settings.regularization / float(np.sqrt(of_users * of_items)),
            implicitPrefs=True,
            alpha=1.0,
            userCol="user",
            itemCol="item",
            ratingCol="rating",
            seed=settings.seed,
            checkpointInterval=-1,
        )
        scale = float((of_items / of_users) ** 0.25)
        fitted = als.fit(rated).itemFactors
    finally:
        rated.unpersist()
    return fitted.select(
        "id", fn.transform("features", lambda x: (x * scale).cast("float")).alias("features")
    )


def _table(fitted: DataFrame, n_items: int, n_factors: int) -> NDArray[np.float32]:
    """Return the factors of all items; zeros for those that only guests bought."""
    found = collected(fitted.select("id", "features"))
    table = np.zeros((n_items, n_factors), dtype=np.float32)
    table[found["id"].to_numpy()] = found["features"].explode().to_numpy().reshape(-1, n_factors)
    return table


def _summed(
    frame: DataFrame, n_items: int, n_factors: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return what the chunks of items, and of directions, add up to."""
    chunks = frame.filter(fn.col("sums").isNotNull()).select("chunk", "sums")
    parts = min(max(n_items // ITEMS_A_CHUNK, 1), chunks.sparkSession.sparkContext.defaultParallelism)
    added = chunks.repartition(parts, "chunk").mapInArrow(_added, "chunk long, sums binary")
    table, direction = np.zeros((n_items, n_factors), np.float32), np.zeros(n_factors, np.float32)
    for row in added.toLocalIterator():
        sums = unpacked(row["sums"], "float64").reshape(-1, n_factors)
        if row["chunk"] == DIRECTION:
            direction = sums[0].astype(np.float32)
        else:
            first = row["chunk"] * ITEMS_A_CHUNK
            table[first : first + len(sums)] = sums
    return table, direction


def _added(batches: Batches) -> Batches:
    total: dict[int, NDArray[np.float64]] = {}
    for row in rows_of(batches):
        sums = unpacked(row["sums"], "float64")
        total[row["chunk"]] = total.get(row["chunk"], 0) + sums
    for chunk, sums in total.items():
        yield packed({"chunk": chunk}, {"sums": sums})


@dataclass(frozen=True, eq=False)
class _Rated:
    """Turns blocks into ratings."""

    n_items: int
    alpha: float
    groups: Groups
    firsts: dict[int, int]

    def __call__(self, batches: Batches) -> Batches:
        for row in rows_of(batches):
            confidence = self.alpha * bought_of(row, self.groups, self.n_items).tocoo()
            first = self.firsts[row["part"]] + row["first"]
            yield from in_parts(
                {
                    "user": (confidence.row + first).astype(np.int32),
                    "item": confidence.col.astype(np.int32),
                    "rating": np.maximum(confidence.data - 1, LEAST_RATING).astype(np.float32),
                }
            )


@dataclass(frozen=True, eq=False)
class _Solved:
    """Solves the users of each block for given items, and adds up their directions by what they bought lately."""

    items: NDArray[np.float32]
    settings: TrainingSettings
    groups: Groups
    usual: float
    firsts: dict[int, int] = field(repr=False)

    def __call__(self, batches: Batches) -> Batches:
        n_items, n_factors = self.items.shape
        total: dict[int, NDArray[np.float64]] = {DIRECTION: np.zeros((1, n_factors))}
        for row in rows_of(batches):
            confidence = self.settings.alpha * bought_of(row, self.groups, n_items)
            users = solved_users(confidence.astype(np.float32), self.items, self.settings)
            directions = unit_rows(users)
            total[DIRECTION] += directions.sum(axis=0)
            self._add(total, row, directions)
            numbers = {name: row[name] for name in ("part", "first", "n_users")}
            yield completed(packed(numbers, {"factors": users}), OF_BOTH)
        for chunk, sums in total.items():
            yield completed(packed({"chunk": chunk}, {"sums": sums}), OF_BOTH)

    def _add(
        self, total: dict[int, NDArray[np.float64]], row: dict[str, Any], directions: NDArray[np.float32]
    ) -> None:
        lately = unpacked(row["lately"], "float32") / np.float32(self.usual)
        entries = unpacked(row["entries"], "int64")
        user = np.repeat(np.arange(len(entries)), entries)
        counts = np.flatnonzero(lately > FORGOTTEN)
        items, place = np.unique(unpacked(row["items"], "int32")[counts], return_inverse=True)
        shape = (len(items), len(entries))
        bought = sparse.csr_matrix((lately[counts], (place, user[counts])), shape=shape)
        sums, chunk = bought @ directions, items // ITEMS_A_CHUNK
        for number in np.unique(chunk):
            of_chunk = chunk == number
            if number not in total:
                length = min(ITEMS_A_CHUNK, len(self.items) - int(number) * ITEMS_A_CHUNK)
                total[int(number)] = np.zeros((length, directions.shape[1]))
            total[int(number)][items[of_chunk] % ITEMS_A_CHUNK] += sums[of_chunk]
