"""What sells, counted by Spark: popularity, statistics of items, weeks, days."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as fn

from recsvc.model.model import ALL_TIME
from training.fit.item_statistics import LOWEST_PRICE
from training.fit.popularity import COUNTED_DAYS, Popularity
from training.gate.order_profile import RECENT_DAYS, by_date
from training.history.interactions import DAY_SECONDS
from training.report.order_facts import WEEK_SECONDS, weeks_between
from training.spark.baskets import Baskets
from training.spark.batches import collected
from training.spark.checkpoints import Checkpoints
from training.spark.item_sums import by_item
from training.spark.purchases import SparkPurchases


@dataclass(frozen=True, eq=False)
class Sales:
    """Sales of each item.

    Attributes:
        by_item: one row an item.
        purchases: what they are of.
    """

    by_item: pl.DataFrame
    purchases: SparkPurchases

    @classmethod
    def of(cls, purchases: SparkPurchases, checkpoints: Checkpoints) -> "Sales":
        """Count."""
        made_from = ["sales", purchases.fingerprint, COUNTED_DAYS]
        return cls(collected(checkpoints.frame("sales", made_from, lambda: _by_item(purchases))), purchases)

    @property
    def popularity(self) -> Popularity:
        """What sells, by window of time."""
        n_items = len(self.purchases.items)
        within = {
            days: by_item(self.by_item, f"within_{days}", n_items).astype(np.float32) for days in COUNTED_DAYS
        }
        oldest, newest = self.purchases.oldest, self.purchases.newest
        span = 0.0 if oldest is None or newest is None else (newest - oldest) / DAY_SECONDS
        return Popularity.counted(within, span)

    def statistics(self, baskets: Baskets) -> Mapping[str, NDArray[np.float64]]:
        """Return the columns of ``ITEM_STATISTICS`` that are counted from sales."""
        n, priced = self._column("n"), self._column("n_priced")
        alone = self._column("n_alone")  # an order of one purchase each
        return {
            "age_days": self._column("first_seconds") / DAY_SECONDS,
            "last_age_days": self._column("last_seconds") / DAY_SECONDS,
            "log_price": self._column("log_price") / np.maximum(priced, 1),
            "log_quantity": self._column("log_quantity") / np.maximum(n, 1),
            "basket_size": (baskets.log_sizes + alone * np.log1p(1)) / np.maximum(n, 1),
        }

    @property
    def orders_by_week(self) -> NDArray[np.int64]:
        """Orders in each week, those of no known order one each; int64, shape (n_weeks,)."""
        oldest, newest = self.purchases.oldest, self.purchases.newest
        if oldest is None or newest is None:
            return np.empty(0, dtype=np.int64)
        n_weeks = weeks_between(oldest, newest)
        back = fn.floor((fn.lit(newest) - fn.col("ordered_at")) / WEEK_SECONDS)
        counted = self._orders_by(fn.lit(n_weeks - 1) - back)
        weeks = np.zeros(n_weeks, dtype=np.int64)
        weeks[list(counted)] = list(counted.values())
        return weeks

    @property
    def orders_by_day(self) -> dict[str, int]:
        """Orders by ISO day of the last days; empty when undated."""
        newest = self.purchases.newest
        if newest is None:
            return {}
        last = newest // DAY_SECONDS
        counted = self._orders_by(fn.floor(fn.col("ordered_at") / DAY_SECONDS))
        return by_date({day: n for day, n in counted.items() if day > last - RECENT_DAYS}, last)

    def _column(self, name: str) -> NDArray[np.float64]:
        return by_item(self.by_item, name, len(self.purchases.items))

    def _orders_by(self, period: Column) -> dict[int, int]:
        orders = fn.count_distinct("basket") + fn.count_if(fn.col("basket").isNull())
        dated = self.purchases.frame.filter(fn.col("ordered_at").isNotNull())
        found = dated.groupBy(period.cast("int").alias("period")).agg(orders.alias("orders")).collect()
        return {row["period"]: row["orders"] for row in found}


def _by_item(purchases: SparkPurchases) -> DataFrame:
    newest = fn.lit(purchases.newest or 0)
    age = newest - fn.coalesce("ordered_at", newest) if purchases.newest is not None else fn.lit(0)
    price = fn.nanvl(fn.coalesce("unit_price", fn.lit(0.0)), fn.lit(0.0))
    is_priced = price > 0
    log_price = fn.when(is_priced, fn.ln(fn.greatest(price, fn.lit(LOWEST_PRICE)))).otherwise(0.0)
    within = [
        (fn.count("*") if days == ALL_TIME else fn.count_if(age < days * DAY_SECONDS)).alias(f"within_{days}")
        for days in COUNTED_DAYS
    ]
    return purchases.frame.groupBy("item_index").agg(
        fn.count("*").alias("n"),
        fn.count_if(fn.col("basket").isNull()).alias("n_alone"),
        fn.count_if(is_priced).alias("n_priced"),
        fn.max(age).alias("first_seconds"),
        fn.min(age).alias("last_seconds"),
        fn.sum(log_price).alias("log_price"),
        fn.sum(fn.log1p(fn.greatest(fn.col("quantity"), fn.lit(0.0)))).alias("log_quantity"),
        *within,
    )
