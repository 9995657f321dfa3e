"""Small files in memory that the main process and the workers of one ``recsvc serve`` share while it runs."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from recsvc import metrics_files
from recsvc.cache import epochs
from recsvc.cache.epochs import Epochs
from recsvc.errors import SettingsError
from recsvc.processes import heartbeats
from recsvc.processes.heartbeats import Heartbeats

SPARE_PLACES = 2
"""While the workers of a service are replaced one after the other, there is one more of them."""

_SHOPS = "shops"
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a directory of one's own is made in it

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class SharedFiles:
    """Where they are.

    Attributes:
        epochs: which kept lists may still be given.
        metrics: directory of the counts of each worker.
        heartbeats: what each worker tells the main process of itself.
        tried: which versions were tried, so that one worker alone tries each.
        draining: is there once the service is about to be stopped.
        place: the number of this worker in both of these; None in the main process, and where there is none left.
    """

    epochs: Path
    metrics: Path
    heartbeats: Path
    tried: Path
    draining: Path
    place: int | None = None

    def claimed(self, is_running: Callable[[int], bool]) -> "SharedFiles":
        """Return the same with a place that is from now on this worker's; ``is_running`` says whether a worker is."""
        return replace(self, place=Heartbeats(self.heartbeats).claim(is_running))

    def of_shop(self, shop: str) -> "SharedFiles":
        """Return those of one of several shops; all of them write to the same metrics."""
        directory = self.epochs.parent / _SHOPS / shop
        return replace(self, epochs=directory / self.epochs.name, tried=directory / self.tried.name)


@contextmanager
def shared_files(
    n_workers: int, directory: Path | None = None, shops: Sequence[str] = ()
) -> Iterator[SharedFiles]:
    """Make the files for so many workers, and remove them at the end.

    All of their space is taken now: where it ran out later, a write to a mapped file would end a worker.

    Args:
        n_workers: that write at the same time.
        directory: where to make them; by default ``/dev/shm``, else where temporary files are.
        shops: names of the shops, where there are several.

    Raises:
        SettingsError: there is no such directory, or no space in it.
    """
    n_places = n_workers + SPARE_PLACES
    n_bytes = (
        max(1, len(shops)) * epochs.SIZE_BYTES
        + metrics_files.size_bytes(n_places)
        + heartbeats.size_bytes(n_places)
    )
    parent = directory or (_IN_MEMORY if _is_writable(_IN_MEMORY) else Path(tempfile.gettempdir()))
    made: Path | None = None
    try:
        try:
            made = Path(tempfile.mkdtemp(prefix="recsvc-", dir=parent))
            files = SharedFiles(
                made / "epochs", made / "metrics", made / "heartbeats", made / "tried", made / "draining"
            )
            for each in [files.of_shop(shop) for shop in shops] or [files]:
                each.epochs.parent.mkdir(parents=True, exist_ok=True)
                each.tried.touch()
                Epochs.create(each.epochs)
            metrics_files.create(files.metrics, n_places)
            Heartbeats.create(files.heartbeats, n_places)
        except OSError as error:
            raise SettingsError(_explain(parent, n_bytes, n_workers, error)) from error
        _log.info("shared_files", directory=str(made), bytes=n_bytes)
        yield files
    finally:
        if made is not None:
            shutil.rmtree(made, ignore_errors=True)


def _explain(parent: Path, n_bytes: int, n_workers: int, error: OSError) -> str:
    remedy = "or set RECSVC_SHARED_DIR to a directory that has them"
    needed = f"the files that {n_workers} workers share need {n_bytes / 1e6:.1f} MB in {parent}"
    if not _is_writable(parent):
        return f"{needed}, which cannot be written ({error.strerror}): let it be written, {remedy}"
    free = shutil.disk_usage(parent).free
    return (
        f"{needed}, where {free / 1e6:.1f} MB are free ({error.strerror}): free some, make it larger "
        f"(for a container --shm-size), {remedy}"
    )


def _is_writable(directory: Path) -> bool:
    return directory.is_dir() and os.access(directory, os.W_OK)
