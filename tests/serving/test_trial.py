"""Arrays that were altered, with the right sha256: the version is refused, or every answer can be given."""

import hashlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from support.models import release, small_model

from recsvc.cache.finished_list import FinishedList, Kept
from recsvc.errors import DamagedModelError, ModelError
from recsvc.model.registry import Registry
from recsvc.ranking.query import Placement, Query
from recsvc.ranking.recommender import Recommender
from recsvc.serving import trial as trial_module
from recsvc.serving.live_model import LiveModel
from recsvc.serving.trial import TrialInChild, try_out


def altered(registry: Registry, name: str, array: np.ndarray) -> None:
    """Write ``array`` in the place of another one, with its sha256 in the manifest."""
    path, manifest = registry.directory / "1" / f"{name}.npy", registry.directory / "1" / "manifest.json"
    np.save(path, array)
    fields = json.loads(manifest.read_text())
    fields["sha256"][path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(fields))


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    made = Registry(tmp_path / "models")
    made.publish(small_model(), release("1"))
    return made


FLAT = [
    "basket_neighbours_indices", "basket_neighbours_indptr", "category_offsets", "history_indices", "history_indptr",
    "item_id_offsets", "item_id_text", "title_offsets", "user_id_offsets",
]  # fmt: skip


@pytest.mark.parametrize("name", FLAT)
def test_an_array_of_another_number_of_dimensions_is_refused(registry: Registry, name: str) -> None:
    array = np.load(registry.directory / "1" / f"{name}.npy")
    altered(registry, name, array.reshape(-1, 1))
    with pytest.raises(ModelError, match="other than one dimension"):
        registry.load("1")


def test_a_version_that_makes_no_lists_is_refused_and_the_one_before_goes_on(registry: Registry) -> None:
    registry.publish(small_model(), release("2"))
    array = np.load(registry.directory / "1" / "item_statistics.npy")
    registry.activate("1")
    altered(registry, "item_statistics", np.full_like(array, -1))
    registry.load("1")  # each array is as it should be
    live_model = LiveModel(registry, poll_seconds=60)
    live_model.refresh()
    assert live_model.current().manifest.model_version == "2"
    assert "models/1: no lists can be made from it (" in str(live_model.problem)


ALTERATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "one is -1": lambda array: put_first(array, -1),
    "one is the largest": lambda array: put_first(array, largest(array)),
    "all are the largest": lambda array: np.full_like(array, largest(array)),
    "all are 0": np.zeros_like,
    "all are NaN": lambda array: (
        np.full_like(array, np.nan) if array.dtype.kind == "f" else np.zeros_like(array)
    ),
    "one fewer": lambda array: array[:-1],
    "one more": lambda array: np.concatenate([array, array[-1:]]),
    "another shape": lambda array: array.reshape(-1, 1) if array.ndim == 1 else array.ravel(),
    "reversed": lambda array: array[::-1],
}


def largest(array: np.ndarray) -> float:
    return np.finfo(array.dtype).max if array.dtype.kind == "f" else np.iinfo(array.dtype).max


def put_first(array: np.ndarray, value: float) -> np.ndarray:
    changed = array.copy()
    changed.flat[0] = np.asarray(value).astype(array.dtype)
    return changed


@pytest.mark.parametrize("alteration", ALTERATIONS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # as in a service, where numpy only warns
def test_whatever_array_is_altered_the_version_is_refused_or_answers_everybody(
    tmp_path: Path, alteration: str
) -> None:
    Registry(tmp_path / "good").publish(small_model(), release("1"))
    n_refused = 0
    for path in sorted((tmp_path / "good" / "1").glob("*.npy")):
        array = np.load(path)
        if not array.size:
            continue
        registry = Registry(tmp_path / path.stem)
        copytree(tmp_path / "good", registry.directory)
        altered(registry, path.stem, ALTERATIONS[alteration](array))
        try:
            recommender = Recommender(registry.load("1").model)
            try_out(recommender)
        except ModelError:
            n_refused += 1
            continue
        for user_id in (*recommender.model.users.ids, "nobody"):
            for placement in Placement:
                item_ids = (recommender.model.items.id_of(0),) if placement.needs_items else ()
                made = recommender.recommend(Query(placement, user_id=user_id, item_ids=item_ids))
                Kept((FinishedList.of(made),)).pack()
    assert n_refused > 0 or alteration == "all are 0"


def test_a_good_version_passes_at_every_placement(registry: Registry) -> None:
    asked: list[Query] = []

    class Noting(Recommender):
        def recommend(self, query: Query, *args: object) -> object:  # type: ignore[override]
            asked.append(query)
            return super().recommend(query, *args)  # type: ignore[arg-type]

    try_out(Noting(registry.load("1").model))
    assert {query.placement for query in asked} == set(Placement)
    assert {query.user_id for query in asked} > {None, "ada"}


def child(tmp_path: Path, code: str | None = None) -> TrialInChild:
    done = tmp_path / "tried"
    done.touch()
    return TrialInChild(done) if code is None else TrialInChild(done, (sys.executable, "-c", code))


def test_a_version_is_tried_once_in_a_process_of_its_own(registry: Registry, tmp_path: Path) -> None:
    trial = child(tmp_path)
    trial(registry.directory, "1")
    assert (tmp_path / "tried").read_text() == "1\n"
    child_that_fails = TrialInChild(tmp_path / "tried", ("false",))
    child_that_fails(registry.directory, "1")  # it was tried, by another worker


def test_what_is_wrong_with_a_version_is_said_by_the_child_in_words(
    registry: Registry, tmp_path: Path
) -> None:
    array = np.load(registry.directory / "1" / "history_indices.npy")
    altered(registry, "history_indices", array.reshape(-1, 1))
    with pytest.raises(DamagedModelError, match="other than one dimension"):
        child(tmp_path)(registry.directory, "1")
    assert not (tmp_path / "tried").read_text()


def test_a_version_that_ends_the_process_that_tries_it_is_refused(registry: Registry, tmp_path: Path) -> None:
    registry.publish(small_model(), release("2"))
    code = "import os, sys; sys.argv[2] == '2' and os.kill(os.getpid(), 11)"
    live_model = LiveModel(registry, poll_seconds=60, trial=child(tmp_path, code))
    live_model.refresh()
    assert live_model.current().manifest.model_version == "1"
    assert "models/2: a process that made lists from it ended with SIGSEGV" in str(live_model.problem)


def test_a_version_that_hangs_the_process_that_tries_it_is_refused(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial_module, "TRIAL_SECONDS", 0.5)
    hanging = child(tmp_path, "import time; time.sleep(60)")
    with pytest.raises(DamagedModelError, match="took longer than"):
        hanging(registry.directory, "1")
    started = time.monotonic()
    with pytest.raises(DamagedModelError, match="took longer than"):
        hanging(registry.directory, "1")  # it is not tried again at once
    assert time.monotonic() - started < 0.1
