"""What Spark is given to read: Parquet of all kinds, addresses of storages, a query and the store."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from pyspark.sql import SparkSession
from sqlalchemy import create_engine, text
from support.cleaned_tables import assert_same, cleaned_locally, cleaned_on_spark, of_files, of_local, rows_of
from support.events import event

from recsvc.errors import UnreadableSourceError, UnusableExportError
from recsvc.store.store import open_store
from training.orders import CleaningRules
from training.sources.order_sources import OrderSources
from training.sources.shop_store import StoreAddress
from training.sources.sql import SqlQuery
from training.spark.orders import OrderCleaning

pytestmark = pytest.mark.spark
NOW = datetime(2026, 11, 29, tzinfo=UTC)
FIRST = datetime(2026, 1, 2, 23, 30, tzinfo=UTC)
N = 40


def table(users: pl.Series, dates: pl.Series, prices: pl.Series, **more: pl.Series) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "customer_id": users,
            "sku": [f"A{n % 7}" for n in range(len(users))],
            "order_number": range(len(users)),
            "order_date": dates,
            "qty": [None, 1, 2, 3] * (len(users) // 4),
            "price": prices,
            **more,
        }
    )


def moments(zone: str | None, unit: str) -> pl.Series:
    times = [FIRST + timedelta(hours=n) for n in range(N)]
    column = pl.Series(times, dtype=pl.Datetime("us", "UTC")).cast(pl.Datetime(unit, "UTC"))  # type: ignore[arg-type]
    return column.dt.convert_time_zone(zone) if zone else column.dt.replace_time_zone(None)


def drifting_months(directory: Path) -> None:
    """Months of one history whose types drift, as those of a table that was made anew more than once."""
    directory.mkdir()
    ids = [17_850 + n % 9 for n in range(N)]
    money = pl.Series([2.5, 3.25] * (N // 2))
    months = {
        "ints, zone, decimals": table(
            pl.Series(ids), moments("Europe/Berlin", "us"), money.cast(pl.Decimal(12, 4))
        ),
        "floats with nulls, nanoseconds": table(
            pl.Series([*ids[:-1], None], dtype=pl.Float64), moments(None, "ns"), money
        ),
        "binary, days": table(
            pl.Series([str(one).encode() for one in ids]),
            moments(None, "ms").dt.date(),
            money.cast(pl.Float32),
        ),
        "text, two columns of one name in other letters": table(
            pl.Series([str(one) for one in ids]),
            moments("UTC", "us"),
            pl.Series([Decimal("2.50")] * N),
            Price=pl.Series([None] * N, dtype=pl.Float64),
        ),
        "no rows": table(pl.Series(ids), moments(None, "us"), money).clear(),
    }
    for at, (name, month) in enumerate(months.items()):
        month.write_parquet(directory / f"{at} {name}.parquet")
    nested = table(pl.Series(ids), moments(None, "us"), money).select(
        pl.struct(pl.col("customer_id").alias("id")).alias("customer"), pl.exclude("customer_id")
    )
    nested.write_parquet(directory / "9 [nested].parquet")


def test_parquet_whose_types_drift_is_cleaned_as_by_the_local_engine(
    spark: SparkSession, tmp_path: Path
) -> None:
    drifting_months(tmp_path / "all months")
    cleaning = of_files(NOW, tmp_path / "all months" / "*.parquet")
    local = cleaned_locally(cleaning)
    assert local.summary.n_purchases == 2 * N  # the others repeat orders of earlier files
    assert_same(local, cleaned_on_spark(spark, cleaning, tmp_path / "work"))


def test_address_of_a_folder_is_read_by_hadoop_without_its_hidden_files(
    spark: SparkSession, tmp_path: Path
) -> None:
    drifting_months(tmp_path / "all months")
    local = cleaned_locally(of_files(NOW, tmp_path / "all months" / "*.parquet"))
    (tmp_path / "all months" / "_SUCCESS").touch()
    (tmp_path / "all months" / ".0.parquet.crc").write_bytes(b"crc")
    for address in (f"file://{tmp_path}/all months", f"file://{tmp_path}/all months/*.parquet"):
        found = cleaned_on_spark(spark, of_files(NOW, address), tmp_path / "work")
        assert rows_of(found.lines.toArrow()) == of_local(local.lines).rows()
        assert found.summary.files[0].path.startswith("file:/")
        assert found.summary.reasons == local.summary.reasons


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("file:///nowhere/*.parquet", "matches no file"),
        ("s3://bucket/*.parquet", "write s3a://"),
        ("s3a://bucket/*.parquet", "hadoop-aws"),
    ],
)
def test_address_that_cannot_be_read_is_refused_with_the_remedy(
    address: str, said: str, spark: SparkSession, tmp_path: Path
) -> None:
    with pytest.raises(UnreadableSourceError, match=said):
        cleaned_on_spark(spark, of_files(NOW, address), tmp_path / "work")


def test_glob_of_the_machine_that_matches_nothing_is_refused(spark: SparkSession, tmp_path: Path) -> None:
    with pytest.raises(UnreadableSourceError, match="matches no file"):
        cleaned_on_spark(spark, of_files(NOW, tmp_path / "*.csv"), tmp_path / "work")


def test_first_file_that_cannot_be_read_ends_the_run_with_its_own_error(
    spark: SparkSession, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("customer_id,sku,order_date\nann,A1,2026-01-02\n")
    (tmp_path / "b.csv").write_text("colour,shape\nred,round\n")
    (tmp_path / "c.csv").touch()
    cleaning = of_files(NOW, tmp_path / "*.csv")
    with pytest.raises(UnusableExportError) as local:
        cleaned_locally(cleaning)
    with pytest.raises(UnusableExportError) as found:
        cleaned_on_spark(spark, cleaning, tmp_path / "work")
    assert str(found.value) == str(local.value)


def test_query_and_store_are_read_beside_files_and_erased_shoppers_left_out(
    spark: SparkSession, tmp_path: Path
) -> None:
    at = int(FIRST.timestamp())
    (tmp_path / "a.csv").write_text(
        "customer_id,sku,order_number,order_date\n"
        "ada,tea,o1,2026-01-02\nADA@x.example,cup,o2,2026-01-02\nbo,tea,o3,2026-01-02\nsecond,pot,o4,2026-01-03\n"
    )
    store = open_store(f"sqlite:///{tmp_path}/recsvc.db")
    store.prepare()
    store.events.append([event("tea", at, order_id="o1"), event("pot", at, order_id="o9")])
    store.users.merge("user", "second", "ada", at_us=1)
    store.users.erase("ada@x.example", at_us=2)
    store.close()
    url = f"sqlite:///{tmp_path}/shop.db"
    engine = create_engine(url)
    with engine.begin() as database:
        database.execute(
            text("CREATE TABLE o (customer_id TEXT, sku TEXT, order_number TEXT, order_date TEXT)")
        )
        database.execute(
            text("INSERT INTO o VALUES ('bo', 'tea', 'o3', '2026-01-02'), ('bo', 'cup', 'o5', '2026-01-04')")
        )
    engine.dispose()
    sources = OrderSources(
        (str(tmp_path / "a.csv"),),
        SqlQuery(url, "SELECT * FROM o"),
        StoreAddress(f"sqlite:///{tmp_path}/recsvc.db"),
        from_store=True,
    )
    cleaning = OrderCleaning(sources, CleaningRules(), NOW)
    local = cleaned_locally(cleaning)
    assert local.summary.count("erased").n_rows == 1
    assert local.summary.count("duplicate").n_rows == 2
    assert "second" not in local.lines["user_id"]
    assert_same(local, cleaned_on_spark(spark, cleaning, tmp_path / "work"))
