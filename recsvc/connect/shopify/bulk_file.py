"""The file of a bulk operation: lines of JSON, children with the ``__parentId`` of their parent, in any order."""

import json
import zlib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from recsvc.errors import PlatformError
from recsvc.plain_file import open_plain

MAX_LINE_BYTES = 16 * 2**20
PART_BYTES = 16 * 2**20
"""A larger file is split into parts of about this size, each of which has whole families and is read as one."""

MAX_PARTS = 512
_PARENT = "__parentId"


@dataclass
class Family:
    """An object at the top of a query, with those of its connections.

    Attributes:
        head: the object; empty where the file does not have it.
        children: those below it.
    """

    head: dict[str, Any] = field(default_factory=dict)
    children: list[dict[str, Any]] = field(default_factory=list)


def families(path: Path, directory: Path, part_bytes: int = PART_BYTES) -> Iterator[Family]:
    """Yield the families of a file, in no particular order.

    Since its version 2026-01 Shopify promises no order: children may stand anywhere.

    Args:
        path: the file.
        directory: where parts may be written, and are removed again.
        part_bytes: about so much is in memory.

    Raises PlatformError, which names the line, where the file is none of a bulk operation.
    """
    n_parts = min(MAX_PARTS, path.stat().st_size // part_bytes + 1)
    if n_parts == 1:
        yield from _of_part(path)
        return
    paths = [directory / f"part-{number}.jsonl" for number in range(n_parts)]
    try:
        _split(path, paths)
        for one in paths:
            yield from _of_part(one)
    finally:
        for one in paths:
            one.unlink(missing_ok=True)


def _of_part(path: Path) -> Iterator[Family]:
    found: defaultdict[str, Family] = defaultdict(Family)
    for _, name, document in _objects(path):
        if _PARENT in document:
            found[name].children.append(document)
        else:
            found[name].head = document
    yield from found.values()


def _split(path: Path, paths: list[Path]) -> None:
    with ExitStack() as stack:
        files = [stack.enter_context(one.open("wb")) for one in paths]
        for line, name, _ in _objects(path):
            files[zlib.crc32(name.encode()) % len(files)].write(line)


def _objects(path: Path) -> Iterator[tuple[bytes, str, dict[str, Any]]]:
    """Yield each line, the id of the head of its family, and what it says."""
    with open_plain(path) as file:
        for number in count(1):
            line = file.readline(MAX_LINE_BYTES + 1)
            if not line:
                return
            if not line.strip():
                continue
            document = _object(line, path, number)
            name = document.get(_PARENT) or document.get("id")
            if not isinstance(name, str):
                raise PlatformError(f"{path.name}, line {number}: neither an id nor a {_PARENT}; {_REMEDY}")
            yield (line if line.endswith(b"\n") else line + b"\n"), name, document


_REMEDY = "is it the JSONL file of a bulk operation of Shopify, as a whole?"


def _object(line: bytes, path: Path, number: int) -> dict[str, Any]:
    if len(line) > MAX_LINE_BYTES:
        raise PlatformError(f"{path.name}, line {number}: longer than {MAX_LINE_BYTES:,} bytes; {_REMEDY}")
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise PlatformError(f"{path.name}, line {number}: no JSON object; {_REMEDY}")
    return document
