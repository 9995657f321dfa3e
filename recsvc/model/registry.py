"""Model versions in a directory: publish, activate, roll back, prune.

::

    models/
      CURRENT                     one line: the live version
      20261122T231336Z-3f9c1a/    a version; never changed once it has this name
      reports/                    what the training job says of each run; not read here
      .incoming-…                 a version being written; no reader looks at it
      .lock                       held by whoever changes any of the above

A version appears by a rename and goes live by another, each flushed to the disk before the next step: a
job that is killed at any moment leaves the live model as it was.
"""

import fcntl
import os
import re
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from recsvc.errors import DamagedModelError, ModelError, NoModelError, UnknownVersionError
from recsvc.model.artifact import (
    FORMAT_VERSION,
    MANIFEST,
    Manifest,
    PublishedModel,
    read_manifest,
    read_model,
    write_manifest,
    write_model,
)
from recsvc.model.model import Model
from recsvc.plain_file import flush_directory, open_to_add, read_plain_text

CURRENT, REPORTS = "CURRENT", "reports"
_INCOMING = ".incoming-"
VERSION_NAME = re.compile(r"[0-9][0-9A-Za-z._-]{0,63}")


@dataclass(frozen=True)
class Release:
    """What the training job says of a model it publishes; the registry adds the rest of the manifest."""

    model_version: str
    created: str
    data_through: str | None
    counts: dict[str, int]
    hyperparameters: dict[str, Any]
    metrics: dict[str, Any]
    guests: list[str] = field(default_factory=list)
    shoppers: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class VersionEntry:
    """One row of the list of versions; ``problem`` says why it could not be read, else it is None."""

    model_version: str
    is_live: bool
    manifest: Manifest | None
    problem: str | None


