"""Orders that are cleaned on Spark: the same lines, reasons and figures as by the local engine."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from pyspark.sql import SparkSession
from support.cleaned_tables import assert_same, cleaned_locally, cleaned_on_spark, in_n_parts, of_files

from recsvc.errors import OpenQuestionError
from training.orders import CleaningRules, check_orders
from training.spark.checkpoints import MARKER, Checkpoints
from training.spark.orders import OrderCleaning

pytestmark = pytest.mark.spark
NOW = datetime(2026, 11, 29, tzinfo=UTC)
HEADER = "customer_id,sku,name,order_id,order_date,qty,price,status,refunded_amount"


def written(path: Path, *rows: str, header: str = HEADER) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join((header, *rows)) + "\n")
    return path


def odd_history(directory: Path) -> OrderCleaning:
    """Two overlapping files with copies, returns, refunds of orders, guests, postage, and numbers used twice."""
    first = [
        "ann,A1,Mug,1,2026-01-02 10:00:00,2,2.50,paid,0",
        "ann,A1,Mug,1,2026-01-02 10:00:00,2,2.50,paid,0",
        "ann,V,Versandkosten,1,2026-01-02 10:00:00,1,4.90,paid,0",
        "bo,a1,Mug,2,2026-01-03 10:00:00,1,2.50,paid,0",
        "bo,A1,Mug,2,2026-01-04 10:00:00,-1,2.50,paid,0",
        "guest,B2,Jug,3,2026-01-05 10:00:00,3,7.00,paid,0",
        "guest,B2,Jug,3,2026-01-06 10:00:00,-1,7.00,paid,0",
        # An order of two shoppers of which a part was paid back: of the order it is a part, of each line all.
        "cy,A1,Mug,4,2026-01-07 10:00:00,1,2.50,paid,3.50",
        "dee,B2,Jug,4,2026-01-07 10:00:00,1,3.00,paid,3.50",
        # Number 5 is that of two orders; the second shopper bought first.
        "eve,B2,Jug,6,2026-01-08 09:00:00,1,3.00,paid,0",
        "dee,B2,Jug,5,2026-01-08 10:00:00,1,3.00,paid,0",
        "eve,B2,Jug,5,2026-01-08 11:00:00,1,3.00,cancelled,0",
        "ann,B2,Jug,5,2026-01-08 12:00:00,1,3.00,paid,0",
        "fay,C3,Cup,7,2026-01-09 10:00:00,two,3.00,paid,0",
        "fay,C3,Cup,7,2026-01-09 10:00:00,1,3.00,paid,0,and,more",
        "fay,,Cup,7,2026-01-09 10:00:00,1,3.00,paid,0",
    ]
    second = [
        "ann,A1,Mug,1,2026-01-02 10:00:00,2.0,2.5,paid,0",
        "bo,C3,Cup,8,2026-02-01 10:00:00,1,3.00,paid,3.00",
        *(
            f"u{n // 3 % 7},C{n % 5},Cup,{20 + n // 3},2026-02-{1 + n % 27:02} 08:00:00,1,3.00,paid,0"
            for n in range(60)
        ),
    ]
    paths = written(directory / "shop 1" / "a.csv", *first), written(directory / "shop 1" / "b.csv", *second)
    return of_files(NOW, *paths, columns={"order_id": "order_id"})


@pytest.mark.parametrize("n_parts", [1, 2, 7])
def test_odd_history_is_cleaned_as_by_the_local_engine(
    n_parts: int, spark: SparkSession, tmp_path: Path
) -> None:
    cleaning = odd_history(tmp_path)
    local = cleaned_locally(cleaning)
    reasons = {one.reason.code for one in local.summary.reasons if one.n_rows}
    assert {"duplicate", "refunded", "returned", "guest", "order_cancelled", "malformed_row"} <= reasons
    assert {"dee", "ann"} <= set(local.lines.filter(pl.col("order_id").str.starts_with("5/"))["user_id"])
    assert_same(local, cleaned_on_spark(spark, in_n_parts(cleaning, 78, n_parts), tmp_path / "work"))


def test_finished_stages_are_not_made_again(spark: SparkSession, tmp_path: Path) -> None:
    cleaning = odd_history(tmp_path / "orders")
    work = tmp_path / "work"
    first = cleaned_on_spark(spark, cleaning, work)
    times = {path: path.stat().st_mtime_ns for path in work.rglob("*.parquet")}
    # As if the run had been killed while it wrote the clean lines.
    for path in (work / "orders-cleaned").iterdir():
        path.unlink()
    again = cleaning.run(Checkpoints(spark.newSession(), f"file://{work}"))
    assert again.summary == first.summary
    assert_same(cleaned_locally(cleaning), again)
    kept = {path for path in times if path.exists() and path.stat().st_mtime_ns == times[path]}
    assert {path.parent.name for path in kept} == {"orders-raw", "orders-numbered"}


def test_changed_file_is_read_anew(spark: SparkSession, tmp_path: Path) -> None:
    path = written(
        tmp_path / "in" / "a.csv", *(f"u{n},A{n},Mug,{n},2026-01-02,1,2.00,paid,0" for n in range(3))
    )
    cleaned_on_spark(spark, of_files(NOW, path), tmp_path / "work")
    marker = (tmp_path / "work" / "orders-raw" / MARKER).read_text()
    written(path, *(f"v{n},B{n},Jug,{n},2026-01-02,1,2.00,paid,0" for n in range(4)))
    again = cleaned_on_spark(spark, of_files(NOW, path), tmp_path / "work")
    assert (tmp_path / "work" / "orders-raw" / MARKER).read_text() != marker
    assert_same(cleaned_locally(of_files(NOW, path)), again)


def test_question_that_stops_is_the_same(spark: SparkSession, tmp_path: Path) -> None:
    rows = [f"u{n},A{n},Mug,{n},0{1 + n % 9}/0{1 + n % 7}/2026,1,2.00,paid,0" for n in range(40)]
    cleaning = of_files(NOW, written(tmp_path / "in" / "a.csv", *rows))
    with pytest.raises(OpenQuestionError) as local:
        check_orders(cleaned_locally(cleaning), cleaning.rules)
    with pytest.raises(OpenQuestionError) as found:
        cleaned_on_spark(spark, cleaning, tmp_path / "work").check(cleaning.rules)
    assert str(found.value) == str(local.value)


def test_damage_is_refused_with_the_same_examples(spark: SparkSession, tmp_path: Path) -> None:
    rows = [f"u{n},A{n},Mug,{n},2026-01-02,{'odd' if n % 2 else 1},2.00,paid,0" for n in range(20)]
    cleaning = of_files(NOW, written(tmp_path / "in" / "a.csv", *rows))
    with pytest.raises(Exception, match="damaged") as local:
        check_orders(cleaned_locally(cleaning), cleaning.rules)
    with pytest.raises(type(local.value)) as found:
        cleaned_on_spark(spark, cleaning, tmp_path / "work").check(cleaning.rules)
    assert str(found.value) == str(local.value)


def test_drawn_shoppers_settle_what_the_whole_would(spark: SparkSession, tmp_path: Path) -> None:
    rows = [
        f"u{n % 300},A{n % 40},Mug {n % 40},{n // 3},{1 + n % 28}.{1 + n % 12}.2026,1,2.00,{status},0"
        for n, status in enumerate(["paid", "paid", "closed"] * 700)
    ]
    # Too rare to be drawn, and told by a name or by the settings.
    rare = ["u1,PF,Versandkosten,9001,1.2.2026,1,4.90,paid,0", "u2,Z9,Gift,9002,1.2.2026,1,1.00,paid,0"]
    rules = CleaningRules(not_products=frozenset({"Z9"}))
    cleaning = of_files(NOW, written(tmp_path / "in" / "a.csv", *rows, *rare), rules=rules)
    local = cleaned_locally(cleaning)
    drawn = cleaned_on_spark(spark, replace(cleaning, lines_in_driver=400), tmp_path / "work")
    without = replace(drawn.summary, warnings=(), questions=(), non_products=())
    assert without == replace(local.summary, warnings=(), questions=(), non_products=())
    assert {one.item_id for one in drawn.summary.non_products} == {"PF", "Z9"}
    assert "all those of drawn shoppers" in drawn.summary.warnings[-1]
    told = [one for one in local.summary.questions if one.code == "statuses"]
    assert [one for one in drawn.summary.questions if one.code == "statuses"] == told
