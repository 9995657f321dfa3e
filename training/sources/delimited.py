"""Tables of delimited text: the regular bulk through polars, whatever is odd record by record."""

import re
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass

import polars as pl

from training.sources.columns import ColumnPlan
from training.sources.header import Header, read_header
from training.sources.records import Layout, RecordReader, Records, lines_of
from training.sources.table_head import HEAD_ROWS, TableHead

NO_DELIMITER = "\x1f"
MOST_COLUMNS = 1000
"""Tables with more columns are read row by row: the pattern for a row would be too long to compile."""

READ_AHEAD = 2
"""Number of chunks that are read at a time: one core does most of the work on one chunk."""


@dataclass
class Table:
    """What was read from one file; `frames` have `row`, `malformed` and the canonical columns of the plan."""

    plan: ColumnPlan
    delimiter: str | None
    frames: list[pl.DataFrame]
    n_blank_lines: int = 0
    ended_early: str | None = None


PlanColumns = Callable[[TableHead], ColumnPlan]
Compact = Callable[[pl.DataFrame], pl.DataFrame]


def read_delimited(chunks: Iterable[bytes], plan_columns: PlanColumns, compact: Compact) -> Table:
    """Read a delimited table from UTF-8 chunks of whole lines.

    Raises UnusableExportError when the header does not say who bought what, EOFError when the content ends
    before the header does. Content that ends later is told in `ended_early`.
    """
    early: str | None = None
    with ThreadPoolExecutor(READ_AHEAD) as pool:
        reader = DelimitedReader(plan_columns, compact, pool)
        try:
            for chunk in chunks:
                reader.feed(chunk)
        except EOFError as exc:
            if not reader.has_header:
                raise
            early = str(exc)
        if not reader.has_header:
            raise EOFError("holds no text")
        table = reader.close()
    table.ended_early = early
    return table


class DelimitedReader:
    """Takes chunks one by one; the first has the header. Later chunks are read while the oldest is added."""

    def __init__(self, plan_columns: PlanColumns, compact: Compact, pool: Executor) -> None:
        self._plan_columns = plan_columns
        self._compact = compact
        self._pool = pool
        self._waiting: deque[tuple[bytes, Future[pl.DataFrame | None]]] = deque()
        self._table: Table | None = None
        self._layout = Layout("", 0)
        self._records = RecordReader(self._layout, 1)

    @property
    def has_header(self) -> bool:
        """Whether the header has been read."""
        return self._table is not None

    def feed(self, chunk: bytes) -> None:
        """Read one chunk of whole lines."""
        body = self._start(chunk) if self._table is None else chunk
        self._waiting.append((body, self._pool.submit(read_regular, body, self._layout)))
        if len(self._waiting) > READ_AHEAD:
            self._take()

    def close(self) -> Table:
        """Take what is still being read, and what waited for a quote to be closed; return the table."""
        assert self._table is not None  # noqa: S101  what has no header is not closed
        while self._waiting:
            self._take()
        self._add_records(self._records.read([], at_end=True))
        return self._table

    def _take(self) -> None:
        """Add the oldest chunk: as a whole where it is regular and begins with a record, else by its records."""
        body, regular = self._waiting.popleft()
        frame = regular.result()
        if frame is not None and not self._records.carry:
            self._add(self._numbered(frame))
        elif body:
            self._add_records(self._records.read(lines_of(body), at_end=False))

    def _start(self, chunk: bytes) -> bytes:
        """Read the header; return the bytes after it."""
        header = read_header(chunk)
        body = chunk.split(b"\n", header.n_lines)[header.n_lines]
        plan = self._plan_columns(head_of(body, header))
        self._layout = Layout(header.delimiter, len(header.names), plan.positions)
        self._records = RecordReader(self._layout, header.n_records + 1)
        self._table = Table(plan, header.delimiter, [])
        return body

    def _numbered(self, frame: pl.DataFrame) -> pl.DataFrame:
        first = self._records.next_number
        self._records.next_number += frame.height
        rows = pl.int_range(first, first + frame.height, dtype=pl.Int64, eager=True).alias("row")
        return frame.with_columns(rows, pl.lit(value=False).alias("malformed"))

    def _add_records(self, records: Records) -> None:
        assert self._table is not None  # noqa: S101  the header was read before any record
        self._table.n_blank_lines += records.n_blank
        if records.rows:
            self._add(frame_of(records, self._layout))

    def _add(self, frame: pl.DataFrame) -> None:
        assert self._table is not None  # noqa: S101  the header was read before any record
        if frame.height:
            self._table.frames.append(self._compact(self._table.plan.canonical(frame)))


