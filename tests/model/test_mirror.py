"""Versions in an object store, and copies of them on several machines, against a real server that can fail."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.models import release, small_model
from support.object_store import S3Server, StorageProxy, set_variables

from recsvc.errors import DamagedModelError, ModelError, NoModelError, UnknownVersionError
from recsvc.model import storage
from recsvc.model.artifact import MANIFEST
from recsvc.model.mirror import MirroredRegistry, open_current, open_registry
from recsvc.model.model import Model
from recsvc.model.registry import CURRENT, Registry
from recsvc.model.storage import ChangedMeanwhileError, Pointer, Storage, StorageError


@pytest.fixture
def url(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty place."""
    set_variables(monkeypatch, s3.port)
    return s3.new_url()


@pytest.fixture
def proxy(s3: S3Server, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[StorageProxy]:
    """A way to it that can be broken; nobody tries again for long."""
    proxy = StorageProxy(s3.port)
    set_variables(monkeypatch, proxy.port)
    monkeypatch.setattr(storage, "RETRY_SECONDS", 0)
    yield proxy
    proxy.close()


@pytest.fixture
def job(url: str, tmp_path: Path) -> MirroredRegistry:
    """Where versions are published."""
    return MirroredRegistry(tmp_path / "job", Storage(url))


@pytest.fixture
def copy(url: str, tmp_path: Path) -> MirroredRegistry:
    """Where they are served."""
    return MirroredRegistry(tmp_path / "copy", Storage(url))


def live(registry: MirroredRegistry) -> str:
    seen = registry.storage.current()
    assert seen is not None
    return seen.name


def names(registry: Registry) -> list[str]:
    return [entry.model_version for entry in registry.versions()]


def test_what_is_published_on_one_machine_is_live_on_another(
    job: MirroredRegistry, copy: MirroredRegistry, model: Model, s3: S3Server, url: str
) -> None:
    with pytest.raises(NoModelError):
        copy.current_version()
    copy.refresh()  # nothing is there yet
    job.publish(model, release("1"))
    copy.refresh()
    assert copy.current_version() == "1"
    assert copy.load().manifest == job.load().manifest
    job.publish(model, release("2"), activate=False)
    copy.refresh()
    assert (copy.current_version(), names(copy)) == ("1", ["2", "1"])
    assert s3.read(url, CURRENT) == b"1\n"
    assert f"2/{MANIFEST}" in s3.objects(url)


def test_whoever_changes_what_is_live_changes_it_for_all(
    job: MirroredRegistry, copy: MirroredRegistry, model: Model
) -> None:
    for version in ("1", "2", "3"):
        job.publish(model, release(version))
    copy.refresh()
    assert copy.rollback() == "2"
    job.refresh()
    assert job.current_version() == "2"
    job.activate("3")
    copy.refresh()
    assert copy.current_version() == "3"
    with pytest.raises(UnknownVersionError, match="has no version 9"):
        copy.activate("9")
    assert job.prune(keep=1) == ["1", "2"]
    copy.refresh()
    assert names(copy) == ["3"]
    with pytest.raises(UnknownVersionError, match="no version older than the live one"):
        copy.rollback()


def test_a_machine_that_has_nothing_rolls_back_too(job: MirroredRegistry, url: str, tmp_path: Path) -> None:
    for version in ("1", "2"):
        job.publish(small_model(), release(version))
    elsewhere = open_current(tmp_path / "elsewhere", url)
    assert elsewhere.rollback() == "1"
    assert elsewhere.load().manifest.model_version == "1"


def test_a_version_that_is_deleted_is_gone_on_each_machine_and_the_live_one_stays(
    job: MirroredRegistry, copy: MirroredRegistry, model: Model, s3: S3Server, url: str
) -> None:
    for version in ("1", "2", "3"):
        job.publish(model, release(version))
    copy.refresh()
    assert job.discard({"1", "3", "7"}) == ["1"]
    assert not [name for name in s3.objects(url) if name.startswith("1/")]
    copy.refresh()
    assert names(copy) == names(job) == ["3", "2"]


def report_of(directory: Path, version: str, text: str = "measured") -> Path:
    report = directory / "reports" / version
    report.mkdir(parents=True)
    (report / "report.html").write_text(text)
    (report / "report.json").write_text("{}")
    (report / "rejected.csv.gz").write_bytes(b"rows")
    return report


def test_reports_of_the_job_are_seen_on_each_machine(job: MirroredRegistry, copy: MirroredRegistry) -> None:
    for version in ("1", "2", "3"):
        job.storage.push_report(report_of(job.directory, version), keep=2)
    report_of(copy.directory, "0")  # its own: of before, or of a time without the storage
    copy.refresh()
    brought = copy.directory / "reports"
    assert sorted(path.name for path in brought.iterdir()) == ["0", "2", "3"]
    assert (brought / "3" / "report.html").read_text() == "measured"
    assert (brought / "3" / "report.json").read_text() == "{}"
    assert not (brought / "3" / "rejected.csv.gz").exists()
    job.storage.push_report(report_of(job.directory, "4"), keep=2)
    copy.refresh()
    assert sorted(path.name for path in brought.iterdir()) == ["0", "3", "4"]


def test_a_report_that_is_not_whole_or_no_report_is_not_brought(
    job: MirroredRegistry, copy: MirroredRegistry, model: Model, s3: S3Server, url: str
) -> None:
    job.publish(model, release("1"))
    job.storage.push_report(report_of(job.directory, "2", "x" * (storage.MAX_REPORT_BYTES + 1)), keep=9)
    s3.write(url, "reports/3/report.json", b"{}")  # the last file is still being written
    s3.write(url, "reports/..%2F..%2Fetc/report.html", b"elsewhere")
    job.storage.push_report(report_of(job.directory, "4"), keep=9)
    copy.refresh()
    assert copy.current_version() == "1"
    assert [path.name for path in (copy.directory / "reports").iterdir()] == ["4"]


def test_a_version_without_a_manifest_is_not_there(
    job: MirroredRegistry, copy: MirroredRegistry, model: Model, s3: S3Server, url: str
) -> None:
    """A job that was killed left it."""
    job.publish(model, release("1"))
    s3.write(url, "2/items.npy", b"half")
    copy.refresh()
    assert names(copy) == ["1"]


@pytest.mark.parametrize("way", ["is_away", "refuses", "late", "cut"])
def test_while_the_storage_fails_the_copy_goes_on_and_later_it_follows(
    job: MirroredRegistry,
    model: Model,
    proxy: StorageProxy,
    url: str,
    tmp_path: Path,
    way: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job.publish(model, release("1"))
    monkeypatch.setattr(storage, "REQUEST_SECONDS", 1)
    copy = MirroredRegistry(tmp_path / "copy", Storage(url))
    copy.refresh()
    job.publish(model, release("2"))
    proxy.end_connections()
    proxy.is_away, proxy.refuses = way == "is_away", way == "refuses"
    proxy.late_seconds = 3.0 if way == "late" else 0.0
    proxy.cut_after = 900 if way == "cut" else None
    with pytest.raises(ModelError):
        copy.refresh()
    assert copy.load().manifest.model_version == "1"
    proxy.mend()
    copy.refresh()
    assert copy.load().manifest.model_version == "2"


def test_a_copy_that_was_cut_off_goes_on_where_it_was(
    job: MirroredRegistry, model: Model, copy: MirroredRegistry, s3: S3Server, url: str
) -> None:
    job.publish(model, release("1"))
    last = max(name for name in s3.objects(url) if name.startswith("1/") and name.endswith(".npy"))
    kept = s3.read(url, last)
    s3.remove(url, last)
    with pytest.raises(DamagedModelError, match=last):
        copy.refresh()
    (partial,) = copy.directory.glob(".pulling-*")
    before = {path.name: path.stat().st_ino for path in partial.glob("[a-z]*.npy")}
    assert len(before) > 5
    s3.write(url, last, kept)
    copy.refresh()
    after = {path.name: path.stat().st_ino for path in (copy.directory / "1").glob("*.npy")}
    assert before.items() <= after.items()
    assert copy.load().manifest.model_version == "1"
    assert not list(copy.directory.glob(".pulling-*"))


def test_a_file_that_was_altered_is_refused_by_name(
    job: MirroredRegistry, model: Model, copy: MirroredRegistry, s3: S3Server, url: str
) -> None:
    job.publish(model, release("1"))
    copy.refresh()
    job.publish(model, release("2"))
    s3.write(url, "2/user_factors.npy", s3.read(url, "2/user_factors.npy")[:-4] + b"evil")
    with pytest.raises(DamagedModelError, match=r"2/user_factors.npy is truncated or altered"):
        copy.refresh()
    assert copy.current_version() == "1"


@pytest.mark.parametrize("version", ["2", "3"])
def test_a_damaged_version_keeps_no_other_from_coming_or_going(
    job: MirroredRegistry, model: Model, copy: MirroredRegistry, s3: S3Server, url: str, version: str
) -> None:
    job.publish(model, release("1"))
    copy.refresh()
    for one in ("2", "3"):
        job.publish(model, release(one), activate=one == "3")
    job.discard({"1"})  # it knew somebody who asked to be forgotten
    s3.write(url, f"{version}/user_factors.npy", b"damaged")
    with pytest.raises(DamagedModelError, match=f"{version}/user_factors.npy"):
        copy.refresh()
    whole = {"2", "3"} - {version}
    assert set(names(copy)) == (
        whole if version == "2" else {"1", *whole}
    )  # what is live stays until another is


def manifest_with(s3: S3Server, url: str, **changes: object) -> bytes:
    return json.dumps(json.loads(s3.read(url, f"1/{MANIFEST}")) | changes).encode()


@pytest.mark.parametrize(
    "name", ["../../escaped.npy", "/escaped.npy", "a/b.npy", "x" * 300 + ".npy", "run.sh"]
)
def test_a_manifest_names_no_file_elsewhere(
    job: MirroredRegistry,
    model: Model,
    copy: MirroredRegistry,
    s3: S3Server,
    url: str,
    name: str,
    tmp_path: Path,
) -> None:
    job.publish(model, release("1"))
    s3.write(url, f"1/{MANIFEST}", manifest_with(s3, url, sha256={name: "0" * 64}))
    with pytest.raises(DamagedModelError, match="which no version has"):
        copy.refresh()
    assert not list(tmp_path.rglob("*escaped*"))


@pytest.mark.parametrize("held", [b"", b"../../etc", b"1\n2\n", b"\xff\xfe", b"9" * 10_000])
def test_what_is_live_has_to_be_the_name_of_a_version(
    job: MirroredRegistry, model: Model, copy: MirroredRegistry, s3: S3Server, url: str, held: bytes
) -> None:
    job.publish(model, release("1"))
    copy.refresh()
    s3.write(url, CURRENT, held)
    with pytest.raises(DamagedModelError, match="must hold the name of a version"):
        copy.refresh()
    assert copy.current_version() == "1"


def test_what_others_changed_meanwhile_is_not_written_over(
    job: MirroredRegistry, model: Model, url: str
) -> None:
    job.publish(model, release("1"))
    seen = job.storage.current()
    job.publish(model, release("2"))
    for stale in (seen, None, Pointer("1", '"0"', None)):
        with pytest.raises(ChangedMeanwhileError, match="changed by somebody else meanwhile"):
            job.storage.make_current("1", stale)
    assert live(job) == "2"


def test_a_newer_version_that_went_live_meanwhile_stays_live(
    job: MirroredRegistry, copy: MirroredRegistry, model: Model
) -> None:
    job.publish(model, release("5"))
    with pytest.raises(ModelError, match="5, which is newer, went live meanwhile; 4 is published, not live"):
        copy.publish(model, release("4"))
    assert live(job) == "5"
    assert job.storage.versions() == ["4", "5"]


def test_trainings_at_once_end_in_one_whole_version_each(url: str, tmp_path: Path, s3: S3Server) -> None:
    """A reader follows meanwhile: what it finds is always whole."""
    failures: list[str] = []
    n_publishers, n_versions = 3, 4

    def publish(number: int) -> None:
        registry = MirroredRegistry(tmp_path / f"job-{number}", Storage(url))
        for turn in range(n_versions):
            try:
                registry.publish(small_model(), release(f"{turn:03}-{number}"))
            except ModelError as error:
                if "is newer, went live meanwhile" not in str(error):
                    failures.append(str(error))

    threads = [threading.Thread(target=publish, args=(number,)) for number in range(n_publishers)]
    for thread in threads:
        thread.start()
    reader = MirroredRegistry(tmp_path / "reader", Storage(url))
    while any(thread.is_alive() for thread in threads):
        reader.refresh()
        if (reader.directory / CURRENT).exists():
            reader.load()
    for thread in threads:
        thread.join()
    reader.refresh()
    assert failures == []
    assert len(names(reader)) == n_publishers * n_versions
    assert reader.current_version() == f"{n_versions - 1:03}-{n_publishers - 1}"
    for version in names(reader):
        reader.load(version)


def test_a_directory_with_versions_of_its_own_is_no_copy(
    url: str, tmp_path: Path, registry: Registry
) -> None:
    with pytest.raises(ModelError, match="holds versions of its own"):
        open_current(registry.directory, url)
    assert names(registry) == ["1"]


def test_a_copy_stays_that_of_one_storage(job: MirroredRegistry, model: Model, s3: S3Server) -> None:
    job.publish(model, release("1"))
    with pytest.raises(ModelError, match="holds the copy of s3://"):
        open_current(job.directory, s3.new_url())
    assert names(job) == ["1"]


def test_without_a_url_it_is_the_directory(tmp_path: Path) -> None:
    assert type(open_registry(tmp_path, None)) is Registry


def test_a_bucket_that_is_not_there_is_named(url: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="s3://no-such-bucket/shop"):
        open_current(tmp_path / "copy", "s3://no-such-bucket/shop")


def test_keys_that_are_wrong_end_up_in_no_message(
    proxy: StorageProxy, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "do-not-tell")
    proxy.refuses = True
    with pytest.raises(StorageError) as raised:
        open_current(tmp_path / "copy", url)
    assert "do-not-tell" not in str(raised.value)
