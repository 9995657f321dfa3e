"""The on-disk form of a model: one ``.npy`` file an array, and a manifest with a sha256 for each.

The arrays are memory-mapped when read, so that all workers share one copy through the page cache.
Nothing is pickled; ``docs/reference/artifact.md`` describes the format for other programs.
"""

import hashlib
import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from recsvc.errors import DamagedModelError
from recsvc.model.array_rows import Texts
from recsvc.model.arrays import ARRAYS, ITEM_TABLES, OPTIONAL, head_dtypes
from recsvc.model.head import TableHead
from recsvc.model.model import Model
from recsvc.plain_file import open_plain, read_plain_text

FORMAT_VERSION = 6
MANIFEST = "manifest.json"

DTYPES: Mapping[str, str] = {stem: dtype for row in ARRAYS for stem, dtype in row.dtypes().items()}
"""The arrays of an artifact: file stem and dtype."""

HEAD_DTYPES: Mapping[str, str] = {
    stem: dtype for table in ITEM_TABLES for stem, dtype in head_dtypes(table).items()
}
"""Arrays that an artifact may have, in pairs: those of large catalogues."""

WRITTEN_AT_ONCE = 2
"""Number of files that are written at a time: while one waits for the disk, another one is digested."""

TEXTS = ("ranker_all", "ranker_new", "moments", "audience")
"""The texts of an artifact: stem of a ``.txt`` file in UTF-8."""

OPTIONAL_TEXTS = frozenset({"moments", "audience"})
"""Texts that an artifact may lack: they are empty then."""

MAX_COUNT = 2**63


@dataclass(frozen=True)
class Manifest:
    """What a version says about itself.

    Attributes:
        format_version: of the on-disk form; another number is refused.
        model_version: name of the version, also the name of its directory.
        created: when it was published, ISO 8601 in UTC.
        data_through: the newest order it knows, ISO 8601 in UTC, or None for undated orders.
        counts: users, items, order lines and the like.
        hyperparameters: the settings of the fit.
        metrics: what was measured on held-back orders; empty when nothing was.
        sha256: file name -> hex digest.
        guests: ids of users that stand for nobody in particular, although they are not called so.
        shoppers: ids of users that are shoppers, although they are called like nobody, such as `0`.
    """

    format_version: int
    model_version: str
    created: str
    data_through: str | None
    counts: dict[str, int]
    hyperparameters: dict[str, Any]
    metrics: dict[str, Any]
    sha256: dict[str, str]
    guests: list[str] = field(default_factory=list)
    shoppers: list[str] = field(default_factory=list)

    @property
    def fitted_with(self) -> dict[str, Any]:
        """The hyperparameters, and in their place what the run chose by itself for ALS."""
        said = self.metrics.get("als")
        chosen = said.get("settings") if isinstance(said, dict) else None
        values = chosen if isinstance(chosen, dict) else {}
        return self.hyperparameters | {name: one for name, one in values.items() if type(one) in {int, float}}


@dataclass(frozen=True, eq=False)
class PublishedModel:
    """A model together with its manifest."""

    manifest: Manifest
    model: Model


def write_model(model: Model, directory: Path) -> dict[str, str]:
    """Write each array and text to ``directory`` and flush it to the disk; return file name -> sha256."""
    arrays = _to_arrays(model)
    texts = [name for name in TEXTS if getattr(model, name) or name not in OPTIONAL_TEXTS]

    def write(name: str) -> tuple[str, str]:
        if name in texts:
            path = directory / f"{name}.txt"
            with _flushed(path) as file:
                file.write(getattr(model, name).encode())
        else:
            path = directory / f"{name}.npy"
            with _flushed(path) as file:
                np.save(file, np.ascontiguousarray(arrays[name], dtype=_dtype(name)), allow_pickle=False)
        return path.name, _sha256(path)

    with ThreadPoolExecutor(WRITTEN_AT_ONCE) as pool:
        return dict(pool.map(write, (*arrays, *texts)))


def write_manifest(manifest: Manifest, directory: Path) -> None:
    """Write ``manifest.json`` to ``directory`` and flush it to the disk."""
    text = json.dumps(asdict(manifest), indent=2, ensure_ascii=False, allow_nan=False)
    with _flushed(directory / MANIFEST) as file:
        file.write(text.encode() + b"\n")


def read_manifest(directory: Path) -> Manifest:
    """Read ``manifest.json``; raises DamagedModelError naming what is wrong with it."""
    path = directory / MANIFEST
    try:
        fields = json.loads(read_plain_text(path))
        json.dumps(fields, ensure_ascii=False, allow_nan=False).encode()  # answers can be made of it
        manifest = Manifest(**fields)
    except (OSError, ValueError, TypeError) as error:
        raise DamagedModelError(f"{path} cannot be read: {error}") from error
    except RecursionError:
        raise DamagedModelError(f"{path} cannot be read: it is nested too deeply") from None
    if manifest.format_version != FORMAT_VERSION:
        raise DamagedModelError(
            f"{path} has format version {manifest.format_version}; this program reads {FORMAT_VERSION}. "
            "Train again with this release, or serve with the release that wrote it"
        )
    _check_fields(manifest, path)
    return manifest


