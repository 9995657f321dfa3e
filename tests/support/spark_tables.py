"""Orders that one process has cleaned, as tables on Spark."""

from pathlib import Path

import polars as pl
from pyspark.sql import SparkSession

from training.orders import Orders
from training.spark.orders import CleanedTables

TEXTS = ("user_id", "item_id", "title", "order_id")


def tables_of(orders: Orders, session: SparkSession, directory: Path) -> CleanedTables:
    """Write the lines to ``directory`` and read them with Spark."""
    numbered = {
        "lines": orders.lines.with_row_index("line"),
        "guest_lines": orders.guest_lines.with_row_index("line", offset=orders.lines.height),
    }
    frames = {}
    for name, lines in numbered.items():
        path = directory / f"{name}.parquet"
        lines.with_columns(pl.col(TEXTS).cast(pl.String), pl.col("line").cast(pl.Int64)).write_parquet(path)
        frames[name] = session.read.parquet(str(path))
    rejected = session.createDataFrame([], "file string, row long, reason string, also string")
    return CleanedTables(frames["lines"], frames["guest_lines"], rejected, orders.summary, orders.guests)
