"""System calls of this process that fail on purpose, by libfiu.

The process must have been started with ``LD_PRELOAD`` set to ``PRELOAD``. A call that fails has no effect. Calls of
``mmap`` are left alone: Python gets its own memory by them, in the middle of what calls us here.
"""

import ctypes
import errno
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

PRELOAD = Path("/usr/lib/fiu/fiu_posix_preload.so")
NO_LIBFIU = "needs libfiu: apt-get install libfiu0"

_WRITES = ("posix/io/rw/write", "posix/io/rw/pwrite")
_SYNCS = ("posix/io/sync/fsync", "posix/io/sync/fdatasync")
_SIZES = ("posix/io/rw/ftruncate", "posix/io/dir/rename", "posix/io/oc/open")
_OTHERS = ("posix/io/rw/read", "posix/io/rw/pread", "posix/io/dir/unlink")
_ALL = (*_WRITES, *_SYNCS, *_SIZES, *_OTHERS)


class FaultKind(StrEnum):
    """How a call fails.

    ``error`` is an I/O error, ``sync`` one of flushing alone, ``full`` a full disk. ``short`` writes a part and then
    finds the disk full. ``kill`` kills the process before the call, ``torn`` after a part of it was written.
    """

    ERROR = "error"
    SYNC = "sync"
    FULL = "full"
    SHORT = "short"
    KILL = "kill"
    TORN = "torn"


_DEADLY = (FaultKind.KILL, FaultKind.TORN)
_SHORTENED = (FaultKind.SHORT, FaultKind.TORN)
_KINDS = (
    dict.fromkeys(_WRITES, (FaultKind.ERROR, FaultKind.FULL, FaultKind.SHORT, FaultKind.KILL, FaultKind.TORN))
    | dict.fromkeys(_SYNCS, (FaultKind.ERROR, FaultKind.SYNC, FaultKind.KILL))
    | dict.fromkeys(_SIZES, (FaultKind.ERROR, FaultKind.FULL, FaultKind.KILL))
    | dict.fromkeys(_OTHERS, (FaultKind.ERROR, FaultKind.KILL))
)


@dataclass(frozen=True)
class Fault:
    """The call number ``step`` fails; with ``lasting`` so does each one after it that can fail in this way.

    ``roll``, from 0 to below 1, chooses among the ways in which that call can fail.
    """

    step: int
    roll: float
    lasting: bool = False


@dataclass
class Steps:
    """How far it has come: how many calls there were, and how one of them failed."""

    count: int = 0
    kind: FaultKind | None = None


_External = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.c_char_p,
    ctypes.POINTER(ctypes.c_int),
    ctypes.POINTER(ctypes.c_void_p),
    ctypes.POINTER(ctypes.c_uint),
)


@contextmanager
def failing(fault: Fault) -> Iterator[Steps]:
    """Let ``fault`` happen inside the block."""
    library = ctypes.CDLL("libfiu.so.0")
    points = _Points(fault)
    kept = {name.encode(): _External(points.decide) for name in _ALL}
    kept |= {f"{name}/reduce".encode(): _External(points.shorten) for name in _WRITES}
    library.fiu_init(0)
    for name, callback in kept.items():
        library.fiu_enable_external(name, 1, None, 0, callback)
    try:
        yield points.steps
    finally:
        for name in kept:
            library.fiu_disable(name)


class _Points:
    """Decides of each call whether it fails; libfiu asks, with the name of the call."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self.steps = Steps()

    def shorten(self, name: bytes, *_: object) -> int:
        """Return whether a write is shortened; this is asked before ``decide``."""
        is_next = self.steps.count + 1 == self._fault.step
        return is_next and self._chosen(name.decode().removesuffix("/reduce")) in _SHORTENED

    def decide(
        self, name: bytes, _number: object, info: "ctypes.Array[ctypes.c_void_p]", _flags: object
    ) -> int:
        """Return whether the call fails."""
        steps, call = self.steps, name.decode()
        steps.count += 1
        if steps.count == self._fault.step:
            steps.kind = self._chosen(call)
        if not self._hits(call):
            return 0
        if steps.kind in _DEADLY:
            os.kill(os.getpid(), signal.SIGKILL)
        info[0] = errno.ENOSPC if steps.kind in (FaultKind.FULL, FaultKind.SHORT) else errno.EIO
        return 1

    def _hits(self, call: str) -> bool:
        kind, count = self.steps.kind, self.steps.count
        first = self._fault.step + (kind in _SHORTENED)  # the call after the one that was shortened
        if kind is None or count < first:
            return False
        is_alike = (FaultKind.FULL if kind is FaultKind.SHORT else kind) in _KINDS[call]
        return count == first or (self._fault.lasting and is_alike)

    def _chosen(self, call: str) -> FaultKind:
        kinds = _KINDS[call]
        return kinds[int(self._fault.roll * len(kinds))]
