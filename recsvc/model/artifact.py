"""The on-disk form of a model: one ``.npy`` file an array, and a manifest with a sha256 for each.

The arrays are memory-mapped when read, so that all workers share one copy through the page cache.
Nothing is pickled; ``docs/artifact.md`` describes the format for other programs.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsvc.errors import DamagedModelError
from recsvc.model.model import Model
from recsvc.model.sparse import SparseRows
from recsvc.model.vocabulary import TextColumn, Vocabulary

FORMAT_VERSION = 1
MANIFEST = "manifest.json"

DTYPES: Mapping[str, str] = {
    "user_id_text": "uint8",
    "user_id_offsets": "int64",
    "item_id_text": "uint8",
    "item_id_offsets": "int64",
    "title_text": "uint8",
    "title_offsets": "int64",
    "user_factors": "float32",
    "item_factors": "float32",
    "item_gramian": "float32",
    "history_indptr": "int64",
    "history_indices": "int32",
    "history_confidence": "float32",
    "history_orders": "int32",
    "history_age_days": "float32",
    "similar_indptr": "int64",
    "similar_indices": "int32",
    "similar_scores": "float32",
    "together_indptr": "int64",
    "together_indices": "int32",
    "together_scores": "float32",
    "popularity_windows_days": "int32",
    "popularity": "float32",
    "trending": "float32",
}
"""The arrays of an artifact: file stem and dtype."""


@dataclass(frozen=True)
class Manifest:
    """What a version says about itself.

    Attributes:
        format_version: of the on-disk form; another number is refused.
        model_version: name of the version, also the name of its directory.
        created: when it was published, ISO 8601 in UTC.
        data_through: the newest order it knows, ISO 8601 in UTC, or None for undated orders.
        counts: users, items, order lines and the like.
        hyperparameters: what the fit was asked to do.
        metrics: what was measured on held-back orders; empty when nothing was.
        sha256: file name -> hex digest.
    """

    format_version: int
    model_version: str
    created: str
    data_through: str | None
    counts: dict[str, int]
    hyperparameters: dict[str, Any]
    metrics: dict[str, Any]
    sha256: dict[str, str]


@dataclass(frozen=True, eq=False)
class PublishedModel:
    """A model together with its manifest."""

    manifest: Manifest
    model: Model


def write_arrays(model: Model, directory: Path) -> dict[str, str]:
    """Write each array to ``directory`` and flush it to the disk; return file name -> sha256."""
    digests = {}
    for name, array in _to_arrays(model).items():
        path = directory / f"{name}.npy"
        with path.open("wb") as file:
            np.save(file, np.ascontiguousarray(array, dtype=DTYPES[name]), allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
        digests[path.name] = _sha256(path)
    return digests


def write_manifest(manifest: Manifest, directory: Path) -> None:
    """Write ``manifest.json`` to ``directory`` and flush it to the disk."""
    with (directory / MANIFEST).open("w", encoding="utf-8") as file:
        json.dump(asdict(manifest), file, indent=2, ensure_ascii=False, allow_nan=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())


def read_manifest(directory: Path) -> Manifest:
    """Read ``manifest.json``; raises DamagedModelError naming what is wrong with it."""
    path = directory / MANIFEST
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        manifest = Manifest(**fields)
    except (OSError, ValueError, TypeError) as error:
        raise DamagedModelError(f"{path} cannot be read: {error}") from error
    if manifest.format_version != FORMAT_VERSION:
        raise DamagedModelError(
            f"{path} has format version {manifest.format_version}; this program reads {FORMAT_VERSION}. "
            "Train again with this release, or serve with the release that wrote it"
        )
    return manifest


def read_model(directory: Path, manifest: Manifest) -> Model:
    """Map the arrays of a version into memory after checking each file's sha256.

    Raises DamagedModelError naming the file that is missing, truncated or altered.
    """
    return _from_arrays({name: _read_array(directory, name, manifest) for name in DTYPES})


def _read_array(directory: Path, name: str, manifest: Manifest) -> NDArray[Any]:
    path = directory / f"{name}.npy"
    try:
        if _sha256(path) != manifest.sha256.get(path.name):
            raise DamagedModelError(f"{path} is truncated or altered: its sha256 is not the manifest's")
        # An array without elements cannot be mapped; it is read instead.
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise DamagedModelError(f"{path} cannot be read: {error}") from error
    if array.dtype != np.dtype(DTYPES[name]):
        raise DamagedModelError(f"{path} holds {array.dtype}, expected {DTYPES[name]}")
    return np.asarray(array)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _to_arrays(model: Model) -> dict[str, NDArray[Any]]:
    return {
        "user_id_text": model.users.ids.text,
        "user_id_offsets": model.users.ids.offsets,
        "item_id_text": model.items.ids.text,
        "item_id_offsets": model.items.ids.offsets,
        "title_text": model.titles.text,
        "title_offsets": model.titles.offsets,
        "user_factors": model.user_factors,
        "item_factors": model.item_factors,
        "item_gramian": model.item_gramian,
        "history_indptr": model.history.indptr,
        "history_indices": model.history.indices,
        "history_confidence": model.history.values,
        "history_orders": model.history_orders,
        "history_age_days": model.history_age_days,
        "similar_indptr": model.similar.indptr,
        "similar_indices": model.similar.indices,
        "similar_scores": model.similar.values,
        "together_indptr": model.together.indptr,
        "together_indices": model.together.indices,
        "together_scores": model.together.values,
        "popularity_windows_days": model.popularity_windows_days,
        "popularity": model.popularity,
        "trending": model.trending,
    }


def _from_arrays(arrays: Mapping[str, NDArray[Any]]) -> Model:
    items = Vocabulary(TextColumn(arrays["item_id_text"], arrays["item_id_offsets"]))

    def rows(name: str, values: str) -> SparseRows:
        indptr, indices = arrays[f"{name}_indptr"], arrays[f"{name}_indices"]
        return SparseRows(indptr, indices, arrays[f"{name}_{values}"], len(items))

    return Model(
        users=Vocabulary(TextColumn(arrays["user_id_text"], arrays["user_id_offsets"])),
        items=items,
        titles=TextColumn(arrays["title_text"], arrays["title_offsets"]),
        user_factors=arrays["user_factors"],
        item_factors=arrays["item_factors"],
        item_gramian=arrays["item_gramian"],
        history=rows("history", "confidence"),
        history_orders=arrays["history_orders"],
        history_age_days=arrays["history_age_days"],
        similar=rows("similar", "scores"),
        together=rows("together", "scores"),
        popularity_windows_days=arrays["popularity_windows_days"],
        popularity=arrays["popularity"],
        trending=arrays["trending"],
    )
