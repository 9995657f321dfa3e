"""Runs on Spark from the command line, and what comes of them."""

import gzip
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from pyspark.sql import SparkSession
from support.processes import becomes_true
from support.spark_cluster import SparkCluster, spark_cluster
from support.spark_runs import CONFIG, LIVE_WITHIN_SECONDS, ended, run

from recsvc.app import EXTENSION, create_app
from recsvc.model.registry import Registry
from recsvc.settings.settings import Settings
from training.orders import write_rejected
from training.sample import SampleShop, write_sample_shop
from training.spark.checkpoints import MARKER, PART, Checkpoints
from training.spark.job import ARRAYS, SparkBusyError, _alone, write_rejected_rows

pytestmark = [pytest.mark.spark, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with orders in Parquet, a catalogue and settings."""
    directory = tmp_path_factory.mktemp("shop")
    write_sample_shop(SampleShop(users=200, items=60, order_lines=5000, suffix=".parquet"), directory)
    (directory / "recsvc.toml").write_text(CONFIG)
    return directory


def finished(stages: Path) -> dict[str, int]:
    """Return when each finished stage was finished."""
    return {path.parent.name: path.stat().st_mtime_ns for path in stages.glob(f"*/{MARKER}")}


def has(stages: Path, name: str, process: subprocess.Popen[str]) -> bool:
    """Wait until a stage is finished; return whether the run was still going on then."""
    becomes_true(lambda: name in finished(stages) or process.poll() is not None, LIVE_WITHIN_SECONDS)
    return process.poll() is None


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkCluster]:
    with spark_cluster(tmp_path_factory.mktemp("cluster")) as one:
        yield one


@pytest.fixture(scope="module")
def killed_and_finished(shop: Path, cluster: SparkCluster) -> tuple[dict[str, int], dict[str, int], str]:
    """What was finished when the driver was killed, what in the end, and what the run that went on said.

    A worker of the cluster was killed in the middle of that one.
    """
    options = ("--spark-master", cluster.master, "--orders", "orders.parquet", "--catalogue", "catalogue.csv")
    stages = shop / "models" / "spark"
    with run(shop, *options) as first:
        assert has(stages, "histories", first), first.communicate(timeout=60)
        os.killpg(first.pid, signal.SIGKILL)
        first.wait(60)
    before = finished(stages)
    with run(shop, *options) as second:
        assert has(stages, "item_sums", second), second.communicate(timeout=60)
        cluster.kill_worker(0)
        said, _ = second.communicate(timeout=LIVE_WITHIN_SECONDS)
        assert second.returncode == 0, said
    return before, finished(stages), said


def test_a_run_that_was_killed_goes_on_and_outlives_a_worker(
    killed_and_finished: tuple[dict[str, int], dict[str, int], str],
) -> None:
    before, after, said = killed_and_finished
    assert {"orders-cleaned", "items", "purchases", "histories"} <= before.keys()
    assert "user_factors" not in before
    assert {name: after[name] for name in before} == before
    assert "user_factors" in after
    assert "is live: " in said


def test_the_service_answers_from_it(
    shop: Path, killed_and_finished: tuple[dict[str, int], dict[str, int], str]
) -> None:
    model = Registry(shop / "models").load().model
    user_id, item_id = model.users.id_of(3), model.items.id_of(int(model.popularity[0].argmax()))
    app = create_app(Settings(models_dir=shop / "models", log_level="error"))
    try:
        client = app.test_client()
        for placement in ("for_you", "discover", "similar", "bought_together", "trending"):
            answer = client.get(
                f"/v1/recommend?user_id={user_id}&placement={placement}&item_id={item_id}&n=5"
            )
            assert answer.status_code == 200, answer.text
            assert answer.json is not None
            assert answer.json["items"], placement
        assert answer.json["model_version"] == Registry(shop / "models").current_version()
        moment = client.get(f"/v1/users/{user_id}/moment").json
        assert moment is not None
        assert moment["is_learned"], moment
        new = client.get("/v1/recommend?user_id=nobody-known&placement=for_you").json
        assert new is not None
        assert new["strategy"] == "trending"
    finally:
        app.extensions[EXTENSION].close()


def test_what_was_drawn_and_measured_is_in_the_manifest(
    shop: Path, killed_and_finished: tuple[dict[str, int], dict[str, int], str]
) -> None:
    manifest = Registry(shop / "models").load().manifest
    assert "measured on what 120 of the " in json.dumps(manifest.metrics["evaluation"]["data"]["notes"])
    assert manifest.counts["purchases"] == manifest.metrics["orders"]["purchases"]


@pytest.mark.long
def test_a_history_that_lost_most_shoppers_is_refused(
    shop: Path, killed_and_finished: tuple[dict[str, int], dict[str, int], str]
) -> None:
    write_sample_shop(
        SampleShop(users=60, items=60, order_lines=1500, seed=2, suffix=".parquet"), shop / "less"
    )
    live = (shop / "models" / "CURRENT").read_text()
    status, said = ended(shop, "--spark-master", "local[2]", "--orders", "less/orders.parquet")
    assert status == 4, said
    assert "REFUSED" in said
    assert (shop / "models" / "CURRENT").read_text() == live


def test_orders_without_a_shopper_are_not_usable(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("customer,sku,date\n,tea,2026-01-01\n,milk,2026-01-02\n")
    status, said = ended(tmp_path, "--spark-master", "local[1]", "--orders", "orders.csv")
    assert status == 3, said
    assert "error: none of the 2 rows is a purchase of a known user" in said


def test_the_workers_of_another_machine_need_a_directory_that_they_see(tmp_path: Path) -> None:
    status, said = ended(tmp_path, "--spark-master", "spark://cluster.example:7077", "--orders", "orders.csv")
    assert status == 2, said
    assert "--spark-dir hdfs://" in said


def test_refused_rows_are_written_as_in_one_process(spark: SparkSession, tmp_path: Path) -> None:
    rows = [(2, 'a "b".csv', 7, "guest", None), (1, "a.csv", 3, "zero_price", "guest;return")]
    table = spark.createDataFrame(rows, "line long, file string, row long, reason string, also string")
    write_rejected_rows(table, tmp_path / "rejected.csv.gz")
    local = tmp_path / "local.csv.gz"
    write_rejected(
        pl.DataFrame(
            [row[1:] for row in sorted(rows)], schema=["file", "row", "reason", "also"], orient="row"
        ),
        local,
    )
    assert gzip.decompress((tmp_path / "rejected.csv.gz").read_bytes()) == gzip.decompress(local.read_bytes())


def test_a_stage_is_made_again_only_where_it_comes_from_something_else(
    spark: SparkSession, tmp_path: Path
) -> None:
    made = []

    def stage(n: int) -> None:
        checkpoints = Checkpoints(spark, str(tmp_path))
        frame = checkpoints.frame("numbers", ["to", n], lambda: (made.append(n), spark.range(n))[1])
        assert frame.count() == n

    for n in (3, 3, 4, 3):
        stage(n)
    assert made == [3, 4, 3]
    marker = tmp_path / "numbers" / MARKER
    marker.write_text(marker.read_text()[:10])  # damaged
    stage(3)
    assert made == [3, 4, 3, 3]


def test_a_stage_that_was_killed_while_it_wrote_its_marker_is_not_finished(
    spark: SparkSession, tmp_path: Path
) -> None:
    (tmp_path / "numbers").mkdir()
    (tmp_path / "numbers" / f"{MARKER}{PART}").write_text('{"finger')
    checkpoints, made = Checkpoints(spark, str(tmp_path)), []
    for _ in range(2):
        checkpoints.frame("numbers", [], lambda: (made.append(1), spark.range(2))[1])
        checkpoints.value("table", [], lambda: made.append(2) or {"a": 1})
    assert made == [1, 2]
    assert {path.name for path in tmp_path.glob("*/*.part")} == set()


def test_one_run_works_in_a_models_directory_at_a_time_and_clears_up_after_a_killed_one(
    tmp_path: Path,
) -> None:
    left = tmp_path / f"{ARRAYS}x"
    left.mkdir()
    (left / "user_factors.npy").write_bytes(b"of a run that was killed")
    with _alone(tmp_path):
        assert not left.exists()
        with pytest.raises(SparkBusyError, match="another run on Spark works in"), _alone(tmp_path):
            pass
    with _alone(tmp_path):
        pass
