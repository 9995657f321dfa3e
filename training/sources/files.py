"""Order files of any shop, read into one table."""

import glob
from collections.abc import Mapping, Sequence
from pathlib import Path

from recsvc.errors import UnreadableSourceError
from training.sources.content import is_parquet, read_blocks
from training.sources.delimited import Compact, PlanColumns, Table, read_delimited
from training.sources.gathering import Gathering, ReadTable, ends_early
from training.sources.ndjson import read_ndjson
from training.sources.parquet import read_parquet
from training.sources.text import LineChunks


def gather_files(paths: Sequence[str], columns: Mapping[str, str], into: Gathering) -> None:
    """Read files and globs, one after the other; each file may have its own format.

    ``columns`` names columns by hand, canonical name to header name.
    """
    found, warnings = expand_paths(paths)
    into.warnings += warnings
    for path in found:
        into.add(path, reader_of(path), columns)


def reader_of(path: str) -> ReadTable:
    """Return what reads the file when it is its turn."""
    return lambda plan_columns, compact: read_table(path, plan_columns, compact)


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
            found.setdefault(resolved, match)
    return list(found.values()), warnings


def matches_of(path: str) -> list[str]:
    """Return the path itself when it exists, otherwise the files that the glob matches, sorted."""
    expanded = str(Path(path).expanduser())
    if Path(expanded).exists():
        return [expanded]
    found = sorted(glob.glob(expanded, recursive=True))  # noqa: PTH207  Path.glob takes no absolute pattern
    matches = [match for match in found if Path(match).is_file()]
    if not matches:
        raise UnreadableSourceError(
            f"{path} matches no file; check the path (relative paths start at {Path.cwd()})"
        )
    return matches


def read_table(path: str, plan_columns: PlanColumns, compact: Compact) -> tuple[Table, str | None]:
    """Read one file of any kind; returns the table and, of text, the encoding.

    Raises UnreadableSourceError, and what ``plan_columns`` raises.
    """
    if is_parquet(path):
        return read_parquet(path, plan_columns, compact), None
    chunks = LineChunks(read_blocks(path))
    read = read_ndjson if starts_with_brace(path) else read_delimited
    try:
        return read(chunks, plan_columns, compact), chunks.encoding
    except EOFError as exc:
        raise ends_early(path, str(exc), 0) from exc


def starts_with_brace(path: str) -> bool:
    """Return whether the text begins as a JSON object does."""
    try:
        head = next(iter(LineChunks(iter([next(read_blocks(path))[:4096]]))), b"")
    except EOFError:
        return False
    return head.lstrip(b" \t\r\n").startswith(b"{")