class Registry:
    """The versions in ``directory``; safe to use from several processes at once."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def current_version(self) -> str:
        """Return the name of the live version; raises NoModelError when there is none."""
        path = self.directory / CURRENT
        try:
            name = read_plain_text(path).strip()
        except FileNotFoundError as error:
            raise NoModelError(
                f"{self.directory} has no live model: publish one with "
                f"`recsvc-train run --orders FILE --models-dir {self.directory}`"
            ) from error
        except (OSError, UnicodeDecodeError) as error:
            raise DamagedModelError(f"{path} cannot be read: {error}") from error
        if not VERSION_NAME.fullmatch(name):
            raise DamagedModelError(f"{path} must hold the name of a version, got {name[:80]!r}")
        return name

    def load(self, version: str | None = None) -> PublishedModel:
        """Check and map ``version`` (by default the live one).

        Raises NoModelError, UnknownVersionError or DamagedModelError.
        """
        path = self._path(self.current_version() if version is None else version)
        manifest = read_manifest(path)
        if manifest.model_version != path.name:
            raise DamagedModelError(
                f"{path} holds version {manifest.model_version}: a version keeps its name"
            )
        return PublishedModel(manifest, read_model(path, manifest))

    def versions(self) -> list[VersionEntry]:
        """Return all versions, newest first."""
        try:
            live = self.current_version()
        except ModelError:
            live = ""
        return [self._entry(name, live) for name in reversed(self._names())]

    def publish(self, model: Model, release: Release, *, activate: bool = True) -> Manifest:
        """Write ``model`` as a new version and, with ``activate``, make it the live one."""
        with self._locked(create=True):
            self._remove_leftovers()
            final = self.directory / self._checked(release.model_version)
            if final.exists():
                raise ModelError(f"version {release.model_version} exists; a version is never written twice")
            incoming = self.directory / f"{_INCOMING}{release.model_version}"
            incoming.mkdir()
            try:
                digests = write_model(model, incoming)
                manifest = Manifest(format_version=FORMAT_VERSION, sha256=digests, **vars(release))
                write_manifest(manifest, incoming)
                flush_directory(incoming)
            except BaseException:  # else a full disk stays full until the next training, for the store too
                shutil.rmtree(incoming, ignore_errors=True)
                raise
            incoming.rename(final)
            flush_directory(self.directory)
            if activate:
                self._make_current(final.name)
        return manifest

    def activate(self, version: str) -> None:
        """Make ``version`` the live one, after checking that it can be loaded."""
        with self._locked():
            self.load(version)
            self._make_current(version)

    def rollback(self) -> str:
        """Make the newest version that is older than the live one the live one; return its name."""
        with self._locked():
            live = self.current_version()
            older = [name for name in self._names() if name < live]
            if not older:
                raise UnknownVersionError(f"there is no version older than the live one, {live}")
            self.load(older[-1])
            self._make_current(older[-1])
        return older[-1]

    def prune(self, keep: int, spared: str = "") -> list[str]:
        """Delete all but the newest ``keep`` versions, the live one and ``spared``; return the names deleted.

        A clock that is behind gives a new version a name that is older than all others: ``spared`` is what was just
        published.
        """
        if keep < 1:
            raise ModelError(f"keep must be at least 1, got {keep}")
        with self._locked():
            return self._delete([name for name in self._names()[:-keep] if name != spared])

    def discard(self, versions: Collection[str]) -> list[str]:
        """Delete those of ``versions`` that exist and are not live; return their names."""
        with self._locked():
            return self._delete([name for name in self._names() if name in versions])

    def _delete(self, names: list[str]) -> list[str]:
        self._remove_leftovers()
        live = self.current_version() if (self.directory / CURRENT).exists() else ""
        doomed = [name for name in names if name != live]
        for name in doomed:
            # Renamed first: a reader finds the version whole or not at all.
            gone = self.directory / f"{_INCOMING}{name}"
            (self.directory / name).rename(gone)
            shutil.rmtree(gone)
        return doomed

    def _entry(self, name: str, live: str) -> VersionEntry:
        try:
            return VersionEntry(name, name == live, read_manifest(self.directory / name), None)
        except DamagedModelError as error:
            return VersionEntry(name, name == live, None, str(error))

    def _names(self) -> list[str]:
        """Return the versions, oldest first: names begin with the time of publication."""
        if not self.directory.is_dir():
            return []
        return sorted(
            path.name
            for path in self.directory.iterdir()
            if VERSION_NAME.fullmatch(path.name) and _is_version(path)
        )

    def _checked(self, version: str) -> str:
        if not VERSION_NAME.fullmatch(version):
            raise UnknownVersionError(f"the name of a version begins with its date, got {version[:80]!r}")
        return version

    def _path(self, version: str) -> Path:
        path = self.directory / self._checked(version)
        if not path.is_dir():
            known = ", ".join(reversed(self._names()[-5:])) or "none"
            raise UnknownVersionError(f"{self.directory} has no version {version}; the newest are: {known}")
        return path

    def _make_current(self, version: str) -> None:
        aside = self.directory / f"{_INCOMING}{CURRENT}"
        with aside.open("w", encoding="utf-8") as file:
            file.write(version + "\n")
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self.directory / CURRENT)
        flush_directory(self.directory)

    def _remove_leftovers(self) -> None:
        """Remove what a killed job left: under the lock, nobody else can be writing it."""
        for path in self.directory.glob(f"{_INCOMING}*"):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    @contextmanager
    def _locked(self, *, create: bool = False) -> Iterator[None]:
        """Let nobody else change the directory meanwhile; raises ModelError for what the system refuses."""
        try:
            if create:
                self.directory.mkdir(parents=True, exist_ok=True)
            with open_to_add(self.directory / ".lock") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise ModelError(
                f"cannot write to the models directory {self.directory}: {error.strerror or error}"
            ) from error


def _is_version(path: Path) -> bool:
    """Return whether files of a version lie in ``path``; in the directory of a shop ``24h`` beside versions none do."""
    return path.is_dir() and ((path / MANIFEST).is_file() or any(path.glob("*.npy")))
