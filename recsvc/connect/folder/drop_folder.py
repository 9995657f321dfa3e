"""A folder into which another program drops files: which are whole, which comes next, and where they go then."""

import errno
import fcntl
import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
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
        state: what tells it from itself once it has changed: its number, its size, when it was written, and when the
            folder saw it change.
        marker: the file that says that it is whole; None where there is none.
    """

    path: Path
    kind: FileKind
    state: tuple[int, int, int, int]
    marker: Path | None = None

    def is_unchanged(self) -> bool:
        """Return whether the file is what it was when it was found."""
        try:
            return _state_of(self.path.stat()) == self.state
        except OSError:
            return False


@dataclass(frozen=True)
class Waiting:
    """What lies in a folder.

    Attributes:
        whole: files that are whole, oldest first.
        unfinished: name of a file that is not whole yet -> what it waits for.
    """

    whole: tuple[DroppedFile, ...]
    unfinished: Mapping[str, str]


@dataclass(frozen=True)
class DropFolder:
    """A folder.

    Attributes:
        path: of it.
        patterns: names of files, by what they say.
        quiet_seconds: a file that was not written to for so long is whole.
        marker: ending of a second file that says so, like ``.done``, in capitals or not; None: how long it was quiet
            decides.
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
        self._check_folders()
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
                    f"{self.path}: another run takes the files of this folder now; nothing is lost, and the next run "
                    "takes what this one would have taken"
                ) from error
            yield
        finally:
            os.close(file)

    def waiting(self) -> Waiting:
        """Return what waits; the folder's own clock tells how old a file is.

        Raises PlatformError where the name of a file is that of two kinds.
        """
        now_ns = self._now_ns()
        entries = sorted(self.path.iterdir())
        markers = self._markers(entries)
        found = [one for entry in entries if (one := self._file_of(entry, markers)) is not None]
        unfinished = {one.path.name: why for one in found if (why := self._waits_for(one, now_ns))}
        lying = {one.name for one in entries}
        unfinished |= {
            marker.name: f"there is no {name}"
            for name, marker in markers.items()
            if name not in lying and self._kinds_of(name)
        }
        whole = [one for one in found if one.path.name not in unfinished]
        whole.sort(key=lambda one: (one.state[2], list(FileKind).index(one.kind), one.path.name))
        return Waiting(tuple(whole), unfinished)

    def check_movable(self, file: DroppedFile) -> None:
        """Raise PlatformError where a file cannot be moved: each run would store it again, after newer files too."""
        found = self.path.stat()
        try:
            owners = {0, found.st_uid, file.path.stat().st_uid}
        except OSError:
            return  # it is gone, as whoever takes it will see
        if found.st_mode & stat.S_ISVTX and os.geteuid() not in owners:
            raise PlatformError(
                f"{file.path} is not taken: in this folder only the owner of a file may move it; say "
                f"'chmod -t {self.path}', or let the user of recsvc own the folder"
            )

    def put_away(self, file: DroppedFile, report: str | None) -> Path:
        """Move a file to ``done``, or to ``failed`` where there is a report, which is written beside it.

        Return where it is. Nothing that lies there is overwritten. Raises PlatformError where it cannot be moved.
        """
        target = self.path / (DONE if report is None else FAILED)
        try:
            target.mkdir(exist_ok=True)
            moved = _free(target, f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{file.path.name}")
            _move(file.path, moved)
        except OSError as error:
            raise PlatformError(
                f"{file.path} was taken, but not moved to {target}: {error.strerror}; move it away yourself, else the "
                "next run takes it again"
            ) from error
        if file.marker is not None:
            with suppress(OSError):  # one that stays is older than the next file, and says nothing of it
                file.marker.unlink()
        if report is not None:
            try:
                moved.with_name(f"{moved.name}.txt").write_text(report, encoding="utf-8")
            except OSError as error:
                raise PlatformError(
                    f"{moved} has no report, which cannot be written: {error.strerror}; drop the file again with "
                    "--dry-run to see what is wrong with it"
                ) from error
        return moved

    def _check_folders(self) -> None:
        """Raise PlatformError, before anything is stored, where files could not be moved afterwards."""
        for place in (self.path, self.path / DONE, self.path / FAILED):
            if os.path.lexists(place) and not (
                place.is_dir() and os.access(place, os.R_OK | os.W_OK | os.X_OK)
            ):
                raise PlatformError(
                    f"{place} must be a folder that the user of recsvc may read and write: mend its rights, or move "
                    "away what lies there instead"
                )

    def _now_ns(self) -> int:
        """Return the time by the clock of the folder, which may be that of another machine."""
        lock = self.path / LOCK
        os.utime(lock)
        return lock.stat().st_mtime_ns

    def _file_of(self, path: Path, markers: Mapping[str, Path]) -> DroppedFile | None:
        kinds = self._kinds_of(path.name)
        if not kinds or path.is_symlink() or not path.is_file() or self._is_marker(path):
            return None
        if len(kinds) > 1:
            said = " and ".join(f"--{kind} {self.patterns[kind]!r}" for kind in kinds)
            raise PlatformError(
                f"{path.name} is called by {said}: name patterns of which only one calls a file"
            )
        try:
            found = path.stat()
        except OSError:
            return None
        return DroppedFile(path, kinds[0], _state_of(found), markers.get(path.name))

    def _kinds_of(self, name: str) -> list[FileKind]:
        """Return what a file of a name says: none where it is not to be taken."""
        name = name.lower()
        if name.startswith(".") or name.endswith(UNFINISHED):
            return []
        return [kind for kind, pattern in self.patterns.items() if fnmatch(name, pattern.lower())]

    def _is_marker(self, path: Path) -> bool:
        return self.marker is not None and path.name.lower().endswith(self.marker.lower())

    def _markers(self, entries: Iterable[Path]) -> dict[str, Path]:
        """Return the markers by the names of their files, whether these are there or not; of several the newest."""
        ending = len(self.marker or "")
        marked = sorted(filter(self._is_marker, entries), key=_changed_ns)
        return {one.name[:-ending]: one for one in marked}

    def _waits_for(self, file: DroppedFile, now_ns: int) -> str:
        """Return what a file waits for; empty where it is whole.

        A program that copies a file may give it the time of the original; the time at which the folder itself last saw
        it change cannot be given. By that time a marker that was left from an earlier file of the name is known, too.
        """
        *_, written_ns, changed_ns = file.state
        if self.marker is None:
            is_quiet = now_ns - max(written_ns, changed_ns) >= self.quiet_seconds * 1e9
            return "" if is_quiet else f"it changed in the last {self.quiet_seconds:g} s"
        if file.marker is None:
            return f"there is no {file.path.name}{self.marker}"
        is_marked = _changed_ns(file.marker) >= changed_ns
        return "" if is_marked else f"it changed after {file.marker.name} was written"


def _state_of(found: os.stat_result) -> tuple[int, int, int, int]:
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _changed_ns(path: Path) -> int:
    """Return when the folder saw a file change, 0 where it is gone."""
    try:
        return path.stat().st_ctime_ns
    except OSError:
        return 0


def _move(path: Path, to: Path) -> None:
    """Move a file, to another file system too."""
    try:
        path.rename(to)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        try:
            shutil.copy2(path, to)
            path.unlink()
        except OSError:
            to.unlink(missing_ok=True)
            raise


def _free(directory: Path, name: str) -> Path:
    """Return a path in a directory that nothing has, nor its report."""
    number, path = 1, directory / name
    while path.exists() or path.with_name(f"{path.name}.txt").exists():
        number += 1
        path = directory / f"{name}.{number}"
    return path
