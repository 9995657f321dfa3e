from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recsvc.errors import SettingsError
from recsvc.mailing.export_plan import ExportPlan
from recsvc.mailing.mail_row import MailRow
from recsvc.mailing.parts_folder import PART_SHOPPERS, PLAN, Begun, PartsFolder

PLANNED = ExportPlan("for_you", 8, 4, 8, segment="orders > 1", needs=("title",))
BEGUN = Begun(PLANNED, "1", 7, 5)


@pytest.fixture
def folder(tmp_path: Path) -> PartsFolder:
    folder = PartsFolder(tmp_path / "lists.csv")
    with folder.held():
        folder.begin(BEGUN, np.arange(3))
    return folder


def test_what_was_begun_is_read_again(folder: PartsFolder) -> None:
    assert folder.read() == BEGUN
    assert folder.user_indices().tolist() == [0, 1, 2]
    assert folder.path.stat().st_mode & 0o077 == 0


def test_nothing_was_begun_in_an_empty_folder(tmp_path: Path) -> None:
    folder = PartsFolder(tmp_path / "other.csv")
    with folder.held():
        assert folder.read() is None


def test_a_folder_is_of_one_program_at_a_time(folder: PartsFolder) -> None:
    with (
        folder.held(),
        pytest.raises(SettingsError, match="another export"),
        PartsFolder(folder.path.with_name("lists.csv")).held(),
    ):
        pass


def test_parts_are_there_whole_and_in_order(folder: PartsFolder) -> None:
    n = PART_SHOPPERS + 1
    assert (list(folder.parts(n)), folder.sizes(n)) == ([0, 1], [PART_SHOPPERS, 1])
    folder.write(1, [MailRow("bob", "r", (), ())], Counter(erased=2))
    assert (folder.has(0), folder.has(1)) == (False, True)
    folder.write(
        0, [MailRow("ada", "r", (), ()), MailRow("ann\n", "r", (), ())], Counter(erased=1, too_short=1)
    )
    assert [row.user_id for row in folder.rows(n)] == ["ada", "ann\n", "bob"]
    assert folder.left_out(n) == Counter(erased=3, too_short=1)


def test_a_part_that_could_not_be_written_is_not_there(folder: PartsFolder) -> None:
    with pytest.raises(TypeError):
        folder.write(0, [replace(MailRow("ada", "r", (), ()), user_id=object())], Counter())  # type: ignore[arg-type]
    assert not folder.has(0)
    assert not list(folder.path.glob("*.tmp")) + list(folder.path.glob(".*.tmp"))


def test_a_plan_that_others_wrote_is_refused(folder: PartsFolder) -> None:
    (folder.path / PLAN).write_text("{}")
    with pytest.raises(SettingsError, match="delete"):
        folder.read()
