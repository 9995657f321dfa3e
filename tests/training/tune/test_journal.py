import json
from pathlib import Path

import optuna
import pytest

from recsvc.errors import SettingsError
from training.tune.journal import open_journal

MADE_FROM = {"orders": "a", "settings": "b", "method": "c"}


def begin(path: Path) -> None:
    """A study with one finished trial and one that runs."""
    with open_journal(path, MADE_FROM) as journal:
        study = journal.study("s")
        study.tell(study.ask(), 0.5)
        study.ask()


def states(path: Path) -> list[str]:
    with open_journal(path, MADE_FROM) as journal:
        return [trial.state.name for trial in journal.study("s").trials]


def test_a_study_outlives_the_process_and_what_ran_has_failed(tmp_path: Path) -> None:
    begin(tmp_path / "tune.log")
    assert states(tmp_path / "tune.log") == ["COMPLETE", "FAIL"]


def test_a_half_written_last_line_is_dropped_and_the_study_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "tune.log"
    begin(path)
    path.write_bytes(path.read_bytes()[:-20])  # the beginning of the trial that runs
    assert states(path) == ["COMPLETE"]
    begin(path)
    assert states(path) == ["COMPLETE", "COMPLETE", "FAIL"]


def test_a_first_line_that_is_half_written_is_dropped_too(tmp_path: Path) -> None:
    (tmp_path / "tune.log").write_bytes(b'{"op_co')
    assert states(tmp_path / "tune.log") == []


def test_every_line_is_json(tmp_path: Path) -> None:
    begin(tmp_path / "tune.log")
    assert all(json.loads(line) for line in (tmp_path / "tune.log").read_text().splitlines())


def test_a_lock_that_a_killed_run_left_holds_nobody_up(tmp_path: Path) -> None:
    (tmp_path / "tune.log.lock").touch()
    begin(tmp_path / "tune.log")


@pytest.mark.parametrize(
    "content", [b"my notes", b"my notes\nmore\n", b'{"factors": 1}\n', b"\x80\x04K\x01."]
)
def test_a_file_that_is_something_else_is_refused_and_stays(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=r"notes.txt is not a study .* --study another file"):
        states(path)
    assert path.read_bytes() == content


def test_a_study_damaged_in_the_middle_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tune.log"
    begin(path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], lines[1][:9] + b"\n", *lines[2:]]))
    with pytest.raises(SettingsError, match=r"is damaged .* delete the file"):
        states(path)


def test_a_study_in_use_is_refused(tmp_path: Path) -> None:
    with (
        open_journal(tmp_path / "tune.log", MADE_FROM),
        pytest.raises(SettingsError, match="another run is using the study"),
    ):
        states(tmp_path / "tune.log")


def test_a_folder_is_no_study(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be opened"):
        states(tmp_path)


@pytest.mark.parametrize(
    ("part", "said"),
    [("orders", "from other orders"), ("settings", "with other settings"), ("method", "by another version")],
)
def test_a_study_made_from_something_else_is_refused_with_the_remedy(
    tmp_path: Path, part: str, said: str
) -> None:
    begin(tmp_path / "tune.log")
    with (
        open_journal(tmp_path / "tune.log", MADE_FROM | {part: "z"}) as journal,
        pytest.raises(SettingsError, match=f"made {said}.*: delete the file .* --study another"),
    ):
        journal.study("s")


def test_optuna_says_nothing_of_its_own(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    begin(tmp_path / "tune.log")
    assert capfd.readouterr() == ("", "")
    assert optuna.logging.get_verbosity() == optuna.logging.ERROR
