import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.models import release, small_model

from recsvc.errors import DamagedModelError, ModelError, NoModelError, UnknownVersionError
from recsvc.model.model import Model
from recsvc.model.registry import CURRENT, Registry

PUBLISHER = """
import sys
from pathlib import Path
from support.models import release, small_model
from recsvc.model.registry import Registry
registry, model = Registry(Path(sys.argv[1])), small_model()
print("ready", flush=True)
for number in range(2, 10_000):
    registry.publish(model, release(f"{sys.argv[2]}-{number:05}"))
    registry.prune(3)
"""


def names(registry: Registry) -> list[str]:
    return [entry.model_version for entry in registry.versions()]


def test_an_empty_directory_has_no_model_and_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(NoModelError, match="recsvc-train run"):
        Registry(tmp_path / "none").current_version()
    assert Registry(tmp_path / "none").versions() == []


def test_the_last_published_version_is_live(registry: Registry, model: Model) -> None:
    registry.publish(model, release("2"))
    assert registry.current_version() == "2"
    assert registry.load().manifest.model_version == "2"
    assert [(entry.model_version, entry.is_live) for entry in registry.versions()] == [
        ("2", True),
        ("1", False),
    ]


def test_a_version_can_be_published_without_going_live(registry: Registry, model: Model) -> None:
    registry.publish(model, release("2"), activate=False)
    assert registry.current_version() == "1"
    assert names(registry) == ["2", "1"]


def test_a_version_is_never_written_twice(registry: Registry, model: Model) -> None:
    with pytest.raises(ModelError, match="version 1 exists"):
        registry.publish(model, release("1"))


def test_rolling_back_goes_one_version_older_each_time(registry: Registry, model: Model) -> None:
    registry.publish(model, release("2"))
    registry.publish(model, release("3"))
    assert [registry.rollback(), registry.rollback()] == ["2", "1"]
    with pytest.raises(UnknownVersionError, match="no version older than the live one, 1"):
        registry.rollback()


def test_a_damaged_version_is_not_activated(registry: Registry, model: Model) -> None:
    registry.publish(model, release("2"), activate=False)
    (registry.directory / "2" / "trending.npy").write_bytes(b"")
    with pytest.raises(DamagedModelError, match=r"trending\.npy"):
        registry.activate("2")
    assert registry.current_version() == "1"


def test_a_damaged_version_is_listed_as_such(registry: Registry) -> None:
    (registry.directory / "1" / "manifest.json").unlink()
    assert "manifest.json cannot be read" in str(registry.versions()[0].problem)


@pytest.mark.parametrize("version", ["9", "../1", "", ".incoming-1", "1/../1"])
def test_a_version_that_is_not_there_is_refused(registry: Registry, version: str) -> None:
    with pytest.raises(UnknownVersionError):
        registry.activate(version)


@pytest.mark.parametrize("content", ["", "../../etc\n", "1\n2\n", "\x00"])
def test_a_current_file_that_names_no_version_is_refused(registry: Registry, content: str) -> None:
    (registry.directory / CURRENT).write_text(content)
    with pytest.raises(DamagedModelError, match="must hold the name of a version"):
        registry.current_version()


def test_pruning_keeps_the_newest_and_the_live_one(registry: Registry, model: Model) -> None:
    for version in ("2", "3", "4"):
        registry.publish(model, release(version), activate=False)
    assert registry.prune(2) == ["2"]
    assert names(registry) == ["4", "3", "1"]


def test_pruning_all_is_refused(registry: Registry) -> None:
    with pytest.raises(ModelError, match="keep must be at least 1, got 0"):
        registry.prune(0)


def test_a_job_killed_at_any_moment_leaves_a_live_model_and_no_half_one(registry: Registry) -> None:
    for attempt in range(12):
        command = [sys.executable, "-c", PUBLISHER, str(registry.directory), f"{attempt + 2:02}"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[1]) as job:
            assert job.stdout.readline() == b"ready\n"
            time.sleep(0.02 + 0.013 * attempt)
            job.kill()
        live = registry.load()
        assert list(live.model.users.ids) == list(small_model().users.ids)
        for name in names(registry):
            registry.load(name)


def test_what_a_killed_job_left_is_cleared_by_the_next_one(registry: Registry, model: Model) -> None:
    (registry.directory / ".incoming-0").mkdir()
    (registry.directory / ".incoming-0" / "trending.npy").write_bytes(b"half")
    registry.publish(model, release("2"))
    assert not list(registry.directory.glob(".incoming-*"))


def test_a_mistyped_directory_is_named_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="typo: No such file or directory"):
        Registry(tmp_path / "typo").rollback()
    assert not (tmp_path / "typo").exists()


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path, model: Model) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ModelError, match="cannot write to the models directory"):
        Registry(tmp_path / "file" / "models").publish(model, release("1"))


def test_what_lies_beside_versions_and_is_none_is_left_alone(registry: Registry, model: Model) -> None:
    """The directory of another shop, and a copy of a whole directory of versions, may have names like versions."""
    shop = registry.directory / "1a-shop"
    Registry(shop).publish(model, release("7"))
    (shop / "recsvc.db").write_bytes(b"its store")
    for version in ("2", "3"):
        registry.publish(model, release(version))
    assert names(registry) == ["3", "2", "1"]
    assert registry.prune(1) == ["1", "2"]
    assert registry.discard({"1a-shop"}) == []
    with pytest.raises(UnknownVersionError, match="no version older"):
        registry.rollback()
    assert (shop / "recsvc.db").read_bytes() == b"its store"
    assert Registry(shop).load().manifest.model_version == "7"


def test_pruning_spares_what_was_just_published_whatever_the_clock_named_it(
    registry: Registry, model: Model
) -> None:
    for version in ("5", "6", "0"):
        registry.publish(model, release(version), activate=False)
    assert registry.prune(2, spared="0") == []
    assert registry.prune(2) == ["0"]


def test_a_version_for_which_there_is_no_room_leaves_nothing_behind(registry: Registry, model: Model) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(
        resource.RLIMIT_FSIZE, (150, before[1])
    )  # as on a full disk, the file ends in the middle
    try:
        with pytest.raises(ModelError, match="cannot write to the models directory"):
            registry.publish(model, release("2"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(registry.directory.glob(".incoming-*"))
    registry.publish(model, release("2"))
