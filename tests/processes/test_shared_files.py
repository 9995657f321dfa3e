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


def test_each_of_several_shops_has_invalidations_and_trials_of_its_own_and_all_write_to_one_place() -> None:
    with shared_files(2, shops=("garden", "books")) as files:
        garden, books = (files.of_shop(name) for name in ("garden", "books"))
        before = Epochs(books.epochs).stamp(7)
        Epochs(garden.epochs).invalidate(7)
        assert Epochs(books.epochs).stamp(7) == before
        assert Epochs(garden.epochs).origin != Epochs(books.epochs).origin
        assert (garden.tried.read_text(), garden.tried == books.tried) == ("", False)
        assert garden.metrics == books.metrics == files.metrics
        assert garden.heartbeats == files.heartbeats
