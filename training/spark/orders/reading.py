"""The first stage: files, a query and the store become one table of order lines as text."""

import hashlib
import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path

import polars as pl
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as fn

from recsvc.errors import RecsvcError
from training.questions import Question
from training.sources.files import MOST_POOLED, head_of_file, pooled_heads
from training.sources.gathering import Gathering, Plans, told_empty
from training.sources.order_sources import OrderSources
from training.sources.raw_orders import RAW_COLUMNS, SourceFile
from training.sources.sql import gather_sql
from training.sources.store_orders import gather_store
from training.sources.table_head import TableHead
from training.spark.checkpoints import Checkpoints, fingerprint
from training.spark.orders.order_files import OrderFile, find_order_files
from training.spark.orders.raw_lines import LINES_OF_A_FILE, SCHEMA, About, FileReader, in_columns

STAGE = "orders-raw"
HEAD_SCHEMA = "file long, head string, rows binary"
_GLOB_CHARACTERS = re.compile(r"[][{}*?\\]")


@dataclass(frozen=True)
class RawTable:
    """The order lines of all sources as text.

    Attributes:
        lines: DataFrame with `line` (long: the order of the lines in the input), `file` (index into `files`), `row`,
            `malformed`, and those of ``RAW_COLUMNS`` that some file has.
        files: what was found in each source.
        warnings: what was odd about them.
        made_from: fingerprint of the sources, and of how they were read.
    """

    lines: DataFrame
    files: tuple[SourceFile, ...]
    warnings: tuple[str, ...]
    made_from: str

    @property
    def n_rows(self) -> int:
        """Number of all lines, those of erased shoppers too."""
        return sum(file.n_rows for file in self.files)

    @property
    def questions(self) -> tuple[Question, ...]:
        """What the columns leave open."""
        return tuple(question for file in self.files for question in file.questions)


def read_raw(
    checkpoints: Checkpoints, sources: OrderSources, columns: Mapping[str, str], encoding: str | None
) -> RawTable:
    """Read all sources; files are read by the workers, a query and the store by this process.

    Raises:
        DataError: a source cannot be used, or none has a row.
        StoreError: the store exists and cannot be read.
        SettingsError: an unknown canonical name.
    """
    session = checkpoints.session
    files, warnings = find_order_files(session, sources.files)
    others = _others(sources, columns)
    digests = [_digest(lines) for lines in others.frames]
    made_from = [[asdict(file) for file in files], digests, sorted(columns.items()), encoding]

    def read() -> DataFrame:
        reader = _reader(session, files, columns, encoding)
        return _of_files(session, files, reader).unionAll(_of_others(session, others, len(files)))

    with _one_in_a_batch(session):
        table = checkpoints.frame(STAGE, made_from, read)
    told = table.where(fn.col("about").isNotNull()).select("file", "about").orderBy("file").collect()
    abouts = [About.model_validate_json(row["about"]) for row in told]
    found = (*(about.found() for about in abouts), *others.files)
    warnings += told_empty(found)
    have = {name for about in abouts for name in about.columns}
    have |= {name for lines in others.frames for name in lines.columns}
    named = [name for name in RAW_COLUMNS if name in have]
    lines = table.where(fn.col("line").isNotNull()).select("line", "file", "row", "malformed", *named)
    return RawTable(lines, found, tuple(warnings), fingerprint(made_from))


@contextmanager
def _one_in_a_batch(session: SparkSession) -> Iterator[None]:
    """Let Spark hand over one row at a time, which may be a whole file."""
    name = "spark.sql.execution.arrow.maxRecordsPerBatch"
    before = session.conf.get(name)
    session.conf.set(name, "1")
    try:
        yield
    finally:
        session.conf.set(name, before)


def _others(sources: OrderSources, columns: Mapping[str, str]) -> Gathering:
    """Read what no worker reads: a query and the store."""
    gathering = Gathering()
    if sources.query:
        gather_sql(sources.query, columns, gathering)
    if sources.from_store and sources.store:
        gather_store(sources.store, gathering)
    return gathering


def _digest(lines: pl.DataFrame) -> str:
    content = BytesIO()
    lines.with_columns(pl.col(pl.Categorical).cast(pl.String)).write_ipc(content)
    return hashlib.sha256(content.getbuffer()).hexdigest()


