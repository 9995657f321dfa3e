"""Files of a version that others wrote, their sha256 right: they are a model, or refused by name."""

import hashlib
import json
import shutil
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.mutations import ODD_BYTES, as_json, mutated_bytes, mutated_values

from recsvc.errors import ModelError
from recsvc.metrics import Metrics
from recsvc.model.registry import Registry
from recsvc.serving.live_model import LiveModel


@pytest.fixture(scope="module")
def models_dir(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(published, tmp_path_factory.mktemp("fuzz") / "models"))


@pytest.fixture(scope="module")
def manifest(published: Path) -> dict[str, Any]:
    return json.loads((published / "1" / "manifest.json").read_bytes())


def load(models_dir: Path) -> None:
    """Load what lies there as the service does, without the trial in a process of its own."""
    registry = Registry(models_dir)
    registry.versions()
    with suppress(ModelError):
        found = registry.load()
        json.dumps(asdict(found.manifest), allow_nan=False, ensure_ascii=False).encode()


@given(st.data())
def test_a_manifest_is_read_or_refused(
    models_dir: Path, manifest: dict[str, Any], data: st.DataObject
) -> None:
    content = data.draw(
        st.one_of(mutated_values([manifest]).map(as_json), mutated_bytes([as_json(manifest)]))
    )
    try:
        (models_dir / "1" / "manifest.json").write_bytes(content)
        load(models_dir)
    finally:
        (models_dir / "1" / "manifest.json").write_bytes(as_json(manifest))


@given(mutated_bytes([b"1\n", b"20260101T000000Z-3f9c1a\n", b"../1"]))
@example(b"1" * 300)
@example(b"[" * 100_000)
def test_current_names_a_version_or_is_refused(models_dir: Path, content: bytes) -> None:
    try:
        (models_dir / "CURRENT").write_bytes(content)
        load(models_dir)
    finally:
        (models_dir / "CURRENT").write_bytes(b"1\n")


@given(st.data())
def test_a_file_of_a_version_is_read_or_refused(
    models_dir: Path, manifest: dict[str, Any], data: st.DataObject
) -> None:
    """Whoever wrote the file also wrote its sha256 to the manifest."""
    name = data.draw(st.sampled_from(sorted(manifest["sha256"])))
    path = models_dir / "1" / name
    right = path.read_bytes()
    content = data.draw(mutated_bytes([right]) | st.sampled_from(ODD_BYTES))
    digests = {**manifest["sha256"], name: hashlib.sha256(content).hexdigest()}
    try:
        path.unlink()  # not written over: the old one may be mapped
        path.write_bytes(content)
        (models_dir / "1" / "manifest.json").write_bytes(as_json({**manifest, "sha256": digests}))
        load(models_dir)
    finally:
        path.unlink()
        path.write_bytes(right)
        (models_dir / "1" / "manifest.json").write_bytes(as_json(manifest))


@pytest.mark.parametrize(
    "change",
    [
        {"counts": {"users": "many"}}, {"data_through": "yesterday"}, {"created": "\ud800"},
        {"metrics": {"x": float("nan")}}, {"counts": {"users": -1}}, {"sha256": {"x": 1}},
        {"hyperparameters": {"factors": float("inf")}}, {"counts": {"users": 10**400}},
    ],
)  # fmt: skip
def test_a_manifest_that_no_answer_could_be_made_of_is_refused_at_the_door(
    models_dir: Path, manifest: dict[str, Any], change: dict[str, Any]
) -> None:
    path = models_dir / "1" / "manifest.json"
    try:
        path.write_bytes(as_json({**manifest, **change}))
        live = LiveModel(Registry(models_dir), 1, Metrics())
        live.refresh()
        assert live.version is None
    finally:
        path.write_bytes(as_json(manifest))
