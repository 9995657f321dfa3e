"""What is sent to the Python of a worker and back: Arrow batches as polars frames, and arrays as binary columns."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame

Batches: TypeAlias = Iterator[pa.RecordBatch]
Arrays: TypeAlias = Mapping[str, NDArray[Any]]

ROWS_AT_ONCE = 500_000
"""Rows of pairs are sent in batches of at most so many."""


def whole_groups(batches: Batches, key: str, rows: int) -> Iterator[pl.DataFrame]:
    """Yield frames of at least so many ``rows``, but for the last, in which no group of ``key`` is cut in two.

    The batches are those of one partition, sorted by ``key``. A group may be longer than ``rows``: it is one frame.
    """
    waiting: list[pl.DataFrame] = []
    n_rows, wanted = 0, rows
    for batch in batches:
        waiting.append(framed([batch]))
        n_rows += batch.num_rows
        if n_rows < wanted:
            continue
        frame = pl.concat(waiting)
        earlier = frame[key].ne_missing(frame[key].last()).arg_true()
        cut = 0 if earlier.is_empty() else int(earlier[-1]) + 1
        if cut:
            yield frame[:cut]
        rest = frame[cut:]
        # A group that is longer than wanted is looked for its end again when it is twice as long.
        waiting, n_rows, wanted = [rest], rest.height, max(rows, 2 * rest.height)
    if n_rows:
        yield pl.concat(waiting)


def framed(batches: list[pa.RecordBatch]) -> pl.DataFrame:
    """Return the batches, of which there is at least one, as one frame."""
    return _polars(pa.Table.from_batches(batches))


def _polars(table: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    if not isinstance(frame, pl.DataFrame):
        raise TypeError(f"a table of Arrow is no frame of polars but a {type(frame).__name__}")
    return frame


def packed(numbers: Mapping[str, int], arrays: Arrays) -> pa.RecordBatch:
    """Return one row: ``numbers`` as they are, ``arrays`` as their bytes."""
    columns: dict[str, pa.Array] = {name: pa.array([number], pa.int64()) for name, number in numbers.items()}
    for name, array in arrays.items():
        columns[name] = pa.array([np.ascontiguousarray(array).tobytes()], pa.binary())
    return pa.RecordBatch.from_pydict(columns)


def completed(row: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Return ``row`` with nulls for the columns of ``schema`` that it has not."""
    arrays = [
        row.column(one.name) if one.name in row.schema.names else pa.nulls(row.num_rows, one.type)
        for one in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def unpacked(value: bytes | bytearray, dtype: str) -> NDArray[Any]:
    """Return the array whose bytes these are."""
    return np.frombuffer(bytes(value), dtype=dtype)


def rows_of(batches: Batches) -> Iterator[dict[str, Any]]:
    """Yield the rows of the batches, by column; binary columns as bytes."""
    for batch in batches:
        yield from batch.to_pylist()


def in_parts(columns: Arrays) -> Batches:
    """Yield columns of one length as batches of a bounded number of rows."""
    length = len(next(iter(columns.values())))
    for start in range(0, length, ROWS_AT_ONCE):
        part = {name: pa.array(column[start : start + ROWS_AT_ONCE]) for name, column in columns.items()}
        yield pa.RecordBatch.from_pydict(part)


def collected(frame: DataFrame) -> pl.DataFrame:
    """Return a frame that the driver has room for: one row an item, or the lines of drawn shoppers."""
    return _polars(frame.toArrow())