def _of_files(session: SparkSession, files: Sequence[OrderFile], reader: FileReader) -> DataFrame:
    """Return the lines of all files, a task for each file of the machine, one for some of a storage."""
    names = [file.name for file in files]
    near = [index for index, file in enumerate(files) if not file.is_remote]
    far = {file.name: index for index, file in enumerate(files) if file.is_remote}

    def read_near(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for at in batch.column(0).to_pylist():
                yield from reader.lines_of(near[at], names[near[at]], names[near[at]])

    def read_far(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for name, path in _fetched(batches):
            yield from reader.lines_of(far[name], name, path)

    lines = session.range(0, len(near), 1, max(len(near), 1)).mapInArrow(read_near, SCHEMA)
    if not far:
        return lines
    return lines.unionAll(_contents(session, list(far)).mapInArrow(read_far, SCHEMA))


def _contents(session: SparkSession, names: Sequence[str]) -> DataFrame:
    """Return path and content of files of a storage."""
    paths = [_GLOB_CHARACTERS.sub(r"\\\g<0>", name) for name in names]
    return session.read.format("binaryFile").load(paths).select("path", "content")


def _fetched(batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[str, str]]:
    """Yield the name of each file that Spark fetched, and where it is meanwhile."""
    for batch in batches:
        for name, content in zip(batch.column(0), batch.column(1), strict=True):
            with tempfile.TemporaryDirectory() as directory:
                path = Path(directory) / "orders"
                path.write_bytes(content.as_buffer())
                yield name.as_py(), str(path)


def _of_others(session: SparkSession, others: Gathering, first_index: int) -> DataFrame:
    """Return the lines that this process has read, as those of files are."""
    batches = [batch for lines in others.frames for batch in in_columns(_placed(lines, first_index))]
    if not batches:
        return session.createDataFrame([], SCHEMA)
    return session.createDataFrame(pa.Table.from_batches(batches), SCHEMA)


def _placed(lines: pl.DataFrame, first_index: int) -> pl.DataFrame:
    file = pl.col("file").cast(pl.Int64) + first_index
    line = file * LINES_OF_A_FILE + pl.int_range(pl.len(), dtype=pl.Int64)
    return lines.with_columns(file.alias("file"), line.alias("line"))


def _reader(
    session: SparkSession, files: Sequence[OrderFile], columns: Mapping[str, str], encoding: str | None
) -> FileReader:
    """Return what reads each file; several files with the same columns are read by one plan."""
    if len(files) < 2:
        return FileReader(columns, encoding)
    heads = _heads(session, files[:MOST_POOLED], encoding)
    plans = Plans(pooled_heads(heads))
    asked: dict[int, tuple[Question, ...]] = {}
    for index, head in enumerate(heads):
        if head is None or head.names not in plans.heads or head.names in plans.made:
            continue
        try:
            asked[index] = plans.plan_of(files[index].name, head, columns).questions
        except RecsvcError:
            # Said when the file is read; an earlier file may have a problem of its own.
            continue
    return FileReader(columns, encoding, plans, asked)


def _heads(session: SparkSession, files: Sequence[OrderFile], encoding: str | None) -> list[TableHead | None]:
    """Return the first rows of each file; None where it cannot be read."""
    far = {file.name: index for index, file in enumerate(files) if file.is_remote}
    heads = [None if file.is_remote else head_of_file(file.name, encoding) for file in files]

    def head_of(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for name, path in _fetched(batches):
            head = head_of_file(path, encoding)
            if head is not None:
                rows = BytesIO()
                head.rows.write_ipc(rows)
                told = {"file": [far[name]], "head": [json.dumps([head.names, head.n_texts])]}
                yield pa.RecordBatch.from_pydict(told | {"rows": [rows.getvalue()]})

    if far:
        for row in _contents(session, list(far)).mapInArrow(head_of, HEAD_SCHEMA).toLocalIterator():
            names, n_texts = json.loads(row["head"])
            heads[row["file"]] = TableHead(tuple(names), pl.read_ipc(BytesIO(row["rows"])), n_texts)
    return heads
