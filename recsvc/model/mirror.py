"""A registry whose versions are in an object store, with a copy in a directory, from which they are served."""

import fcntl
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from recsvc.errors import DamagedModelError, ModelError, NoModelError, UnknownVersionError
from recsvc.model.artifact import Manifest
from recsvc.model.model import Model
from recsvc.model.registry import REPORTS, Registry, Release
from recsvc.model.storage import ChangedMeanwhileError, Pointer, Storage, StorageError
from recsvc.plain_file import flush_directory, open_to_add, read_plain_text

_PULLING = ".pulling-"
_MARK = ".mirror-of"
"""File that says which storage the directory is a copy of: versions of its own are not to be deleted as superfluous."""

_NEWEST_REPORTS = 20
_BROUGHT = ".brought"
"""File beside a report that came from the storage, and goes when it goes there."""

_TRIES = 5
"""To make a version live while others do the same."""


class MirroredRegistry(Registry):
    """The versions in ``storage``; ``directory`` holds a copy of them.

    Whoever reads, reads the copy: it goes on while the storage is away. Whoever changes anything changes the storage
    first, then the copy. Safe to use from several processes at once, on several machines.
    """

    def __init__(self, directory: Path, storage: Storage) -> None:
        super().__init__(directory)
        self.storage = storage
        self._damaged: dict[str, DamagedModelError] = {}

    def refresh(self, *, reports: bool = True, wait: bool = False, again: bool = True) -> bool:
        """Make the copy what the storage is: the live version at first, then the others, newest first.

        Another process that does the same at this moment is left to do it, unless ``wait`` says otherwise: then nothing
        is known, and False is returned. What was damaged before is brought ``again`` or passed over. Raises ModelError;
        the copy then is as it was, or has more versions.
        """
        with self._alone(wait=wait) as is_alone:
            if is_alone:
                self._follow(reports=reports, again=again)
        return is_alone

    def _follow(self, *, reports: bool, again: bool) -> None:
        """Bring what is new and delete what is gone, whatever is damaged; then raise DamagedModelError for that."""
        seen, damaged = self.storage.current(), list[DamagedModelError]()
        there = self.storage.versions()
        live = [] if seen is None else [seen.name]
        super().discard(set(self._names()) - set(there))  # first: a disk that is full needs the room
        self._forget_partial(there)
        for name in dict.fromkeys([*live, *reversed(there)]):
            if name in self._damaged and not again:
                damaged.append(self._damaged[name])
                continue
            self._damaged.pop(name, None)
            try:
                self._take(name) if name in live else self._bring(name)
            except DamagedModelError as error:
                self._damaged[name] = error
                damaged.append(error)
        super().discard(set(self._names()) - set(there))  # what was live until now
        if reports:
            self._follow_reports()
        if damaged:
            raise damaged[0]

    def _follow_reports(self) -> None:
        """Have the newest reports here as well, also of what the gate refused; raises StorageError."""
        reports, there = self.directory / REPORTS, self.storage.reports()[-_NEWEST_REPORTS:]
        for version in reversed(there):
            final = reports / version
            if final.exists():
                continue
            partial = self.directory / f"{_PULLING}{REPORTS}"
            try:
                self.storage.pull_report(version, partial)
            except DamagedModelError:
                continue  # deleted meanwhile, or larger than a report is
            (partial / _BROUGHT).touch()
            reports.mkdir(exist_ok=True)
            partial.rename(final)
        for brought in reports.glob(f"*/{_BROUGHT}"):
            if brought.parent.name not in there:
                shutil.rmtree(brought.parent)

    def _take(self, version: str) -> None:
        """Make ``version`` live in the copy."""
        self._bring(version)
        if self._current_or_none() != version:
            super().activate(version)

    def _bring(self, version: str) -> None:
        """Have ``version`` in the copy."""
        final = self.directory / self._checked(version)
        if final.is_dir():
            return
        partial = self.directory / f"{_PULLING}{version}"
        self.storage.pull(version, partial)
        flush_directory(partial)
        partial.rename(final)
        flush_directory(self.directory)

    def _forget_partial(self, there: Collection[str]) -> None:
        for path in self.directory.glob(f"{_PULLING}*"):
            if path.name.removeprefix(_PULLING) not in there:
                shutil.rmtree(path)

    def _current_or_none(self) -> str | None:
        try:
            return self.current_version()
        except ModelError:
            return None

    def publish(self, model: Model, release: Release, *, activate: bool = True) -> Manifest:
        """Write ``model`` as a new version to the copy and to the storage; with ``activate``, make it live.

        Raises ModelError, also when a newer version went live meanwhile: that one stays live.
        """
        with self._alone():
            manifest = super().publish(model, release, activate=False)
            self.storage.push(self.directory / manifest.model_version)
            if activate:
                self._go_live(manifest.model_version)
        return manifest

    def _go_live(self, version: str) -> None:
        for _ in range(_TRIES):
            seen = self.storage.current()
            if seen is not None and seen.name > version:
                raise ModelError(
                    f"{seen.name}, which is newer, went live meanwhile; {version} is published, not live. Where no "
                    "other training ran, a clock is wrong, by which versions are named: set it, and "
                    f"`recsvc models activate {version}` makes this one live"
                )
            try:
                self.storage.make_current(version, seen)
            except ChangedMeanwhileError:
                continue
            except StorageError:
                now = self.storage.current()  # the answer may have been lost, and not the request
                if now is None or now.name != version:
                    raise
            super().activate(version)
            return
        raise ModelError(f"others change {self.storage.url} all the time; {version} is published, not live")

    def activate(self, version: str) -> None:
        """Make ``version`` the live one, after checking that it can be loaded."""
        with self._alone():
            seen = self.storage.current()
            if version not in self.storage.versions():
                raise UnknownVersionError(f"{self.storage.url} has no version {version}")
            self._make_live(version, seen)

    def rollback(self) -> str:
        """Make the newest version that is older than the live one the live one; return its name."""
        with self._alone():
            seen = self.storage.current()
            if seen is None:
                raise NoModelError(f"{self.storage.url} has no live model")
            older = [name for name in self.storage.versions() if name < seen.name]
            if not older:
                raise UnknownVersionError(f"there is no version older than the live one, {seen.name}")
            self._make_live(older[-1], seen)
        return older[-1]

    def _make_live(self, version: str, seen: Pointer | None) -> None:
        """Make ``version`` live if it can be loaded, and if ``seen`` still is live when all of it is here."""
        self._bring(version)
        self.load(version)
        self.storage.make_current(version, seen)
        super().activate(version)

    def prune(self, keep: int, spared: str = "") -> list[str]:
        """Delete all but the newest ``keep`` versions, the live one and ``spared``; return the names deleted.

        That is done in both places; what killed jobs left in the storage is deleted too.
        """
        with self._alone():
            self.storage.remove_unfinished()
            return self._remove([name for name in self.storage.versions()[: -max(1, keep)] if name != spared])

    def discard(self, versions: Collection[str]) -> list[str]:
        """Delete those of ``versions`` that exist and are not live, in both places; return their names."""
        with self._alone():
            return self._remove([name for name in self.storage.versions() if name in versions])

    def _remove(self, names: Collection[str]) -> list[str]:
        seen = self.storage.current()
        doomed = [name for name in names if seen is None or name != seen.name]
        for name in doomed:
            self.storage.remove(name)
        super().discard(doomed)
        return doomed

    @contextmanager
    def _alone(self, *, wait: bool = True) -> Iterator[bool]:
        """Let no other process of this machine follow or change the storage meanwhile; yield whether that is so.

        Raises ModelError for what the system refuses.
        """
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            with open_to_add(self.directory / ".mirror-lock") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    yield False
                    return
                self._check_mark()
                yield True
        except OSError as error:
            raise ModelError(
                f"{self.directory}, which is to hold the copy of {self.storage.url}, cannot be written "
                f"({error.strerror or error}): name a directory that can be with RECSVC_MODELS_DIR"
            ) from error

    def _check_mark(self) -> None:
        mark = self.directory / _MARK
        said = read_plain_text(mark).strip() if mark.exists() else None
        if said is None and not self._names():
            mark.write_text(f"{self.storage.url}\n", encoding="utf-8")
        elif said != self.storage.url:
            held = "versions of its own" if said is None else f"the copy of {said}"
            raise ModelError(
                f"{self.directory} holds {held}, and would become the copy of {self.storage.url}: "
                "name another directory with RECSVC_MODELS_DIR, or remove it"
            )


def open_registry(directory: Path, url: str | None, retry_seconds: float | None = None) -> Registry:
    """Return the versions in ``directory``; with ``url`` those in the object store, of which it holds a copy."""
    return Registry(directory) if url is None else MirroredRegistry(directory, Storage(url, retry_seconds))


def open_current(directory: Path, url: str | None) -> Registry:
    """Return the same for a command: the copy is that of this moment; raises ModelError where it cannot be made so."""
    registry = open_registry(directory, url)
    if isinstance(registry, MirroredRegistry):
        registry.refresh(wait=True)
    return registry
