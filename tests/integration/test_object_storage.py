"""Models in an object store: the job publishes there, a service on another machine follows, whatever the store does."""

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.models import release, small_model
from support.object_store import S3Server, StorageProxy, set_variables
from support.processes import Service

from recsvc.model.mirror import MirroredRegistry
from recsvc.model.storage import Storage

SWITCH_SECONDS, BUSY = 5.0, 3
"""It takes so long alone on a machine; others may use it too."""


@pytest.fixture
def url(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> str:
    set_variables(monkeypatch, s3.port)
    return s3.new_url()


@pytest.fixture
def job(url: str, tmp_path: Path) -> MirroredRegistry:
    """Goes to the store directly; the service goes through the proxy."""
    registry = MirroredRegistry(tmp_path / "job", Storage(url))
    registry.publish(small_model(), release("1"))
    return registry


@pytest.fixture
def proxy(job: MirroredRegistry, s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[StorageProxy]:
    proxy = StorageProxy(s3.port)
    set_variables(monkeypatch, proxy.port)
    yield proxy
    proxy.close()


@pytest.fixture
def service(proxy: StorageProxy, url: str, tmp_path: Path) -> Iterator[Service]:
    service = Service(tmp_path / "copy", tmp_path / "log", models_url=url)
    yield service
    service.stop()


def wait_for_version(service: Service, version: str, seconds: float) -> float:
    """Wait until each worker answers from ``version``; return how long that took."""
    started, in_row = time.monotonic(), 0
    while in_row < 20:
        _status, answer, _headers = service.get("/v1/recommend?user_id=ada")
        in_row = in_row + 1 if answer.get("model_version") == version else 0
        assert time.monotonic() - started < seconds, (answer, service.log.read_text()[-2000:])
        time.sleep(0.01)
    return time.monotonic() - started


class Asking:
    """Asks for lists all the time; counts statuses and versions."""

    def __init__(self, service: Service) -> None:
        self.statuses, self.versions = Counter[int](), Counter[str]()
        self._stop, self._service = threading.Event(), service
        self._thread = threading.Thread(target=self._ask)

    def __enter__(self) -> "Asking":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _ask(self) -> None:
        while not self._stop.is_set():
            status, answer, _headers = self._service.get("/v1/recommend?user_id=ada")
            self.statuses[status] += 1
            self.versions[answer.get("model_version", "none")] += 1


def test_a_new_version_is_answered_from_within_seconds(service: Service, job: MirroredRegistry) -> None:
    wait_for_version(service, "1", 30)
    job.publish(small_model(), release("2"))
    assert wait_for_version(service, "2", 60) < BUSY * SWITCH_SECONDS
    job.rollback()
    wait_for_version(service, "1", 60)


@pytest.mark.parametrize(
    "way", ["is_away", *(pytest.param(way, marks=pytest.mark.long) for way in ("refuses", "late", "cut"))]
)
def test_while_the_storage_fails_each_answer_is_whole_and_from_the_last_version(
    service: Service, job: MirroredRegistry, proxy: StorageProxy, way: str
) -> None:
    wait_for_version(service, "1", 30)
    with Asking(service) as asking:
        proxy.is_away, proxy.refuses = way == "is_away", way == "refuses"
        proxy.late_seconds = 2.0 if way == "late" else 0.0
        proxy.cut_after = 600 if way == "cut" else None
        proxy.end_connections()
        job.publish(small_model(), release("2"))
        time.sleep(4)
    assert set(asking.statuses) == {200}
    assert set(asking.versions) <= {"1", "2"}
    if way != "late":
        assert set(asking.versions) == {"1"}
    proxy.mend()
    wait_for_version(service, "2", 90)


@pytest.mark.long
def test_a_service_starts_without_the_storage_from_its_copy(
    service: Service, proxy: StorageProxy, url: str, tmp_path: Path
) -> None:
    wait_for_version(service, "1", 30)
    service.stop()
    proxy.is_away = True
    again = Service(tmp_path / "copy", tmp_path / "log", models_url=url)
    try:
        wait_for_version(again, "1", 30)
        deadline = time.monotonic() + 60
        while not any("cannot read s3://" in one for one in again.get("/health/ready")[1]["problems"]):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        time.sleep(6)
        assert (
            "models_copied_again" not in again.log.read_text()
        )  # one worker that looks does not speak for the others
        proxy.mend()
        while "models_copied_again" not in again.log.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        again.stop()


def program(module: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(
        command, cwd=cwd, env=dict(os.environ), capture_output=True, text=True, check=False, timeout=240
    )


def test_a_shop_trains_into_it_and_rolls_back_from_another_machine(
    url: str, s3: S3Server, tmp_path: Path
) -> None:
    sizes = ["--users", "60", "--items", "40", "--order-lines", "900", "--days", "120"]
    assert program("training", "sample", *sizes, "--out", ".", cwd=tmp_path).returncode == 0
    run = ["run", "--orders", "orders.csv", "--models-dir", url]
    first = program("training", *run, cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "orders.csv").rename(elsewhere / "orders.csv")
    second = program("training", *run, cwd=elsewhere)  # goes on from the live version, which it has to fetch
    assert second.returncode == 0, second.stderr
    versions = sorted({name.split("/")[0] for name in s3.objects(url)} - {"CURRENT", "reports"})
    assert len(versions) == 2
    assert f"reports/{versions[1]}/report.html" in s3.objects(url)
    listed = program("recsvc", "models", "list", "--models-dir", url, cwd=tmp_path)
    assert (
        tmp_path / "models" / "reports" / versions[1] / "report.html"
    ).is_file()  # brought for the console
    assert f"*  {versions[1]}" in listed.stdout, listed.stderr
    rolled_back = program("recsvc", "models", "rollback", "--models-dir", url, cwd=tmp_path)
    assert f"{versions[0]} is live" in rolled_back.stdout, rolled_back.stderr
    assert s3.read(url, "CURRENT").decode().strip() == versions[0]


def test_a_training_without_the_storage_says_so_and_changes_nothing(url: str, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("customer,sku,date,order,qty\n")
    done = program(
        "training", "run", "--orders", "orders.csv", "--models-dir", "s3://no-such-bucket/x", cwd=tmp_path
    )
    assert done.returncode == 1
    assert "s3://no-such-bucket/x" in done.stderr
    assert "Traceback" not in done.stderr
