"""Whole histories, cleaned on Spark as the local engine cleans them: a made-up shop, and real ones."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from pyspark.sql import SparkSession
from support.cleaned_tables import assert_same, cleaned_locally, cleaned_on_spark, in_n_parts, of_files

from training.sample import SampleShop, write_sample_shop

pytestmark = pytest.mark.spark
NOW = datetime(2026, 11, 29, tzinfo=UTC)
DUNNHUMBY = Path(__file__).parents[4] / ".." / "shared" / "data" / "dunnhumby_orders_sample.csv.gz"


def test_sample_shop_in_overlapping_months_is_cleaned_as_by_the_local_engine(
    spark: SparkSession, tmp_path: Path
) -> None:
    shop = SampleShop(users=300, items=80, order_lines=6_000, end=date(2026, 6, 30))
    orders = pl.read_csv(write_sample_shop(shop, tmp_path / "shop").orders, infer_schema=False)
    for at, part in enumerate((orders.head(4_000), orders.tail(3_000))):
        part.write_csv(tmp_path / f"month {at}.csv")
    cleaning = in_n_parts(of_files(NOW, tmp_path / "month *.csv"), orders.height, 5)
    local = cleaned_locally(cleaning)
    assert local.summary.count("duplicate").n_rows > 500
    assert_same(local, cleaned_on_spark(spark, cleaning, tmp_path / "work"))


@pytest.mark.long
@pytest.mark.parametrize("n_parts", [1, 7])
def test_online_retail_is_cleaned_as_by_the_local_engine(
    n_parts: int, online_retail: Path, spark: SparkSession, tmp_path: Path
) -> None:
    cleaning = in_n_parts(of_files(NOW, online_retail), 541_909, n_parts)
    assert_same(cleaned_locally(cleaning), cleaned_on_spark(spark, cleaning, tmp_path / "work"))


@pytest.mark.long
def test_online_retail_by_drawn_shoppers_keeps_and_refuses_the_same_rows(
    online_retail: Path, spark: SparkSession, tmp_path: Path
) -> None:
    cleaning = replace(of_files(NOW, online_retail), lines_in_driver=150_000)
    local = cleaned_locally(cleaning)
    drawn = cleaned_on_spark(spark, cleaning, tmp_path / "work")
    assert drawn.summary.count("duplicate") == local.summary.count("duplicate")
    assert abs(drawn.summary.n_purchases - local.summary.n_purchases) < 0.001 * local.summary.n_purchases


@pytest.mark.long
@pytest.mark.skipif(not DUNNHUMBY.exists(), reason="needs ../shared/data")
def test_dunnhumby_is_cleaned_as_by_the_local_engine(spark: SparkSession, tmp_path: Path) -> None:
    cleaning = of_files(NOW, DUNNHUMBY)
    assert_same(cleaned_locally(cleaning), cleaned_on_spark(spark, cleaning, tmp_path / "work"))