def head_of(body: bytes, header: Header) -> TableHead:
    """Return the first rows of ``body`` with all columns; ill-formed ones are left out."""
    lines = body.split(b"\n", HEAD_ROWS + 1)
    first = b"".join(line + b"\n" for line in lines[: min(HEAD_ROWS, len(lines) - 1)])
    layout = Layout(header.delimiter, len(header.names), tuple(range(len(header.names))))
    rows = read_regular(first, layout) if first else None
    if rows is None:
        records = RecordReader(layout, 1).read(lines_of(first) if first else [], at_end=True)
        rows = frame_of(records, layout)
    return TableHead.of(header.names, rows, header.n_texts)


def read_regular(body: bytes, layout: Layout) -> pl.DataFrame | None:
    """Return the wanted columns when every line is one well-formed record of the right length, else None.

    polars pads short rows, accepts long ones outside the wanted columns and loses its way after a stray
    quote, without a word; therefore the lines are examined first.
    """
    if NO_DELIMITER.encode() in body or (b"\r" in body and body.count(b"\r") != body.count(b"\r\n")):
        return None
    if layout.n_columns > MOST_COLUMNS:
        return None
    lines = read_columns(body, Layout(NO_DELIMITER, 1, (0,)), quote=None)["column_0"]
    if not is_regular(lines, layout, has_quotes=b'"' in body):
        return None
    try:
        frame = read_columns(body, layout, quote='"')
    except pl.exceptions.PolarsError:
        return None
    if frame.height != len(lines):
        return None
    # a quoted blank is no more of a value than an unquoted one
    has_blank = b'"' in body and any(frame.select((pl.all() == "").any()).row(0))
    return frame.select(pl.when(pl.all() != "").then(pl.all())) if has_blank else frame


def is_regular(lines: pl.Series, layout: Layout, has_quotes: bool) -> bool:
    """Return whether each line is a record with as many fields as the header and at least one that is not blank."""
    delimiter, n_others = re.escape(layout.delimiter), layout.n_columns - 1
    if lines.str.contains(rf'^(?:[\s"]|{delimiter})*$').any():
        return False
    if not has_quotes:
        n_found = lines.str.count_matches(layout.delimiter, literal=True)
        return bool((n_found == n_others).all(ignore_nulls=False))
    field = rf'(?:"(?:[^"]|"")*"|[^"{delimiter}]*)'
    well_formed = rf"^{field}(?:{delimiter}{field}){{{n_others}}}$"
    return bool(lines.str.contains(well_formed).all(ignore_nulls=False))


def read_columns(body: bytes, layout: Layout, quote: str | None) -> pl.DataFrame:
    """Return the wanted columns, named `column_<position>`, as text."""
    wanted = [f"column_{position + 1}" for position in layout.positions]
    frame = pl.read_csv(
        body,
        has_header=False,
        schema={f"column_{n + 1}": pl.String for n in range(layout.n_columns)},
        columns=wanted,
        separator=layout.delimiter,
        quote_char=quote,
    )
    return frame.select(
        pl.col(name).alias(f"column_{at}") for name, at in zip(wanted, layout.positions, strict=True)
    )


def frame_of(records: Records, layout: Layout) -> pl.DataFrame:
    """Return the wanted columns of records, with `row` and `malformed`."""
    columns = {
        f"column_{at}": pl.Series(
            [(row[at] or None) if row else None for row in records.rows], dtype=pl.String
        )
        for at in layout.positions
    }
    malformed = pl.Series([row is None for row in records.rows], dtype=pl.Boolean)
    return pl.DataFrame(
        {"row": pl.Series(records.numbers, dtype=pl.Int64), "malformed": malformed, **columns}
    )
