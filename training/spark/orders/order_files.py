"""Which order files a run reads: paths of the machine as the local engine finds them, other addresses by Hadoop."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from recsvc.errors import UnreadableSourceError
from training.sources.files import expand_paths

ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://|file:/")
LARGEST_BYTES = (1 << 31) - (1 << 20)
"""Spark hands a file of a storage over as one value, which cannot be larger."""

REMEDIES = {
    "s3": "write s3a://",
    "s3a": "start Spark with --packages org.apache.hadoop:hadoop-aws in the version of its Hadoop",
    "gs": "give Spark the connector of Google Cloud Storage",
    "abfss": "start Spark with --packages org.apache.hadoop:hadoop-azure in the version of its Hadoop",
}


@dataclass(frozen=True)
class OrderFile:
    """One file with orders.

    Attributes:
        name: its path or address.
        n_bytes: its size.
        changed_at: when it was written last, in units of its storage; tells one content from another.
        is_remote: whether Hadoop reads it, rather than each worker by its path.
    """

    name: str
    n_bytes: int
    changed_at: int
    is_remote: bool = False


def find_order_files(session: SparkSession, paths: Sequence[str]) -> tuple[list[OrderFile], list[str]]:
    """Return the files behind paths, globs and addresses, and what was odd about them.

    Raises UnreadableSourceError for one that matches nothing, or cannot be looked at.
    """
    found: list[OrderFile] = []
    warnings: list[str] = []
    for is_remote, several in groupby(paths, key=lambda path: ADDRESS.match(path) is not None):
        if is_remote:
            found += [file for path in several for file in _of_hadoop(session, path)]
        else:
            names, said = expand_paths(list(several))
            found += [_of_machine(name) for name in names]
            warnings += said
    once = {file.name: file for file in found}
    if len(once) < len(found):
        warnings.append(f"{len(found) - len(once)} files were named more than once and are read once")
    return list(once.values()), warnings


def _of_machine(name: str) -> OrderFile:
    about = Path(name).stat()
    return OrderFile(name, about.st_size, about.st_mtime_ns)


def _of_hadoop(session: SparkSession, path: str) -> list[OrderFile]:
    try:
        found = sorted(_statuses(session, path), key=lambda status: str(status.getPath().toString()))
    except Py4JJavaError as exc:
        raise UnreadableSourceError(_why(path, exc)) from exc
    files = [
        OrderFile(str(one.getPath().toString()), int(one.getLen()), int(one.getModificationTime()), True)
        for one in found
    ]
    if not files:
        raise UnreadableSourceError(f"{path} matches no file; check the address")
    for file in files:
        if file.n_bytes > LARGEST_BYTES:
            raise UnreadableSourceError(
                f"{file.name} has {file.n_bytes / 2**30:.1f} GiB; a file that Spark fetches from a storage may have "
                "2 GiB at most: write the orders into several files"
            )
    return files


def _statuses(session: SparkSession, path: str) -> list[Any]:
    """Return what Hadoop knows of each file behind the address; what Spark itself would not read is left out."""
    at = session._jvm.org.apache.hadoop.fs.Path(path)
    files = at.getFileSystem(session._jsc.hadoopConfiguration())
    if files.exists(at):
        top, is_said = [files.getFileStatus(at)], True
    else:
        top, is_said = list(files.globStatus(at) or ()), False
    found: list[Any] = []
    while top:
        one = top.pop()
        if not is_said and str(one.getPath().getName()).startswith(("_", ".")):
            continue
        is_said = False
        if one.isDirectory():
            top += list(files.listStatus(one.getPath()))
        else:
            found.append(one)
    return found


def _why(path: str, exc: Py4JJavaError) -> str:
    said = str(exc.java_exception.getMessage() or exc.java_exception.toString()).splitlines()[0]
    scheme = path.partition(":")[0].lower()
    is_unknown = "No FileSystem for scheme" in said or "ClassNotFound" in said
    remedy = REMEDIES.get(scheme) if is_unknown else None
    return (
        f"{path} cannot be looked at ({said:.300}); {remedy or 'check the address and what Spark may read'}"
    )
