"""What each worker tells the main process of itself, in a small file that they share: that it goes on."""

import fcntl
import mmap
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from recsvc.repeating import Repeating

BEAT_SECONDS = 1.0

_REPLACED, _FIRST = 0, 1
_PID, _BEATS, _FIELDS = 0, 1, 2
_FIELD_BYTES = 8


class Passage(Protocol):
    """Where so many can be at a time, and each leaves soon."""

    @property
    def is_full(self) -> bool:
        """Whether nobody else can enter now."""

    @property
    def n_left(self) -> int:
        """How many have left it until now."""


@dataclass(frozen=True)
class Beat:
    """The last sign of life of one worker: the number of its beats until now."""

    pid: int
    number: int


class Heartbeats:
    """The file: for each worker a place with its process id and its number of beats, and how many were replaced."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open("r+b") as file:
            self._fields = memoryview(mmap.mmap(file.fileno(), 0)).cast("Q")

    @classmethod
    def create(cls, path: Path, n_places: int) -> None:
        """Write the file, with places for so many workers."""
        with path.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, size_bytes(n_places))

    @property
    def n_replaced(self) -> int:
        """How many workers hung and were ended."""
        return self._fields[_REPLACED]

    def count_replaced(self) -> None:
        """Count a worker that was ended; only the main process does."""
        self._fields[_REPLACED] += 1

    def all(self) -> list[Beat]:
        """Return the last sign of life of whoever has a place, in the order of places; pid 0 has nobody."""
        return [
            Beat(self._fields[at + _PID], self._fields[at + _BEATS])
            for at in range(_FIRST, len(self._fields), _FIELDS)
        ]

    def claim(self, is_running: Callable[[int], bool]) -> int | None:
        """Return the number of a place that is from now on this process's, or None where all are taken.

        A place is free when its process is not running.
        """
        with self._path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            for place, beat in enumerate(self.all()):
                if not beat.pid or not is_running(beat.pid):
                    at = _FIRST + place * _FIELDS
                    self._fields[at + _BEATS] = 0
                    self._fields[at + _PID] = os.getpid()
                    return place
        return None

    def beat(self, place: int) -> None:
        """Give a sign of life."""
        self._fields[_FIRST + place * _FIELDS + _BEATS] += 1


def size_bytes(n_places: int) -> int:
    """Return how large the file is."""
    return (_FIRST + n_places * _FIELDS) * _FIELD_BYTES


class Heart:
    """Beats for a worker from ``start`` on, as long as its thread gets its turn and no passage is stuck.

    A passage is stuck when it was full at two beats and nobody left it in between: whatever is in there waits for
    something that does not come, and nobody else gets in.
    """

    def __init__(self, heartbeats: Heartbeats, place: int) -> None:
        self._heartbeats = heartbeats
        self._place = place
        self._passages: Sequence[Passage] = ()
        self._seen: list[tuple[bool, int]] = []
        self._beating = Repeating("heartbeat", BEAT_SECONDS, self.beat)

    def start(self) -> None:
        """Beat from now on."""
        self._beating.start()

    def stop(self) -> None:
        """Beat no more."""
        self._beating.stop()

    def watch(self, passages: Sequence[Passage]) -> None:
        """Beat from now on only while these are not stuck."""
        self._passages = passages

    def beat(self) -> None:
        """Beat once, unless a passage is stuck."""
        before, self._seen = self._seen, [(one.is_full, one.n_left) for one in self._passages]
        stuck = [now for then, now in zip(before, self._seen, strict=False) if now == then and now[0]]
        if not stuck:
            self._heartbeats.beat(self._place)
