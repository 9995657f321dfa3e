"""Versions in an Azure container, against Azurite; skipped where ``npm install --global azurite`` was not run."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.azure_store import PROGRAM, AzureServer
from support.models import release

from recsvc.errors import ModelError
from recsvc.model.mirror import MirroredRegistry
from recsvc.model.model import Model
from recsvc.model.storage import ChangedMeanwhileError, Storage

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="azurite-blob is not on the path")


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AzureServer]:
    server = AzureServer(tmp_path_factory.mktemp("azure"))
    yield server
    server.close()


@pytest.fixture
def url(azure: AzureServer, monkeypatch: pytest.MonkeyPatch) -> str:
    azure.set_variables(monkeypatch)
    return azure.new_url()


def test_versions_go_live_roll_back_and_are_deleted(url: str, model: Model, tmp_path: Path) -> None:
    job, copy = (MirroredRegistry(tmp_path / name, Storage(url)) for name in ("job", "copy"))
    for version in ("1", "2", "3"):
        job.publish(model, release(version))
    copy.refresh()
    assert copy.current_version() == "3"
    assert copy.load().manifest == job.load().manifest
    assert copy.rollback() == "2"
    assert job.prune(1) == ["1"]
    copy.refresh()
    assert [entry.model_version for entry in copy.versions()] == ["3", "2"]


def test_only_who_knew_what_was_live_changes_it(url: str) -> None:
    storage = Storage(url)
    storage.make_current("1", None)
    seen = storage.current()
    with pytest.raises(ChangedMeanwhileError):
        storage.make_current("2", None)
    storage.make_current("2", seen)
    with pytest.raises(ChangedMeanwhileError):
        storage.make_current("3", seen)
    now = storage.current()
    assert now is not None
    assert now.name == "2"


def test_a_container_that_is_not_there_is_named(url: str) -> None:
    with pytest.raises(ModelError, match="az://elsewhere"):
        Storage("az://elsewhere/x", retry_seconds=0).make_current("1", None)
