"""The files that the workers of a service write their metrics to; the space for them is taken at the start.

They are mapped into memory: a write where the system finds no space for a page ends the process. So each worker
has its files, which are there before it starts and which the one that follows it goes on with; and a file grows only
when the space for it could be taken.
"""

import os
from pathlib import Path

import structlog
from prometheus_client import values
from prometheus_client.mmap_dict import MmapedDict

FILE_BYTES = 64 * 2**10
"""Holds some 400 values; what is larger grows."""

_GAUGES = ("gauge_livesum", "gauge_livemax")
_KINDS = ("counter", "histogram", *_GAUGES)

_log = structlog.get_logger(__name__)


def size_bytes(n_workers: int) -> int:
    """Return how much space the files of so many workers take at the start."""
    return n_workers * len(_KINDS) * FILE_BYTES


def create(directory: Path, n_workers: int) -> None:
    """Make the directory and the files of all workers; raises OSError where there is no space for them."""
    directory.mkdir()
    for worker in range(n_workers):
        for kind in _KINDS:
            with _path(directory, kind, worker).open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, FILE_BYTES)


def write_to(directory: Path, worker: int) -> None:
    """Let this process write its metrics to the files of ``worker``: it goes on counting, and begins with no gauges."""
    for kind in _GAUGES:
        path = _path(directory, kind, worker)
        with path.open("r+b") as file:
            file.write(bytes(path.stat().st_size))
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(directory)
    values.MmapedDict = ReservedValues  # type: ignore[attr-defined]  # the library has no setting for it
    values.ValueClass = values.MultiProcessValue(lambda: worker)  # type: ignore[no-untyped-call]


def _path(directory: Path, kind: str, worker: int) -> Path:
    return directory / f"{kind}_{worker}.db"


class ReservedValues(MmapedDict):
    """The values in one file; those that there is no space for are kept by this process alone, and not shown."""

    def __init__(self, filename: str, read_mode: bool = False) -> None:
        super().__init__(filename, read_mode)  # type: ignore[no-untyped-call]
        self._unwritten: dict[str, tuple[float, float]] = {}

    def read_value(self, key: str) -> tuple[float, float]:
        """Return a value and when it was set."""
        if self._has_place(key):
            value, timestamp = super().read_value(key)  # type: ignore[no-untyped-call]
            return value, timestamp
        return self._unwritten[key]

    def write_value(self, key: str, value: float, timestamp: float) -> None:
        """Set a value."""
        if self._has_place(key):
            super().write_value(key, value, timestamp)  # type: ignore[no-untyped-call]
        else:
            self._unwritten[key] = (value, timestamp)

    def _has_place(self, key: str) -> bool:
        """Return whether ``key`` is in the file, or could be put there."""
        if key in self._positions:
            return True
        if key in self._unwritten:
            return False
        capacity, needed = self._capacity, self._used + len(key.encode()) + 4 + 8 + 16
        while needed > capacity:
            capacity *= 2
        try:
            os.posix_fallocate(self._f.fileno(), 0, capacity)
        except OSError as error:
            if not self._unwritten:
                _log.warning("metrics_not_written", file=self._fname, needs_bytes=capacity, detail=str(error))
            self._unwritten[key] = (0.0, 0.0)
            return False
        return True
