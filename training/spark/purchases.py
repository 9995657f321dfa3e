"""Cleaned lines on Spark -> purchases in indices: one row for each item of each order."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as fn

from recsvc.errors import TooLittleDataError
from recsvc.model.vocabulary import ItemVocabulary
from training.moments.order_days import HOUR_SECONDS, quietest_hour
from training.spark.batches import collected
from training.spark.checkpoints import Checkpoints, fingerprint
from training.spark.orders import CleanedTables

CLEANED = "orders-cleaned"

_COLUMNS = ("user_id", "item_index", "ordered_at", "basket", "quantity", "unit_price", "line")


@dataclass(frozen=True, eq=False)
class SparkPurchases:
    """The purchases of a history.

    Attributes:
        frame: user_id (null for a guest), item_index int, ordered_at long (unix seconds, null when undated), basket (a
            text that names the order, null when unknown), quantity and unit_price double, line (the
            number of the first one): as the rows of ``Interactions.purchases``.
        items: the ids.
        titles: the most frequent title of each item, "" where none is known.
        n: number of purchases.
        n_alone: those of no order that is known.
        n_priced: those with a price above 0.
        oldest, newest: unix seconds; None when undated.
        is_dated: whether every purchase of a user has a moment.
        day_starts_hour: the hour in UTC at which a day begins for this shop; None unless it is dated.
        fingerprint: of all that they come from.
    """

    frame: DataFrame
    items: ItemVocabulary
    titles: list[str]
    n: int
    n_alone: int
    n_priced: int
    oldest: int | None
    newest: int | None
    is_dated: bool
    day_starts_hour: int | None
    fingerprint: str

    @classmethod
    def of(cls, cleaned: CleanedTables, checkpoints: Checkpoints, stage: str = CLEANED) -> "SparkPurchases":
        """Index cleaned order lines, which come from the finished ``stage``.

        Raises:
            TooLittleDataError: no line has a user.
        """
        if not cleaned.summary.n_purchases:
            raise TooLittleDataError(
                "no purchase by a known customer is left: there is nothing to learn from"
            )
        lines = cleaned.lines.unionByName(cleaned.guest_lines)
        made_from = ["purchases", stage, checkpoints.made_of(stage)]
        named = collected(checkpoints.frame("items", made_from, lambda: _items(lines)))
        titles = dict(named.select("item_id", "title").iter_rows())
        items = ItemVocabulary.of(titles)
        frame = checkpoints.frame("purchases", made_from, lambda: _purchases(lines, items))
        totals = frame.agg(
            fn.count("*").alias("n"),
            fn.count_if(fn.col("basket").isNull()).alias("n_alone"),
            fn.count_if(fn.nanvl("unit_price", fn.lit(1.0)) > 0).alias("n_priced"),
            fn.min("ordered_at").alias("oldest"),
            fn.max("ordered_at").alias("newest"),
            fn.count_if(fn.col("user_id").isNotNull() & fn.col("ordered_at").isNull()).alias("undated"),
        ).collect()[0]
        is_dated = totals["undated"] == 0
        day_starts_hour = (
            checkpoints.value("day_starts", made_from, lambda: _day_starts_hour(frame)) if is_dated else None
        )
        return cls(
            frame,
            items,
            [titles[item_id] or "" for item_id in items.ids],
            totals["n"],
            totals["n_alone"],
            totals["n_priced"],
            totals["oldest"],
            totals["newest"],
            is_dated,
            day_starts_hour,
            fingerprint(made_from),
        )


def _day_starts_hour(purchases: DataFrame) -> int:
    """Return when known users buy least; each of their moments counts once, however many items they bought then."""
    moments = purchases.filter(fn.col("user_id").isNotNull()).select("user_id", "ordered_at").distinct()
    hour = fn.pmod(fn.floor(fn.col("ordered_at") / HOUR_SECONDS), fn.lit(24))
    counts = np.zeros(24, dtype=np.int64)
    for row in moments.groupBy(hour.alias("hour")).agg(fn.count("*").alias("n")).collect():
        counts[row["hour"]] = row["n"]
    return quietest_hour(counts)


def _items(lines: DataFrame) -> DataFrame:
    """Return each item with its most frequent title; of equally frequent ones the first in the alphabet."""
    counted = lines.groupBy("item_id", "title").agg(fn.count("*").alias("times"))
    best = fn.min(fn.when(fn.col("title").isNotNull(), fn.struct((-fn.col("times")).alias("fewer"), "title")))
    return counted.groupBy("item_id").agg(best.alias("best")).select("item_id", fn.col("best.title"))


def _purchases(lines: DataFrame, items: ItemVocabulary) -> DataFrame:
    """Return one row for each item of each order: a second line of it in the same order adds nothing."""
    ids = list(items.ids)
    known = lines.sparkSession.createDataFrame(
        pa.table({"item_id": pa.array(ids, pa.string()), "item_index": pa.array(range(len(ids)), pa.int32())})
    )
    by_moment = fn.concat(fn.lit("@"), "user_id", fn.lit("@"), fn.col("ordered_at").cast("string"))
    basket = fn.coalesce(fn.concat(fn.lit("#"), "order_id"), by_moment)
    # Broadcast: an item that is in every order would else make one partition of half the lines.
    indexed = lines.join(fn.broadcast(known), "item_id").withColumn("basket", basket).select(*_COLUMNS)
    place = fn.struct("ordered_at", "line")
    merged = (
        indexed.filter(fn.col("basket").isNotNull())
        .groupBy("user_id", "item_index", "basket")
        .agg(
            fn.max("ordered_at").alias("ordered_at"),
            fn.sum("quantity").alias("quantity"),
            fn.min_by("unit_price", place).alias("unit_price"),
            fn.min(place).alias("place"),
        )
        .select("*", "place.line")
        .select(*_COLUMNS)
    )
    return merged.unionByName(indexed.filter(fn.col("basket").isNull()))
