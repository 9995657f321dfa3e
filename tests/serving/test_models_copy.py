from pathlib import Path

import pytest
from structlog.testing import capture_logs
from support.object_store import set_variables
from support.processes import free_port

from recsvc.metrics import Metrics
from recsvc.model.mirror import MirroredRegistry
from recsvc.model.storage import Storage
from recsvc.serving.models_copy import ModelsCopy


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Storage:
    """A store that does not answer."""
    set_variables(monkeypatch, free_port())
    return Storage("s3://models/shop", retry_seconds=0)


def test_a_store_that_stays_away_is_logged_once(away: Storage, tmp_path: Path) -> None:
    copy = ModelsCopy(MirroredRegistry(tmp_path / "copy", away), 60, Metrics())
    with capture_logs() as logs:
        for _ in range(3):
            copy.refresh()
    assert [line["event"] for line in logs] == ["models_not_copied"]
    assert copy.problem is not None
    assert "cannot read s3://models/shop/CURRENT" in copy.problem


def test_a_directory_that_cannot_hold_the_copy_is_a_problem_that_health_tells(
    away: Storage, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    copy = ModelsCopy(MirroredRegistry(tmp_path / "file" / "copy", away), 60, Metrics())
    copy.refresh()
    assert copy.problem is not None
    assert "name a directory that can be with RECSVC_MODELS_DIR" in copy.problem
