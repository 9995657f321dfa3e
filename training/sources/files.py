"""Order files of any shop, read into one table."""

import filecmp
import glob
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import polars as pl

from recsvc.errors import DataError, UnreadableSourceError
from training.sources.columns import ColumnPlan
from training.sources.content import is_parquet, read_blocks, shortened
from training.sources.delimited import Compact, PlanColumns, Table, read_delimited
from training.sources.documents import is_page, read_documents
from training.sources.gathering import Gathering, ReadTable, ends_early
from training.sources.json_text import JsonText
from training.sources.ndjson import json_object, read_ndjson
from training.sources.parquet import read_parquet
from training.sources.table_head import HEAD_ROWS, TableHead
from training.sources.text import LineChunks, characters

LINES_OF_JSON = 50
"""So many lines tell whether each is an object by itself."""

MOST_POOLED = 100
"""So many files are looked into before the first of them is read."""


def gather_files(
    paths: Sequence[str], columns: Mapping[str, str], into: Gathering, encoding: str | None = None
) -> None:
    """Read files and globs, one after the other; each file may have its own format.

    ``columns`` names columns by hand, canonical name to header name. ``encoding`` is that of all text files.
    """
    found, warnings = expand_paths(paths)
    into.warnings += warnings
    if len(found) > 1:
        into.plans.heads |= pooled_heads(head_of_file(path, encoding) for path in found[:MOST_POOLED])
    for path in found:
        into.add(path, reader_of(path, encoding), columns)


class HeadSeenError(Exception):
    """Ends the reading of a file whose first rows are all that is wanted."""

    def __init__(self, head: TableHead) -> None:
        super().__init__()
        self.head = head


def pooled_heads(heads: Iterable[TableHead | None]) -> dict[tuple[str, ...], pl.DataFrame]:
    """Return the first rows of all files with the same columns together: one month may be too little to tell.

    What is wrong with a file, which is None here, is said when it is read.
    """
    pooled: dict[tuple[str, ...], pl.DataFrame] = {}
    for head in heads:
        if head is not None and head.rows.height:
            before = pooled.get(head.names)
            # Rows that were read one by one have numbers besides.
            own = head.rows.select(f"column_{at}" for at in range(len(head.names)))
            rows = own if before is None else pl.concat([before, own], how="vertical")
            pooled[head.names] = rows.head(HEAD_ROWS)
    return pooled


def head_of_file(path: str, encoding: str | None) -> TableHead | None:
    """Return the first rows of a file; None where it cannot be read."""

    def seen(head: TableHead) -> ColumnPlan:
        raise HeadSeenError(head)

    try:
        read_table(path, seen, lambda rows: rows, encoding)
    except HeadSeenError as exc:
        return exc.head
    except (DataError, EOFError, OSError):
        return None
    return None


def reader_of(path: str, encoding: str | None = None) -> ReadTable:
    """Return what reads the file when it is its turn."""
    return lambda plan_columns, compact: read_table(path, plan_columns, compact, encoding)


def expand_paths(paths: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return files behind paths and globs, each once, and warnings about repetitions.

    Raises UnreadableSourceError for one that matches nothing.
    """
    found: dict[Path, str] = {}
    warnings = []
    for path in paths:
        for match in matches_of(path):
            resolved = Path(match).resolve()
            if resolved in found:
                warnings.append(f"{match} was named more than once and is read once")
                continue
            copied = next((known for known in found if are_copies(known, resolved)), None)
            if copied is not None:
                warnings.append(
                    f"{match} holds the same as {found[copied]}, byte for byte, and is not read again"
                )
                continue
            found.setdefault(resolved, match)
    return list(found.values()), warnings


def are_copies(one: Path, other: Path) -> bool:
    """Return whether two files hold the same, such as a download that was made twice; not where nobody can tell."""
    try:
        size = one.stat().st_size
        return bool(size and size == other.stat().st_size and filecmp.cmp(one, other, shallow=False))
    except OSError:
        return False


def matches_of(path: str) -> list[str]:
    """Return the path itself when it exists, otherwise the files that the glob matches, sorted."""
    if not path.strip():
        raise UnreadableSourceError("the path of an order file is empty; name a file")
    try:
        expanded = str(Path(path).expanduser())
        exists = Path(expanded).exists()
    except RuntimeError as exc:
        home = path.partition("/")[0]
        raise UnreadableSourceError(
            f"{shortened(path)}: this machine knows no home of {shortened(home)}; write the whole path"
        ) from exc
    except (OSError, ValueError) as exc:
        said = getattr(exc, "strerror", None) or str(exc)
        raise UnreadableSourceError(
            f"{shortened(path)} cannot be looked for ({said}); check the path"
        ) from exc
    if exists:
        return [expanded]
    if path == "-":
        raise UnreadableSourceError(
            "- would be what another program writes: write that into a file (… > FILE) and name it"
        )
    found = sorted(glob.glob(expanded, recursive=True))  # noqa: PTH207  Path.glob takes no absolute pattern
    matches = [match for match in found if Path(match).is_file()]
    if not matches:
        raise UnreadableSourceError(
            f"{path} matches no file; check the path (relative paths start at {Path.cwd()})"
        )
    return matches


def read_table(
    path: str, plan_columns: PlanColumns, compact: Compact, encoding: str | None = None
) -> tuple[Table, str | None]:
    """Read one file of any kind; returns the table and, of text, the encoding, which ``encoding`` may say.

    Raises UnreadableSourceError, and what ``plan_columns`` raises.
    """
    try:
        return _read_table(path, plan_columns, compact, encoding)
    except OSError as exc:
        raise UnreadableSourceError(
            f"{path} could not be read to its end ({exc.strerror or exc}); check the disk, or copy the file again"
        ) from exc


def _read_table(
    path: str, plan_columns: PlanColumns, compact: Compact, encoding: str | None
) -> tuple[Table, str | None]:
    if is_parquet(path):
        return read_parquet(path, plan_columns, compact), None
    kind = json_kind(path, encoding)
    try:
        if kind == "document":
            text = JsonText(characters(read_blocks(path), path, encoding), path)
            return read_documents(text, path, plan_columns, compact), encoding or "utf-8"
        chunks = LineChunks(read_blocks(path), said=encoding, name=path)
        read = read_ndjson if kind == "lines" else read_delimited
        return read(chunks, plan_columns, compact), chunks.encoding
    except EOFError as exc:
        raise ends_early(path, str(exc), 0) from exc


def json_kind(path: str, encoding: str | None = None) -> Literal["lines", "document"] | None:
    """Return whether the text is JSON: an object on each line, or anything else; None where it is none."""
    try:
        head = next(iter(LineChunks(iter([next(read_blocks(path))]), said=encoding)), b"")
    except EOFError:
        return None
    if not head.lstrip().startswith((b"{", b"[")):
        return None
    lines = [line for line in head.decode().split("\n") if line.strip()][:LINES_OF_JSON]
    objects = [one for one in map(json_object, lines) if one is not None]
    is_lines = 2 * len(objects) >= len(lines) and not any(map(is_page, objects))
    return "lines" if is_lines else "document"
