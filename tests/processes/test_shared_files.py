from pathlib import Path

import pytest

from recsvc.cache.epochs import Epochs
from recsvc.errors import SettingsError
from recsvc.processes.shared_files import shared_files


def test_the_files_are_there_during_the_block_and_gone_afterwards() -> None:
    with shared_files(2) as files:
        assert Epochs(files.epochs).origin > 0
        assert files.metrics.is_dir()
    assert not files.epochs.parent.exists()


def test_where_nothing_can_be_written_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recsvc.processes.shared_files._IN_MEMORY", Path("/nowhere"))
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")
    with pytest.raises(SettingsError, match="RECSVC_SHARED_DIR"), shared_files(2):
        pass
