"""The on-disk form of a model: one ``.npy`` file an array, and a manifest with a sha256 for each.

The arrays are memory-mapped when read, so that all workers share one copy through the page cache.
Nothing is pickled; ``docs/artifact.md`` describes the format for other programs.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from recsvc.errors import DamagedModelError
from recsvc.model.head import TABLES, TableHead
from recsvc.model.model import Model
from recsvc.model.sparse import SparseRows
from recsvc.model.vocabulary import TextColumn, Vocabulary

FORMAT_VERSION = 3
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
    "audience": "float32",
    "forward_all": "float32",
    "forward_new": "float32",
    "user_orders": "int32",
    "history_indptr": "int64",
    "history_indices": "int32",
    "history_confidence": "float32",
    "history_recent": "float32",
    "history_orders": "int32",
    "history_age_days": "float32",
    "history_first_age_days": "float32",
    "history_orders_ago": "int32",
    "history_first_orders_ago": "int32",
    "history_quantity": "float32",
    "history_last_quantity": "float32",
    "similar_indptr": "int64",
    "similar_indices": "int32",
    "similar_scores": "float32",
    "together_indptr": "int64",
    "together_indices": "int32",
    "together_scores": "float32",
    "popularity_windows_days": "int32",
    "popularity": "float32",
    "trending": "float32",
    "item_statistics": "float32",
    "category_text": "uint8",
    "category_offsets": "int64",
    "category_levels": "int32",
    "item_categories_indptr": "int64",
    "item_categories_indices": "int32",
    "item_categories_shares": "float32",
    "category_items_indptr": "int64",
    "category_items_indices": "int32",
    "category_items_shares": "float32",
}
"""The arrays of an artifact: file stem and dtype."""

HEAD_DTYPES: Mapping[str, str] = {
    name: dtype
    for table in TABLES
    for name, dtype in ((f"{table}_head_items", "int32"), (f"{table}_head", "float32"))
}
"""Arrays that an artifact may have, in pairs: those of large catalogues."""

WRITTEN_AT_ONCE = 2
"""So many files are written at a time: while one waits for the disk, another one is digested."""

TEXTS = ("ranker_all", "ranker_new")
"""The texts of an artifact: stem of a ``.txt`` file in UTF-8."""

_MATRICES = {
    "history": "confidence",
    "similar": "scores",
    "together": "scores",
    "item_categories": "shares",
    "category_items": "shares",
}
"""The sparse matrices of a model, and what their values are called in an artifact."""

_AS_IN_MODEL = tuple(name for name in DTYPES if name in {field.name for field in fields(Model)})
"""Arrays that the model holds under the same name; the others are parts of its vocabularies and matrices."""


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


def write_model(model: Model, directory: Path) -> dict[str, str]:
    """Write each array and text to ``directory`` and flush it to the disk; return file name -> sha256."""
    arrays = _to_arrays(model)

    def write(name: str) -> tuple[str, str]:
        if name in TEXTS:
            path = directory / f"{name}.txt"
            with _flushed(path) as file:
                file.write(getattr(model, name).encode())
        else:
            path = directory / f"{name}.npy"
            with _flushed(path) as file:
                np.save(file, np.ascontiguousarray(arrays[name], dtype=_dtype(name)), allow_pickle=False)
        return path.name, _sha256(path)

    with ThreadPoolExecutor(WRITTEN_AT_ONCE) as pool:
        return dict(pool.map(write, (*arrays, *TEXTS)))


def write_manifest(manifest: Manifest, directory: Path) -> None:
    """Write ``manifest.json`` to ``directory`` and flush it to the disk."""
    text = json.dumps(asdict(manifest), indent=2, ensure_ascii=False, allow_nan=False)
    with _flushed(directory / MANIFEST) as file:
        file.write(text.encode() + b"\n")


def read_manifest(directory: Path) -> Manifest:
    """Read ``manifest.json``; raises DamagedModelError naming what is wrong with it."""
    path = directory / MANIFEST
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        manifest = Manifest(**fields)
    except (OSError, ValueError, TypeError) as error:
        raise DamagedModelError(f"{path} cannot be read: {error}") from error
    texts = (manifest.model_version, manifest.created, manifest.data_through or "")
    tables = (manifest.counts, manifest.hyperparameters, manifest.metrics, manifest.sha256)
    if not all(isinstance(one, str) for one in texts) or not all(isinstance(one, dict) for one in tables):
        raise DamagedModelError(f"{path} cannot be read: a field is of another type than it should be")
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
    listed = [name for name in HEAD_DTYPES if f"{name}.npy" in manifest.sha256]
    arrays = {name: _read_array(directory / f"{name}.npy", name, manifest) for name in (*DTYPES, *listed)}
    texts = {name: _read_text(directory / f"{name}.txt", manifest) for name in TEXTS}
    return _from_parts(arrays, texts)


def _dtype(name: str) -> str:
    return DTYPES.get(name) or HEAD_DTYPES[name]


def _check(path: Path, manifest: Manifest) -> None:
    if _sha256(path) != manifest.sha256.get(path.name):
        raise DamagedModelError(f"{path} is truncated or altered: its sha256 is not the manifest's")


def _read_text(path: Path, manifest: Manifest) -> str:
    try:
        _check(path, manifest)
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise DamagedModelError(f"{path} cannot be read: {error}") from error


def _read_array(path: Path, name: str, manifest: Manifest) -> NDArray[Any]:
    try:
        _check(path, manifest)
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise DamagedModelError(f"{path} cannot be read: {error}") from error
    if array.dtype != np.dtype(_dtype(name)):
        raise DamagedModelError(f"{path} holds {array.dtype}, expected {_dtype(name)}")
    return np.asarray(array)


@contextmanager
def _flushed(path: Path) -> Iterator[BinaryIO]:
    """Open a file to write, and see that it is on the disk when the block ends."""
    with path.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _to_arrays(model: Model) -> dict[str, NDArray[Any]]:
    arrays = {name: getattr(model, name) for name in _AS_IN_MODEL}
    columns = {
        "user_id": model.users.ids,
        "item_id": model.items.ids,
        "title": model.titles,
        "category": model.categories,
    }
    for name, column in columns.items():
        arrays |= {f"{name}_text": column.text, f"{name}_offsets": column.offsets}
    for name, values in _MATRICES.items():
        matrix: SparseRows = getattr(model, name)
        arrays |= {f"{name}_indptr": matrix.indptr, f"{name}_indices": matrix.indices}
        arrays[f"{name}_{values}"] = matrix.values
    for name, head in model.heads.items():
        arrays |= {f"{name}_head_items": head.items, f"{name}_head": head.rows}
    return arrays


def _from_parts(arrays: Mapping[str, NDArray[Any]], texts: Mapping[str, str]) -> Model:
    def column(name: str) -> TextColumn:
        return TextColumn(arrays[f"{name}_text"], arrays[f"{name}_offsets"])

    items, categories = Vocabulary(column("item_id")), column("category")

    def rows(name: str) -> SparseRows:
        indptr, indices = arrays[f"{name}_indptr"], arrays[f"{name}_indices"]
        n_columns = len(categories) if name == "item_categories" else len(items)
        return SparseRows(indptr, indices, arrays[f"{name}_{_MATRICES[name]}"], n_columns)

    parts: dict[str, Any] = {name: arrays[name] for name in _AS_IN_MODEL}
    parts["heads"] = _heads(arrays)
    parts |= {name: rows(name) for name in _MATRICES} | dict(texts)
    users, titles = Vocabulary(column("user_id")), column("title")
    return Model(users=users, items=items, titles=titles, categories=categories, **parts)


def _heads(arrays: Mapping[str, NDArray[Any]]) -> dict[str, TableHead]:
    pairs = {table: (f"{table}_head_items", f"{table}_head") for table in TABLES}
    found = {table: pair for table, pair in pairs.items() if any(name in arrays for name in pair)}
    for name in (name for pair in found.values() for name in pair if name not in arrays):
        raise DamagedModelError(
            f"the manifest lists no {name}.npy, which belongs to a file that it does list"
        )
    return {table: TableHead(*(arrays[name] for name in pair)) for table, pair in found.items()}
