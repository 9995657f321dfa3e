"""Small files in memory that the workers of one ``recsvc serve`` share while it runs."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from recsvc.cache.epochs import Epochs
from recsvc.errors import SettingsError

_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a directory of one's own is made in it


@dataclass(frozen=True)
class SharedFiles:
    """Where they are.

    Attributes:
        epochs: which kept lists may still be given.
        metrics: directory of the counts of each worker.
    """

    epochs: Path
    metrics: Path


@contextmanager
def shared_files() -> Iterator[SharedFiles]:
    """Make the files, and remove them at the end."""
    try:
        directory = Path(tempfile.mkdtemp(prefix="recsvc-", dir=_IN_MEMORY if _is_writable() else None))
    except OSError as error:
        raise SettingsError(
            f"no directory for small files: make /tmp writable or set TMPDIR ({error})"
        ) from error
    files = SharedFiles(directory / "epochs", directory / "metrics")
    try:
        try:
            files.metrics.mkdir()
            Epochs.create(files.epochs)
        except OSError as error:
            raise SettingsError(
                f"no space for the files that workers share in {directory.parent}: {error}"
            ) from error
        yield files
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _is_writable() -> bool:
    return _IN_MEMORY.is_dir() and os.access(_IN_MEMORY, os.W_OK)
