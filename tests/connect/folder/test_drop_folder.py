"""A folder into which files are dropped: which are whole, and how they are moved."""

import errno
import os
import time
from pathlib import Path

import pytest

from recsvc.connect.folder.drop_folder import PATTERNS, DropFolder, FileKind
from recsvc.errors import PlatformError

OTHER_FILE_SYSTEM = Path("/dev/shm")  # noqa: S108 - a folder of one's own is made in it


def _marked(path: Path, marker: str = ".done") -> DropFolder:
    return DropFolder(path, PATTERNS, marker=marker)


def _names(place: DropFolder) -> tuple[list[str], dict[str, str]]:
    with place.held():
        waiting = place.waiting()
    return [one.path.name for one in waiting.whole], dict(waiting.unfinished)


def test_a_marker_of_an_earlier_file_says_nothing(tmp_path: Path) -> None:
    stock, marker = tmp_path / "stock.csv", tmp_path / "stock.csv.done"
    stock.write_text("sku,quantity\nTEA,1\n")
    marker.touch()
    assert _names(_marked(tmp_path)) == (["stock.csv"], {})
    time.sleep(0.02)  # the clock of a folder is that coarse
    stock.write_text("sku,qu")
    changed = {"stock.csv": "it changed after stock.csv.done was written"}
    assert _names(_marked(tmp_path)) == ([], changed)
    time.sleep(0.02)
    marker.touch()
    assert _names(_marked(tmp_path)) == (["stock.csv"], {})


@pytest.mark.parametrize(("marker", "written"), [(".done", "stock.csv.DONE"), (".OK", "stock.csv.ok")])
def test_a_marker_may_be_in_capitals(tmp_path: Path, marker: str, written: str) -> None:
    (tmp_path / "stock.csv").touch()
    (tmp_path / written).touch()
    place = _marked(tmp_path, marker)
    with place.held():
        (file,) = place.waiting().whole
        place.put_away(file, None)
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == [".recsvc-lock"]


def test_of_two_markers_the_newer_counts(tmp_path: Path) -> None:
    (tmp_path / "stock.csv.done").touch()
    time.sleep(0.02)
    (tmp_path / "stock.csv").touch()
    (tmp_path / "stock.csv.DONE").touch()
    assert _names(_marked(tmp_path)) == (["stock.csv"], {})


def test_a_marker_without_its_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "stock.csv").touch()
    (tmp_path / "notes.csv").touch()
    assert _names(_marked(tmp_path, ".csv")) == ([], {"stock.csv": "there is no stock"})


def test_a_name_that_two_patterns_call_is_refused(tmp_path: Path) -> None:
    (tmp_path / "stock.csv").touch()
    place = DropFolder(tmp_path, {**PATTERNS, FileKind.PRODUCTS: "*.csv"}, quiet_seconds=0)
    with pytest.raises(
        PlatformError, match=r"stock.csv is called by --products '\*.csv' and --stock 'stock\*'"
    ):
        _names(place)


def test_a_file_that_changes_without_another_size_or_time_is_seen_to_change(tmp_path: Path) -> None:
    stock = tmp_path / "stock.csv"
    stock.write_text("sku,quantity\nTEA,1\n")
    os.utime(stock, (1000, 1000))
    place = DropFolder(tmp_path, PATTERNS, quiet_seconds=0)
    with place.held():
        (file,) = place.waiting().whole
    assert file.is_unchanged()
    time.sleep(0.02)
    stock.write_text("sku,quantity\nTEA,0\n")
    os.utime(stock, (1000, 1000))
    assert not file.is_unchanged()


@pytest.mark.parametrize("name", ["done", "failed"])
def test_a_folder_where_files_could_not_be_put_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("a file")
    with (
        pytest.raises(PlatformError, match=f"{name} must be a folder .* move away what lies there"),
        DropFolder(tmp_path, PATTERNS).held(),
    ):
        pass


def test_a_file_that_only_another_user_may_move_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "stock.csv").touch()
    place = DropFolder(tmp_path, PATTERNS, quiet_seconds=0)
    with place.held():
        (file,) = place.waiting().whole
    stranger = tmp_path.stat().st_uid + 4000
    monkeypatch.setattr(os, "geteuid", lambda: stranger)
    place.check_movable(file)
    tmp_path.chmod(0o1777)
    with pytest.raises(
        PlatformError, match=f"only the owner of a file may move it; say 'chmod -t {tmp_path}'"
    ):
        place.check_movable(file)


def test_a_file_moves_to_another_file_system(tmp_path: Path) -> None:
    if not OTHER_FILE_SYSTEM.is_dir() or OTHER_FILE_SYSTEM.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("one file system only")
    other = OTHER_FILE_SYSTEM / f"recsvc-drop-{os.getpid()}"
    other.mkdir()
    try:
        (tmp_path / "done").symlink_to(other)
        stock = tmp_path / "stock.csv"
        stock.write_text("sku,quantity\nTEA,1\n")
        with pytest.raises(OSError, match="cross-device") as crossed:
            stock.rename(other / "stock.csv")
        assert crossed.value.errno == errno.EXDEV
        place = DropFolder(tmp_path, PATTERNS, quiet_seconds=0)
        with place.held():
            (file,) = place.waiting().whole
            moved = place.put_away(file, None)
        assert moved.read_text() == "sku,quantity\nTEA,1\n"
        assert not stock.exists()
    finally:
        for one in other.iterdir():
            one.unlink()
        other.rmdir()
