"""Orders that were cleaned on Spark beside those of the local engine."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import polars as pl
from pyspark.sql import SparkSession

from training.orders import CleaningRules, Orders, clean_orders
from training.orders.cleaning import LINE_COLUMNS
from training.sources.order_sources import OrderSources, read_orders
from training.spark.checkpoints import Checkpoints
from training.spark.orders import CleanedTables, OrderCleaning

TEXTS = ("user_id", "item_id", "order_id", "title")


def cleaned_locally(cleaning: OrderCleaning) -> Orders:
    raw = read_orders(cleaning.sources, cleaning.columns, cleaning.encoding)
    return clean_orders(raw, cleaning.rules, cleaning.now)


def cleaned_on_spark(session: SparkSession, cleaning: OrderCleaning, directory: Path) -> CleanedTables:
    return cleaning.run(Checkpoints(session, str(directory)))


def of_files(now: datetime, *paths: object, **given: object) -> OrderCleaning:
    given = {"rules": CleaningRules()} | given
    return OrderCleaning(OrderSources(tuple(map(str, paths))), now=now, **given)  # type: ignore[arg-type]


def in_n_parts(cleaning: OrderCleaning, n_rows: int, n_parts: int) -> OrderCleaning:
    return replace(cleaning, lines_of_a_part=max(-(-n_rows // n_parts), 1))


def assert_same(local: Orders, spark: CleanedTables) -> None:
    """Compare every line and its place among the others, every refused row with its reasons, and the summary."""
    assert spark.summary == local.summary
    assert spark.guests == local.guests
    for found, right in ((spark.lines, local.lines), (spark.guest_lines, local.guest_lines)):
        assert rows_of(found.toArrow()) == of_local(right).rows()
    refused = pl.DataFrame(pl.from_arrow(spark.rejected.toArrow())).sort("line").drop("line")
    # Without any, the local engine has no text from which to tell that the other reasons are text.
    assert refused.rows() == local.rejected.rows()


def rows_of(table: object) -> list[tuple[object, ...]]:
    lines = pl.DataFrame(pl.from_arrow(table)).sort("ordered_at", "line", nulls_last=False)  # type: ignore[arg-type]
    return lines.select(LINE_COLUMNS).rows()


def of_local(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.select(LINE_COLUMNS).with_columns(pl.col(TEXTS).cast(pl.String))
