"""Order lines of one file as text, read by the readers of the local engine in a process of Spark."""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import IO

import polars as pl
import pyarrow as pa
from pydantic import BaseModel

from recsvc import errors
from recsvc.errors import RecsvcError
from training.questions import Question
from training.sources.columns import ColumnPlan
from training.sources.files import read_table
from training.sources.gathering import Plans, ends_early, source_file
from training.sources.raw_orders import RAW_COLUMNS, SourceFile
from training.sources.table_head import TableHead

LINES_OF_A_FILE = 1 << 40
"""More than any file has: the line numbers of file n begin at n times this."""

BATCH_ROWS = 50_000
SCHEMA = (
    "line long, file long, row long, malformed boolean, "
    + ", ".join(f"{name} string" for name in RAW_COLUMNS)
    + ", about string"
)
"""``about`` tells of the file itself, in one row that is no line of it."""

TYPES = {
    "line": pl.Int64(),
    "file": pl.Int64(),
    "row": pl.Int64(),
    "malformed": pl.Boolean(),
    **dict.fromkeys((*RAW_COLUMNS, "about"), pl.String()),
}


class About(BaseModel):
    """How the reading of one file ended.

    Attributes:
        source: what was found.
        columns: those of its lines.
        error: class of the error that ended it, with ``said``.
    """

    source: SourceFile | None = None
    columns: tuple[str, ...] = ()
    error: str | None = None
    said: str = ""

    def found(self) -> SourceFile:
        """Return what was found; raise what ended the reading."""
        if self.source is None:
            raise getattr(errors, self.error or "", RecsvcError)(self.said)
        return self.source


@dataclass(frozen=True)
class FileReader:
    """Reads files in the processes of Spark.

    Attributes:
        columns: named by hand, canonical name to header name.
        encoding: of text files; None: it is detected.
        plans: how files are read whose columns several have.
        asked: what the columns of these files leave open, at the index of the first of them.
    """

    columns: Mapping[str, str]
    encoding: str | None
    plans: Plans = field(default_factory=Plans)
    asked: Mapping[int, tuple[Question, ...]] = field(default_factory=dict)

    def lines_of(self, index: int, name: str, path: str) -> Iterator[pa.RecordBatch]:
        """Yield the lines of the file ``path``, which is called ``name``, then a row about it, as in ``SCHEMA``.

        Lines wait on the disk of the worker, so that not all of a file is in memory, unless its rows have to be filled
        from one another.
        """
        with tempfile.TemporaryFile() as kept:
            about = self._read(index, name, path, kept)
            if about.columns:
                kept.seek(0)
                yield from _numbered(index, kept)
        yield from in_columns(pl.DataFrame({"file": [index], "about": [about.model_dump_json()]}))

    def _read(self, index: int, name: str, path: str, kept: IO[bytes]) -> About:
        lines = _Kept(kept)
        plan: ColumnPlan | None = None

        def plan_columns(head: TableHead) -> ColumnPlan:
            nonlocal plan
            plan = self.plans.plan_of(name, head, self.columns)
            if head.names in self.plans.heads:
                plan = replace(plan, questions=self.asked.get(index, ()))
            return plan

        def compact(batch: pl.DataFrame) -> pl.DataFrame:
            if plan is not None and plan.finish is not None:
                return batch
            lines.add(batch)
            return batch.clear()

        try:
            table, encoding = read_table(path, plan_columns, compact, self.encoding)
            if table.plan.finish is not None and table.frames:
                lines.add(table.plan.finish(pl.concat(table.frames)))
            if table.ended_early:
                raise ends_early(name, table.ended_early, lines.n_rows)
        except RecsvcError as exc:
            return About(error=type(exc).__name__, said=str(exc).replace(path, name))
        finally:
            lines.close()
        return About(
            source=source_file(name, table, lines.n_rows, encoding, self.columns), columns=lines.columns
        )


class _Kept:
    """Lines that wait in a file, batch by batch."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._writer: pa.ipc.RecordBatchStreamWriter | None = None
        self.n_rows = 0
        self.columns: tuple[str, ...] = ()

    def add(self, lines: pl.DataFrame) -> None:
        if not lines.height:
            return
        table = lines.to_arrow(compat_level=pl.CompatLevel.oldest())
        if self._writer is None:
            self._writer, self.columns = pa.ipc.new_stream(self._file, table.schema), tuple(lines.columns)
        self._writer.write_table(table, BATCH_ROWS)
        self.n_rows += lines.height

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


def _numbered(index: int, kept: IO[bytes]) -> Iterator[pa.RecordBatch]:
    first = index * LINES_OF_A_FILE
    for batch in pa.ipc.open_stream(kept):
        lines = pl.DataFrame(pl.from_arrow(batch))
        line = pl.int_range(first, first + lines.height, dtype=pl.Int64).alias("line")
        yield from in_columns(lines.with_columns(line, pl.lit(index, dtype=pl.Int64).alias("file")))
        first += lines.height


def in_columns(lines: pl.DataFrame) -> Iterator[pa.RecordBatch]:
    """Yield ``lines`` with all columns of ``SCHEMA``, those that it lacks empty, as Arrow knows them."""
    whole = lines.select(
        (pl.col(name) if name in lines.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in TYPES.items()
    )
    yield from whole.to_arrow(compat_level=pl.CompatLevel.oldest()).to_batches(BATCH_ROWS)
