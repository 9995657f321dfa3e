"""The versions in an object store: S3 and what speaks like it, Google Cloud Storage, Azure.

::

    s3://bucket/prefix/
      CURRENT                     one line: the live version; replaced only by one who knew what stood there
      20261122T231336Z-3f9c1a/    the files of a version; whole once its manifest is there, which is written last
      reports/20261122T231336Z-…/ what the training job said of the run

Keys, regions and addresses are read by obstore from the environment, as the programs of each provider do.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError, PreconditionError
from obstore.store import ObjectStore, from_url

from recsvc.errors import DamagedModelError, ModelError
from recsvc.model.artifact import MANIFEST, Manifest, read_manifest
from recsvc.model.registry import CURRENT, REPORTS, VERSION_NAME

if TYPE_CHECKING:
    from obstore import ObjectMeta

SCHEMES = ("s3", "gs", "az")
REQUEST_SECONDS, CONNECT_SECONDS, RETRY_SECONDS = 60, 5, 20
PART_BYTES, AT_ONCE = 2**24, 4
MAX_CURRENT_BYTES, MAX_MANIFEST_BYTES, MAX_REPORT_BYTES = 256, 2**26, 2**23
REPORT_PAGES = ("report.json", "report.html")
"""What of a report people see in the console; the last one is written last."""

LEFT_FOR = timedelta(hours=12)
"""No job writes a version for so long: older files without a manifest were left by one that was killed."""

_FILE_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}\.(npy|txt)")
_CODE = re.compile(r"<Code>(\w{1,80})</Code>")
"""Why a store refuses, such as ``ExpiredToken``, in the XML that it answers with."""

_REFUSED = re.compile("401 Unauthorized|403 Forbidden|169[.]254[.]169[.]254")
"""The last one is who gives roles to machines: it is asked where the environment has no keys."""

_TOOK = re.compile(r" in [0-9][0-9.]*[a-zµ]*s\b")
"""How long a request took: the same trouble is to read the same the next time, and to be logged once."""

_RIGHTS = (
    "; see whether the credentials in the environment are those of this store and still valid, and whether their owner "
    "may list and read there, and a training job write and delete as well"
)


def is_url(place: str) -> bool:
    """Return whether ``place`` is no directory but an address."""
    return "://" in place


def check_url(url: str) -> None:
    """Raise ValueError unless ``url`` may be that of an object store."""
    scheme, _, rest = url.partition("://")
    if scheme not in SCHEMES or not rest.strip("/") or set("@?#") & set(rest):
        shown = f"{scheme}://…@{rest.rpartition('@')[2]}" if "@" in rest else url  # keys end up in no message
        shown = shown.partition("?")[0]
        raise ValueError(
            "must be the address of an object store without keys and options, like s3://bucket/prefix, gs:// or az://, "
            f"got {shown!r:.200}"
        )


class StorageError(ModelError):
    """The object store does not answer, or refuses what is asked."""


class ChangedMeanwhileError(ModelError):
    """Somebody else made another version live since it was looked at."""


@dataclass(frozen=True)
class Pointer:
    """What ``CURRENT`` held when it was read, and the tags by which the store tells whether that is still so."""

    name: str
    e_tag: str | None
    version: str | None


class Storage:
    """The versions below ``url``; nothing that stands there is trusted before its sha256 was compared."""

    def __init__(self, url: str, retry_seconds: float | None = None) -> None:
        """Ask nothing yet; ``retry_seconds``: so long a request that failed is tried again (default RETRY_SECONDS)."""
        self.url = url.rstrip("/")
        seconds = RETRY_SECONDS if retry_seconds is None else retry_seconds
        try:
            self._store: ObjectStore = from_url(
                self.url,
                client_options={
                    "connect_timeout": f"{CONNECT_SECONDS}s",
                    "timeout": f"{REQUEST_SECONDS}s",
                    "allow_http": True,  # where the address in the environment says so
                },
                retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=seconds)},
            )
        except (BaseError, ValueError) as error:
            raise ModelError(f"{self.url} is no address of an object store: {_first_line(error)}") from error

    def current(self) -> Pointer | None:
        """Return what is live; None where nothing ever was."""
        with self._asking("read", CURRENT):
            try:
                got = obstore.get(self._store, CURRENT)
            except (NotFoundError, FileNotFoundError):
                return None
            meta = got.meta
            text = bytes(got.bytes()) if meta["size"] <= MAX_CURRENT_BYTES else b""
        name = text.decode(errors="replace").strip()
        if not VERSION_NAME.fullmatch(name):
            raise DamagedModelError(
                f"{self.url}/{CURRENT} must hold the name of a version, got {name[:80]!r}"
            )
        return Pointer(name, meta.get("e_tag"), meta.get("version"))

    def make_current(self, version: str, seen: Pointer | None) -> None:
        """Make ``version`` live, if ``seen`` still is; raises ChangedMeanwhileError otherwise."""
        tags = {} if seen is None else {"e_tag": seen.e_tag, "version": seen.version}
        mode: Any = {name: tag for name, tag in tags.items() if tag is not None} if seen else "create"
        with self._asking("write", CURRENT):
            try:
                obstore.put(self._store, CURRENT, f"{version}\n".encode(), mode=mode, use_multipart=False)
            except (AlreadyExistsError, PreconditionError, NotFoundError) as error:
                raise ChangedMeanwhileError(
                    f"{self.url}/{CURRENT} was changed by somebody else meanwhile: look at it and try again"
                ) from error

    def versions(self) -> list[str]:
        """Return the versions that are whole, oldest first: names begin with the time of publication."""
        with self._asking("list", ""):
            return [name for name in self._names() if self._is_whole(name)]

    def _names(self) -> list[str]:
        prefixes = obstore.list_with_delimiter(self._store)["common_prefixes"]
        names = (prefix.strip("/") for prefix in prefixes)
        return sorted(name for name in names if VERSION_NAME.fullmatch(name))

    def _is_whole(self, version: str) -> bool:
        return self._manifest(version) is not None

    def _manifest(self, version: str) -> "ObjectMeta | None":
        try:
            return obstore.head(self._store, f"{version}/{MANIFEST}")
        except (NotFoundError, FileNotFoundError):
            return None

    def push(self, directory: Path) -> None:
        """Write the version in ``directory`` under its name, the manifest last; a version is never written twice."""
        version = directory.name
        *others, manifest = sorted(directory.iterdir(), key=lambda path: path.name == MANIFEST)
        for path in others:
            self._put(path, f"{version}/{path.name}")
        with self._asking("write", f"{version}/{MANIFEST}"):
            try:
                obstore.put(self._store, f"{version}/{MANIFEST}", manifest.read_bytes(), mode="create")
            except AlreadyExistsError as error:
                # The answer to the first try may have been lost: then this is what that one wrote.
                held = bytes(obstore.get(self._store, f"{version}/{MANIFEST}").bytes())
                if held != manifest.read_bytes():
                    raise ModelError(
                        f"{self.url} has a version {version} already: none is written twice"
                    ) from error

    def reports(self) -> list[str]:
        """Return the versions, live, refused or deleted, of which there is a whole report, oldest first."""
        with self._asking("list", REPORTS):
            found = [meta["path"] for batch in obstore.list(self._store, f"{REPORTS}/") for meta in batch]
        names = {path.split("/")[1] for path in found if path.endswith(f"/{REPORT_PAGES[-1]}")}
        return sorted(name for name in names if VERSION_NAME.fullmatch(name))

    def push_report(self, directory: Path, keep: int) -> None:
        """Write the files of a report, for people, and delete all but the newest ``keep`` ones."""
        files = [path for path in directory.rglob("*") if path.is_file()]
        for path in sorted(files, key=lambda path: path.name == REPORT_PAGES[-1]):
            self._put(path, f"{REPORTS}/{directory.name}/{path.relative_to(directory).as_posix()}")
        for version in self.reports()[:-keep]:
            if version != directory.name:
                self._remove_below(f"{REPORTS}/{version}/")

    def pull_report(self, version: str, directory: Path) -> None:
        """Bring what people see of a report into ``directory``; raises ModelError."""
        directory.mkdir(parents=True, exist_ok=True)
        for name in REPORT_PAGES:
            self._fetch(f"{REPORTS}/{version}/{name}", directory / name, MAX_REPORT_BYTES)

    def _put(self, path: Path, key: str) -> None:
        with self._asking("write", key):
            obstore.put(self._store, key, path, chunk_size=PART_BYTES, max_concurrency=2)

    def pull(self, version: str, directory: Path) -> None:
        """Bring the files of a version into ``directory``, each compared with its sha256; those that are there stay.

        Raises:
            StorageError: the store does not answer; what was brought stays, so that another try goes on there.
            DamagedModelError: a file is not what the manifest says.
        """
        directory.mkdir(exist_ok=True)
        self._fetch(f"{version}/{MANIFEST}", directory / MANIFEST, MAX_MANIFEST_BYTES)
        manifest = read_manifest(directory)
        if manifest.model_version != version:
            raise DamagedModelError(f"{self.url}/{version} holds version {manifest.model_version}")
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(
                pool.map(
                    lambda name: self._bring(version, name, manifest, directory), sorted(manifest.sha256)
                )
            )

    def _bring(self, version: str, name: str, manifest: Manifest, directory: Path) -> None:
        if not _FILE_NAME.fullmatch(name):
            raise DamagedModelError(
                f"the manifest of {version} names a file {name[:80]!r}, which no version has"
            )
        path = directory / name
        if path.exists():
            return
        aside = directory / f".{name}"
        digest = self._fetch(f"{version}/{name}", aside)
        if digest != manifest.sha256[name]:
            aside.unlink()
            raise DamagedModelError(
                f"{self.url}/{version}/{name} is truncated or altered: its sha256 is another"
            )
        aside.rename(path)

    def _fetch(self, key: str, path: Path, max_bytes: int | None = None) -> str:
        """Write an object to ``path``, part by part, and flush it to the disk; return its sha256."""
        digest = hashlib.sha256()
        with self._asking("read", key), path.open("wb") as file:
            size = obstore.head(self._store, key)["size"]
            if max_bytes is not None and size > max_bytes:
                raise DamagedModelError(
                    f"{self.url}/{key} has {size:,} bytes; more than {max_bytes:,} are refused"
                )
            for start in range(0, size, PART_BYTES):
                part = obstore.get_range(self._store, key, start=start, end=min(size, start + PART_BYTES))
                digest.update(part)
                file.write(part)
            _flush(file)
        return digest.hexdigest()

    def remove(self, version: str) -> None:
        """Delete a version, its manifest first, so that nobody takes what is left for whole."""
        with self._asking("delete", version):
            obstore.delete(self._store, f"{version}/{MANIFEST}")
        self._remove_below(f"{version}/")

    def remove_unfinished(self) -> list[str]:
        """Delete what jobs that were killed left of their versions; return the names of these.

        It holds shoppers' histories like any version. How old it is, the store's own clock tells: it is compared with
        the newest manifest.
        """
        with self._asking("list", ""):
            names = self._names()
            written = {
                name: found["last_modified"] for name in names if (found := self._manifest(name)) is not None
            }
            newest = max(written.values(), default=None)
            left = [
                name
                for name in names
                if name not in written and newest is not None and self._was_left(name, newest - LEFT_FOR)
            ]
        for name in left:
            self._remove_below(f"{name}/")
        return left

    def _was_left(self, name: str, before: datetime) -> bool:
        """Return whether nothing but files of a version lies below ``name``, all of them written ``before``."""
        found = [one for batch in obstore.list(self._store, f"{name}/") for one in batch]
        return bool(found) and all(
            _FILE_NAME.fullmatch(one["path"].partition("/")[2]) and one["last_modified"] < before
            for one in found
        )

    def _remove_below(self, prefix: str) -> None:
        with self._asking("delete", prefix):
            left = [found["path"] for batch in obstore.list(self._store, prefix) for found in batch]
            if left:
                obstore.delete(self._store, left)

    @contextmanager
    def _asking(self, doing: str, key: str) -> Iterator[None]:
        """Turn what the store or its client raises into a StorageError that names what was asked."""
        try:
            yield
        except (NotFoundError, FileNotFoundError) as error:
            raise DamagedModelError(f"{self.url}/{key} is not there") from error
        except (BaseError, OSError) as error:
            said = _first_line(error)
            remedy = _RIGHTS if _REFUSED.search(said) else ""
            raise StorageError(f"cannot {doing} {self.url}/{key}: {said}{remedy}") from error


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _first_line(error: Exception) -> str:
    """Return what an error says, with the code of the store's answer, and without how long that took."""
    line, code = (str(error).splitlines() or [type(error).__name__])[0], _CODE.search(str(error))
    said = _TOOK.sub("", line.partition("<")[0]).rstrip(": ")[:300]
    return said if code is None else f"{said} ({code[1]})"