def read_model(directory: Path, manifest: Manifest) -> Model:
    """Map the arrays of a version into memory after checking each file's sha256.

    Raises DamagedModelError naming the file that is missing, truncated or altered.
    """
    names = [
        name
        for name in (*DTYPES, *HEAD_DTYPES)
        if f"{name}.npy" in manifest.sha256 or not (name in OPTIONAL or name in HEAD_DTYPES)
    ]
    arrays = {name: _read_array(directory / f"{name}.npy", name, manifest) for name in names}
    texts = {
        name: _read_text(directory / f"{name}.txt", manifest)
        for name in TEXTS
        if f"{name}.txt" in manifest.sha256 or name not in OPTIONAL_TEXTS
    }
    return _from_parts(arrays, texts)


def _check_fields(manifest: Manifest, path: Path) -> None:
    """Raise DamagedModelError unless each field is what the others of its name are."""
    counts, digests = manifest.counts, manifest.sha256
    is_right = {
        "model_version": isinstance(manifest.model_version, str),
        "created": _is_moment(manifest.created),
        "data_through": manifest.data_through is None or _is_moment(manifest.data_through),
        "counts": isinstance(counts, dict)
        and all(type(n) is int and 0 <= n < MAX_COUNT for n in counts.values()),
        "hyperparameters": isinstance(manifest.hyperparameters, dict),
        "metrics": isinstance(manifest.metrics, dict),
        "sha256": isinstance(digests, dict) and all(isinstance(digest, str) for digest in digests.values()),
        "guests": _are_texts(manifest.guests),
        "shoppers": _are_texts(manifest.shoppers),
    }
    wrong = [name for name, is_so in is_right.items() if not is_so]
    if wrong:
        raise DamagedModelError(
            f"{path} cannot be read: {', '.join(wrong)} is of another kind than it should be"
        )


def _are_texts(values: object) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def _is_moment(text: object) -> bool:
    try:
        return isinstance(text, str) and math.isfinite(datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError):
        return False


def _dtype(name: str) -> str:
    return DTYPES.get(name) or HEAD_DTYPES[name]


def _check(path: Path, manifest: Manifest) -> None:
    if _sha256(path) != manifest.sha256.get(path.name):
        raise DamagedModelError(f"{path} is truncated or altered: its sha256 is not the manifest's")


def _read_text(path: Path, manifest: Manifest) -> str:
    try:
        _check(path, manifest)
        return read_plain_text(path)
    except (OSError, ValueError) as error:
        raise DamagedModelError(f"{path} cannot be read: {error}") from error


def _read_array(path: Path, name: str, manifest: Manifest) -> NDArray[Any]:
    try:
        _check(path, manifest)
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except DamagedModelError:
        raise
    except Exception as error:  # whatever numpy makes of a header that somebody else wrote
        raise DamagedModelError(f"{path} cannot be read: {error}") from error
    if not isinstance(array, np.ndarray):  # an archive of several
        raise DamagedModelError(f"{path} is no array of numpy")
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
    with open_plain(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _to_arrays(model: Model) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {}
    for row in ARRAYS:
        arrays |= row.split(getattr(model, row.name))
    for name, head in model.heads.items():
        arrays |= {f"{name}_head_items": head.items, f"{name}_head": head.rows}
    return arrays


def _from_parts(arrays: Mapping[str, NDArray[Any]], texts: Mapping[str, str]) -> Model:
    for row in ARRAYS:
        _check_whole(list(row.dtypes()), arrays)
    sizes = {row.size: row.length(arrays) for row in ARRAYS if isinstance(row, Texts) and row.is_counted}
    values: dict[str, Any] = {row.name: row.joined(arrays, sizes) for row in ARRAYS}
    return Model(**values | dict(texts), heads=_heads(arrays))


def _check_whole(stems: Sequence[str], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Raise DamagedModelError where some of the files that belong together were read, and not all."""
    missing = [stem for stem in stems if stem not in arrays]
    if missing and len(missing) < len(stems):
        raise DamagedModelError(
            f"the manifest lists no {missing[0]}.npy, which belongs to a file that it does list"
        )


def _heads(arrays: Mapping[str, NDArray[Any]]) -> dict[str, TableHead]:
    heads = {}
    for table in ITEM_TABLES:
        stems = list(head_dtypes(table))
        _check_whole(stems, arrays)
        if stems[0] in arrays:
            heads[table.name] = TableHead(*(arrays[stem] for stem in stems))
    return heads
