"""Finished stages of a run in its working directory, so that a run that was killed goes on from there."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import DataFrame, SparkSession

CODE_FORMAT = 1
"""Raised whenever a stage writes other columns, or the same ones with another meaning."""

MARKER = "_recsvc.json"
PART = ".part"


@dataclass(frozen=True)
class Checkpoints:
    """Stages as Parquet below one directory, each with a fingerprint of what it was made from.

    Attributes:
        session: of the run.
        directory: any path that Hadoop knows: a folder, ``hdfs://…``, ``s3a://…``.
    """

    session: SparkSession
    directory: str

    def frame(self, name: str, made_from: object, make: Callable[[], DataFrame]) -> DataFrame:
        """Return the stage ``name``: as it was finished before, or made and written now.

        Args:
            name: of the stage; its folder is called so.
            made_from: JSON of all that the stage depends on: inputs, settings, fingerprints of stages before.
            make: returns what is to be written.
        """
        path = f"{self.directory.rstrip('/')}/{name}"
        wanted = fingerprint(made_from)
        if self._finished(path) != wanted:
            self._delete(f"{path}/{MARKER}")
            make().write.mode("overwrite").parquet(path)
            self._write(f"{path}/{MARKER}", json.dumps({"fingerprint": wanted}))
        return self.session.read.parquet(path)

    def value(self, name: str, made_from: object, make: Callable[[], Any]) -> Any:  # noqa: ANN401 - any JSON
        """Return what ``make`` returned, JSON, when the stage ``name`` was finished, before or now."""
        path = f"{self.directory.rstrip('/')}/{name}/{MARKER}"
        wanted, text = fingerprint(made_from), self._read(path)
        kept = {} if text is None else _json(text)
        if kept.get("fingerprint") != wanted:
            kept = {"fingerprint": wanted, "value": make()}
            self._write(path, json.dumps(kept))
        return kept["value"]

    def made_of(self, name: str) -> str:
        """Return the fingerprint of the finished stage ``name``; empty where there is none."""
        return self._finished(f"{self.directory.rstrip('/')}/{name}") or ""

    def _finished(self, path: str) -> str | None:
        text = self._read(f"{path}/{MARKER}")
        return None if text is None else _json(text).get("fingerprint")

    # Files of any kind of storage are reached by Hadoop alone, to which PySpark has no public door.
    def _at(self, path: str) -> tuple[Any, Any]:
        jvm = self.session._jvm
        at = jvm.org.apache.hadoop.fs.Path(path)
        return at.getFileSystem(self.session._jsc.hadoopConfiguration()), at

    def _read(self, path: str) -> str | None:
        files, at = self._at(path)
        if not files.exists(at):
            return None
        stream = files.open(at)
        try:
            return str(bytes(stream.readAllBytes()).decode())
        except (Py4JJavaError, UnicodeDecodeError):  # damaged: its checksum does not fit
            return None
        finally:
            stream.close()

    def _write(self, path: str, text: str) -> None:
        """Write a file under another name and give it ``path`` when it is whole."""
        _, part = self._at(f"{path}{PART}")
        files, at = self._at(path)
        stream = files.create(part, True)
        try:
            stream.write(text.encode())
        finally:
            stream.close()
        files.delete(at, False)
        if not files.rename(part, at):
            raise OSError(f"{path}{PART} could not be renamed to {path}: another run may write there")

    def _delete(self, path: str) -> None:
        files, at = self._at(path)
        files.delete(at, False)


def fingerprint(made_from: object) -> str:
    """Return the digest of ``made_from``, JSON, and of the format that stages are written in."""
    text = json.dumps([CODE_FORMAT, made_from], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _json(text: str) -> dict[str, Any]:
    """Return the table in ``text``; an empty one where it is damaged."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
