"""A folder into which another program drops files: which are whole, which comes next, and where they go then."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from fnmatch import fnmatch
from pathlib import Path

from recsvc.errors import PlatformAwayError, PlatformError

DONE, FAILED, LOCK = "done", "failed", ".recsvc-lock"
UNFINISHED = (
    ".tmp",
    ".temp",
    ".part",
    ".partial",
    ".filepart",
    ".crdownload",
    ".inprogress",
    ".writing",
    ".lock",
    ".swp",
    "~",
)
"""How programs end the names of files that they still write; nor is one taken whose name begins with a dot."""


class FileKind(StrEnum):
    """What a file says; of files of one moment, these come in this order."""

    PRODUCTS = "products"
    STOCK = "stock"
    EVENTS = "events"


PATTERNS: Mapping[FileKind, str] = {kind: f"{kind}*" for kind in FileKind}


@dataclass(frozen=True)
class DroppedFile:
    """One file that waits.

    Attributes:
        path: of the file.
        kind: what it says, by its name.
        state: what tells it from itself once it has changed: its number, its size and when it was written.
        marker: the file that says that it is whole; None where none is asked for.
    """

    path: Path
    kind: FileKind
    state: tuple[int, int, int]
    marker: Path | None = None

    def is_unchanged(self) -> bool:
        """Return whether the file is what it was when it was found."""
        try:
            return _state_of(self.path.stat()) == self.state
        except OSError:
            return False


@dataclass(frozen=True)
class Waiting:
    """What lies in a folder: the files that are whole, oldest first, and the names of those that are not yet."""

    whole: tuple[DroppedFile, ...]
    unfinished: tuple[str, ...]


@dataclass(frozen=True)
class DropFolder:
    """A folder.

    Attributes:
        path: of it.
        patterns: names of files, by what they say.
        quiet_seconds: a file that was not written to for so long is whole.
        marker: ending of a second file that says so, like ``.done``; None: how long it was quiet decides.
    """

    path: Path
    patterns: Mapping[FileKind, str]
    quiet_seconds: float = 60.0
    marker: str | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let no other run take files during the block.

        Raises PlatformAwayError where another run does, PlatformError where the folder cannot be used.
        """
        try:
            file = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise PlatformError(
                f"{self.path}: {error.strerror}; name a folder in which files may be made and moved"
            ) from error
        try:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise PlatformAwayError(
                    f"{self.path}: another run takes the files of this folder now"
                ) from error
            yield
        finally:
            os.close(file)

    def waiting(self) -> Waiting:
        """Return what waits; the folder's own clock tells how old a file is."""
        now_ns = self._now_ns()
        found = [one for entry in sorted(self.path.iterdir()) if (one := self._file_of(entry)) is not None]
        whole = [one for one in found if self._is_whole(one, now_ns)]
        whole.sort(key=lambda one: (one.state[2], list(FileKind).index(one.kind), one.path.name))
        names = tuple(sorted(one.path.name for one in found if one not in whole))
        return Waiting(tuple(whole), names)

    def put_away(self, file: DroppedFile, report: str | None) -> Path:
        """Move a file to ``done``, or to ``failed`` where there is a report, which is written beside it.

        Return where it is. Nothing that lies there is overwritten.
        """
        target = self.path / (DONE if report is None else FAILED)
        target.mkdir(exist_ok=True)
        moved = _free(target, f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{file.path.name}")
        if report is not None:
            moved.with_name(f"{moved.name}.txt").write_text(report, encoding="utf-8")
        file.path.rename(moved)
        if file.marker is not None:
            file.marker.unlink(missing_ok=True)
        return moved

    def _now_ns(self) -> int:
        """Return the time by the clock of the folder, which may be that of another machine."""
        lock = self.path / LOCK
        os.utime(lock)
        return lock.stat().st_mtime_ns

    def _file_of(self, path: Path) -> DroppedFile | None:
        name = path.name.lower()
        kind = next((kind for kind, pattern in self.patterns.items() if fnmatch(name, pattern.lower())), None)
        if kind is None or name.startswith(".") or name.endswith(UNFINISHED) or path.is_symlink():
            return None
        if self.marker is not None and name.endswith(self.marker.lower()):
            return None
        try:
            found = path.stat()
        except OSError:
            return None
        marker = None if self.marker is None else path.with_name(path.name + self.marker)
        return DroppedFile(path, kind, _state_of(found), marker) if path.is_file() else None

    def _is_whole(self, file: DroppedFile, now_ns: int) -> bool:
        """Return whether a file is written.

        A program that copies a file may give it the time of the original; the time at which the folder itself last saw
        it change cannot be given.
        """
        if file.marker is not None:
            return file.marker.exists()
        try:
            changed_ns = max(file.state[2], file.path.stat().st_ctime_ns)
        except OSError:
            return False
        return now_ns - changed_ns >= self.quiet_seconds * 1e9


def _state_of(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_ino, found.st_size, found.st_mtime_ns


def _free(directory: Path, name: str) -> Path:
    """Return a path in a directory that nothing has, nor its report."""
    number, path = 1, directory / name
    while path.exists() or path.with_name(f"{path.name}.txt").exists():
        number += 1
        path = directory / f"{name}.{number}"
    return path
