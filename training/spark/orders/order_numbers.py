"""Order numbers that several shoppers have, told apart as the local engine does."""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as fn

from training.spark.checkpoints import Checkpoints

STAGE = "orders-numbered"


def numbered_apart(
    checkpoints: Checkpoints, made_from: object, table: DataFrame, lines: DataFrame
) -> DataFrame:
    """Return the purchases ``lines`` with /1, /2, … behind the order numbers that several shoppers bought under.

    Shoppers are numbered by their first line in the input, in the whole ``table``, refused rows included.
    """
    numbers = checkpoints.frame(STAGE, made_from, lambda: _numbers(table, lines))
    if numbers.isEmpty():
        return lines
    known = numbers.withColumnsRenamed({"order_id": "at_order", "user_id": "at_user"})
    same = (lines["order_id"] == known["at_order"]) & (lines["user_id"] == known["at_user"])
    joined = lines.join(known, same, "left")
    apart = fn.concat_ws("/", lines["order_id"], fn.col("place").cast("string"))
    named = fn.when(fn.col("place").isNotNull(), apart).otherwise(lines["order_id"])
    return joined.withColumn("order_id", named)


def _numbers(table: DataFrame, lines: DataFrame) -> DataFrame:
    """Return order_id, user_id and `place` (int) of the orders of several shoppers."""
    named = lines.where(fn.col("order_id").isNotNull())
    shared = named.groupBy("order_id").agg(fn.min("user_id").alias("one"), fn.max("user_id").alias("other"))
    shared = shared.where(fn.col("one") != fn.col("other")).select("order_id")
    known = table.where(fn.col("user_id").isNotNull())
    of_shared = known.join(shared, "order_id", "left_semi").select("order_id", "user_id").distinct()
    first = known.join(of_shared.select("user_id").distinct(), "user_id", "left_semi")
    first = first.groupBy("user_id").agg(fn.min("line").alias("first"))
    place = fn.dense_rank().over(Window.partitionBy("order_id").orderBy("first"))
    return of_shared.join(first, "user_id").select("order_id", "user_id", place.alias("place"))
