"""A run whose orders and finished stages lie in an S3, reached by Hadoop's connector, which is fetched once (large)."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pyspark
import pytest
from support.object_store import S3Server, variables
from support.processes import becomes_true
from support.spark_runs import CONFIG, LIVE_WITHIN_SECONDS, ended, run

from recsvc.model.registry import Registry
from training.sample import SampleShop, write_sample_shop
from training.spark.checkpoints import MARKER

pytestmark = [pytest.mark.spark, pytest.mark.long, pytest.mark.timeout(3600)]


def connector() -> str:
    """Return the coordinates of the connector in the version of PySpark's Hadoop."""
    jars = (Path(pyspark.__file__).parent / "jars").glob("hadoop-client-api-*.jar")
    return f"org.apache.hadoop:hadoop-aws:{next(jars).stem.rpartition('-')[2]}"


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    server = S3Server()
    yield server
    server.close()


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    write_sample_shop(SampleShop(users=200, items=60, order_lines=5000, suffix=".parquet"), tmp_path)
    (tmp_path / "recsvc.toml").write_text(CONFIG)
    return tmp_path


def test_orders_and_stages_in_s3_are_as_those_of_a_folder_and_a_killed_run_goes_on(
    shop: Path, server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables(server.port).items():
        monkeypatch.setenv(name, value)
    url = server.new_url()
    server.write(url, "orders/2026.parquet", (shop / "orders.parquet").read_bytes())
    server.write(url, "orders/_SUCCESS", b"")
    s3a = url.replace("s3://", "s3a://")
    options = (
        "--spark-master", "local[2]",
        "--spark-conf", f"spark.jars.packages={connector()}",
        "--spark-conf", f"spark.hadoop.fs.s3a.endpoint=http://127.0.0.1:{server.port}",
        "--spark-conf", "spark.hadoop.fs.s3a.endpoint.region=us-east-1",
        "--spark-conf", "spark.hadoop.fs.s3a.path.style.access=true",
        "--spark-dir", f"{s3a}/stages",
        "--catalogue", "catalogue.csv",
    )  # fmt: skip

    def finished() -> set[str]:
        return {name.split("/")[-2] for name in server.objects(url) if name.endswith(f"/{MARKER}")}

    with run(shop, *options, "--orders", f"{s3a}/orders/*.parquet") as first:
        until = lambda: "histories" in finished() or first.poll() is not None  # noqa: E731
        assert becomes_true(until, LIVE_WITHIN_SECONDS)
        assert first.poll() is None, first.communicate(timeout=60)
        os.killpg(first.pid, signal.SIGKILL)
        first.wait(60)
    before = finished()
    assert {"orders-cleaned", "items", "purchases", "histories"} <= before
    written = {
        name: server.read(url, name) for name in server.objects(url) if f"/histories/{MARKER}" in f"/{name}"
    }
    status, said = ended(shop, *options, "--orders", f"{s3a}/orders/*.parquet")
    assert status == 0, said
    assert before < finished()
    assert not any(name.endswith(".part") for name in server.objects(url))
    assert {name: server.read(url, name) for name in written} == written

    status, said = ended(
        shop, "--spark-master", "local[2]", "--orders", "orders.parquet", "--catalogue", "catalogue.csv",
        "--models-dir", "by-folder",
    )  # fmt: skip
    assert status == 0, said
    of_s3, of_folder = (Registry(shop / directory).load().manifest for directory in ("models", "by-folder"))
    assert of_s3.counts == of_folder.counts
    assert of_s3.metrics["orders"]["purchases"] == of_folder.metrics["orders"]["purchases"]


def test_a_key_that_is_not_there_is_named(
    shop: Path, server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables(server.port).items():
        monkeypatch.setenv(name, value)
    address = server.new_url().replace("s3://", "s3a://") + "/orders/*.parquet"
    status, said = ended(
        shop,
        "--spark-master", "local[1]",
        "--spark-conf", f"spark.jars.packages={connector()}",
        "--spark-conf", f"spark.hadoop.fs.s3a.endpoint=http://127.0.0.1:{server.port}",
        "--spark-conf", "spark.hadoop.fs.s3a.path.style.access=true",
        "--orders", address,
    )  # fmt: skip
    assert status == 3, said
    assert f"{address} matches no file" in said
