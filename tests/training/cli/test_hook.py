"""Who is told how a run ended: a program of the shop, in its environment and on its standard input."""

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recsvc.config_file import PREFIX
from recsvc.errors import DataError, ModelError, SettingsError
from recsvc.settings.settings import OF_A_RUN
from training.cli import hook
from training.cli.hook import End, Ending, tell
from training.cli.main import main

TOLD = "cat > told.json; env | grep ^RECSVC_RUN_ > told.env"
REFUSED = Ending(
    End.REFUSED, "v2 was refused. It's worse; $(touch gone) `touch gone`", "v2", False, "v1", "r.html"
)


def now() -> datetime:
    return datetime.now(UTC)


def told(directory: Path) -> dict[str, str]:
    lines = (directory / "told.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_what_is_told_is_data_and_never_a_part_of_the_command(tmp_path: Path) -> None:
    assert tell(TOLD, REFUSED, now()) is None
    document = json.loads((tmp_path / "told.json").read_text())
    assert document["seconds"] >= 0
    assert datetime.fromisoformat(document["started"]) <= now()
    assert {key: document[key] for key in ("status", "exit_status", "sentence", "live_version")} == {
        "status": "refused",
        "exit_status": 4,
        "sentence": REFUSED.sentence,
        "live_version": "v1",
    }
    assert set(told(tmp_path)) == {PREFIX + name for name in OF_A_RUN}
    assert told(tmp_path) == {
        "RECSVC_RUN_STATUS": "refused",
        "RECSVC_RUN_EXIT_STATUS": "4",
        "RECSVC_RUN_SENTENCE": REFUSED.sentence,
        "RECSVC_RUN_MODEL_VERSION": "v2",
        "RECSVC_RUN_REPORT": "r.html",
    }
    assert not (tmp_path / "gone").exists()


@pytest.mark.parametrize(
    ("error", "status", "exit_status"),
    [
        (DataError("no rows"), "data_not_usable", 3),
        (SettingsError("no such key"), "usage", 2),
        (ModelError("disk full"), "failed", 1),
        (ZeroDivisionError(), "failed", 1),
        (KeyboardInterrupt(), "failed", 1),
    ],
)
def test_each_error_has_its_kind_and_a_sentence(error: BaseException, status: str, exit_status: int) -> None:
    ending = Ending.of(error)
    assert (ending.status, ending.exit_status) == (status, exit_status)
    assert ending.sentence


@pytest.mark.parametrize("sentence", ["long " * 100_000, "a\0b", "\ud800 \N{SNOWMAN}\n\n"])
def test_no_sentence_keeps_the_hook_from_being_told(tmp_path: Path, sentence: str) -> None:
    assert tell("cat > told.json", Ending(End.FAILED, sentence), now()) is None
    assert json.loads((tmp_path / "told.json").read_text())["sentence"] == sentence


def test_a_hook_that_fails_or_reads_nothing_is_said_and_no_more() -> None:
    assert tell("exit 7", Ending(End.FAILED, "x" * 10**6), now()) == "the hook ended with status 7: exit 7"
    assert tell("true", Ending(End.FAILED, "x" * 10**6), now()) is None


def test_a_hook_that_hangs_ends_with_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hook, "HOOK_SECONDS", 0.5)
    said = tell("sleep 100 & echo $! > pid; wait", Ending(End.FAILED, "late"), now())
    assert said is not None
    assert "did not end within 0.5 s" in said
    pid = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 10
    while is_running(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def test_a_run_that_ends_early_tells_its_hook_and_keeps_its_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "orders.csv").write_text("customer,sku,date,order,qty\n")
    command = [
        "recsvc-train",
        "run",
        "--orders",
        "orders.csv",
        "--models-dir",
        "models",
        "--hook",
        f"{TOLD}; exit 9",
    ]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 3
    assert told(tmp_path)["RECSVC_RUN_STATUS"] == "data_not_usable"
    said = capsys.readouterr().err
    assert "warning: the hook ended with status 9" in said
    assert told(tmp_path)["RECSVC_RUN_SENTENCE"] in said.replace("\n", " ")
