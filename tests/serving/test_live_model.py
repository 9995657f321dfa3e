import time

import pytest
from structlog.testing import capture_logs
from support.models import release

from recsvc.errors import NoModelError
from recsvc.model.model import Model
from recsvc.model.registry import CURRENT, Registry
from recsvc.serving.live_model import LiveModel


def live(registry: Registry) -> str:
    model = LiveModel(registry, poll_seconds=0.02)
    model.refresh()
    return model.current().manifest.model_version


def test_the_live_version_is_loaded(registry: Registry) -> None:
    assert live(registry) == "1"


def test_without_a_model_asking_for_it_says_how_to_get_one(tmp_path) -> None:
    model = LiveModel(Registry(tmp_path), poll_seconds=60)
    model.refresh()
    with pytest.raises(NoModelError, match="recsvc-train run"):
        model.current()


def test_a_newly_published_version_is_taken_up_by_itself(registry: Registry, model: Model) -> None:
    following = LiveModel(registry, poll_seconds=0.02)
    following.start()
    registry.publish(model, release("2"))
    deadline = time.monotonic() + 5
    while following.current().manifest.model_version != "2" and time.monotonic() < deadline:
        time.sleep(0.01)
    following.stop()
    assert following.current().manifest.model_version == "2"


def test_a_damaged_version_is_refused_once_and_the_one_in_use_goes_on(
    registry: Registry, model: Model
) -> None:
    following = LiveModel(registry, poll_seconds=60)
    following.refresh()
    registry.publish(model, release("2"))
    (registry.directory / "2" / "trending.npy").write_bytes(b"")
    with capture_logs() as lines:
        following.refresh()
        following.refresh()
    assert [line["event"] for line in lines] == ["model_refused"]
    assert "trending.npy" in lines[0]["detail"]
    assert following.current().manifest.model_version == "1"
    assert "trending.npy" in following.problem


def test_a_current_file_that_went_missing_changes_nothing(registry: Registry) -> None:
    following = LiveModel(registry, poll_seconds=60)
    following.refresh()
    (registry.directory / CURRENT).unlink()
    following.refresh()
    assert following.current().manifest.model_version == "1"


def test_a_problem_that_is_over_is_forgotten(registry: Registry) -> None:
    following = LiveModel(registry, poll_seconds=60)
    (registry.directory / CURRENT).write_text("2\n")
    following.refresh()
    assert following.problem
    (registry.directory / CURRENT).write_text("1\n")
    following.refresh()
    assert following.problem is None


def test_a_pruned_model_in_use_can_still_be_read(registry: Registry, model: Model) -> None:
    following = LiveModel(registry, poll_seconds=60)
    following.refresh()
    registry.publish(model, release("2"))
    registry.prune(1)
    assert following.current().recommender.model.item_factors.sum() > 0


def test_after_a_restart_the_version_before_a_damaged_one_answers(registry: Registry, model: Model) -> None:
    registry.publish(model, release("2"))
    (registry.directory / "2" / "trending.npy").write_bytes(b"")
    with capture_logs() as lines:
        started = LiveModel(registry, poll_seconds=60)
        started.refresh()
        started.refresh()
    assert started.current().manifest.model_version == "1"
    assert "trending.npy" in str(started.problem)
    assert [line["event"] for line in lines] == ["model_refused", "model_loaded", "model_before_used"]
    registry.publish(model, release("3"))
    started.refresh()
    assert (started.current().manifest.model_version, started.problem) == ("3", None)
