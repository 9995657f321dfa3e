"""Order files of any shop, read into one table."""

import glob
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import polars as pl

from recsvc.errors import TooLittleDataError, UnreadableSourceError
from training.sources.columns import ColumnPlan, recognise_columns
from training.sources.content import is_parquet, read_blocks
from training.sources.delimited import Compact, PlanColumns, Table, read_delimited
from training.sources.ndjson import read_ndjson
from training.sources.parquet import read_parquet
from training.sources.raw_orders import FEW_DISTINCT_VALUES, RawOrders, SourceFile
from training.sources.text import LineChunks

RECOGNISE_ALL: Mapping[str, str] = MappingProxyType({})


def say_nothing(_line: str) -> None:
    """Progress that nobody wants to see."""


def read_order_files(
    paths: Sequence[str],
    columns: Mapping[str, str] = RECOGNISE_ALL,
    on_progress: Callable[[str], None] = say_nothing,
) -> RawOrders:
    """Read files and globs; each file may have its own format.

    `columns` names columns by hand, canonical name to header name. Raises UnreadableSourceError,
    UnusableExportError, TooLittleDataError (no rows at all), SettingsError (unknown canonical name).
    """
    found, warnings = expand_paths(paths)
    reader = OrderFileReader(columns, on_progress)
    for path in found:
        reader.read(path)
    if not any(file.n_rows for file in reader.files):
        raise TooLittleDataError(f"{', '.join(found)}: a header but no rows; export a period that has orders")
    warnings += [f"{file.path} has a header but no rows" for file in reader.files if not file.n_rows]
    lines = pl.concat(reader.frames, how="diagonal")
    return RawOrders(lines, tuple(reader.files), tuple(warnings))


def expand_paths(paths: Sequence[str]) -> tuple[list[str], list[str]]:
    """Files behind paths and globs, each once, and warnings about repetitions.

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
    if not found:
        raise UnreadableSourceError("no order file was named; give at least one path")
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


@dataclass
class OrderFileReader:
    """Reads files one after the other into `frames` and `files`."""

    columns: Mapping[str, str]
    on_progress: Callable[[str], None]
    frames: list[pl.DataFrame] = field(default_factory=list)
    files: list[SourceFile] = field(default_factory=list)
    categories: dict[str, pl.Categories] = field(
        default_factory=lambda: {name: pl.Categories.random() for name in FEW_DISTINCT_VALUES}
    )

    def read(self, path: str) -> None:
        """Read one file."""
        self._n_rows_read = 0
        self._path = path
        table, encoding = read_table(path, self._plan_columns, self._compact)
        lines = self._finished(table)
        if table.ended_early:
            raise ends_early(path, table.ended_early, lines.height)
        self._keep(table, lines, encoding)

    def _plan_columns(self, names: Sequence[str]) -> ColumnPlan:
        plan = recognise_columns(self._path, names, self.columns)
        self._waits_for_whole_file = plan.finish is not None
        return plan

    def _compact(self, lines: pl.DataFrame) -> pl.DataFrame:
        """Tell the progress, and keep the batch as small as may be."""
        self._n_rows_read += lines.height
        self.on_progress(f"reading {self._path}: {self._n_rows_read:,} rows")
        return lines if self._waits_for_whole_file else self._categorical(lines)

    def _categorical(self, lines: pl.DataFrame) -> pl.DataFrame:
        return lines.with_columns(
            pl.col(name).cast(pl.Categorical(self.categories[name]))
            for name in lines.columns
            if name in self.categories
        )

    def _finished(self, table: Table) -> pl.DataFrame:
        """Return the order lines of the whole file."""
        if not table.frames:
            schema = dict.fromkeys(table.plan.sources, pl.String())
            return pl.DataFrame(schema={"row": pl.Int64, "malformed": pl.Boolean, **schema})
        lines = pl.concat(table.frames)
        return self._categorical(table.plan.finish(lines)) if table.plan.finish else lines

    def _keep(self, table: Table, lines: pl.DataFrame, encoding: str | None) -> None:
        if lines.height:
            index = pl.lit(len(self.files), dtype=pl.UInt32).alias("file")
            self.frames.append(lines.with_columns(index))
        self.files.append(
            SourceFile(
                path=self._path,
                n_rows=lines.height,
                n_blank_lines=table.n_blank_lines,
                format_name=table.plan.format_name,
                encoding=encoding,
                delimiter=table.delimiter,
                columns=table.plan.mapping,
            )
        )


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


def ends_early(path: str, how: str, n_rows: int) -> UnreadableSourceError:
    """Make the error for content that stops before its end."""
    return UnreadableSourceError(f"{path} {how}: {n_rows:,} rows could be read; download it again")


def starts_with_brace(path: str) -> bool:
    """Whether the text begins as a JSON object does."""
    try:
        head = next(iter(LineChunks(iter([next(read_blocks(path))[:4096]]))), b"")
    except EOFError:
        return False
    return head.lstrip(b" \t\r\n").startswith(b"{")
