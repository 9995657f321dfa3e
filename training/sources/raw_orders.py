"""Order lines as the shop wrote them: canonical column names, untouched text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
import polars as pl

from training.questions import Question

REFUND_COLUMNS = (
    "returned_quantity",
    "cancelled_quantity",
    "refunded_amount",
    "returned_at",
    "signed_amount",
)
"""What came back of a line or an order, where columns of their own say so."""

RAW_COLUMNS = (
    "user_id",
    "item_id",
    "ordered_at",
    "order_id",
    "quantity",
    "unit_price",
    "title",
    "status",
    "status_2",
    "status_3",
    "cancelled_at",
    "cancelled_at_2",
    "cancelled_at_3",
    "event",
    "line_id",
    *REFUND_COLUMNS,
)
"""Every column a source can fill; a column that no file has is absent from `RawOrders.lines`."""

STATUS_COLUMNS = ("status", "status_2", "status_3")
"""A line is bought only if none of them says otherwise."""

CANCELLED_COLUMNS = ("cancelled_at", "cancelled_at_2", "cancelled_at_3")
"""A line is bought only if none of them says that it was called off, deleted or a test."""

MAPPED_COLUMNS = tuple(
    name for name in RAW_COLUMNS if name not in {*STATUS_COLUMNS[1:], *CANCELLED_COLUMNS[1:]}
)
"""The columns that a person may name by hand; a second and a third of a kind are found beside the first."""

FEW_DISTINCT_VALUES = tuple(name for name in RAW_COLUMNS if name != "ordered_at")
"""Columns whose distinct texts are stored once: a history repeats its ids, prices and titles."""

Origin: TypeAlias = Literal["file", "sql", "store"]

ORIGINS: tuple[Origin, ...] = ("file", "sql", "store")
"""Kinds of sources; where two have the same order, the earlier kind counts."""


@dataclass(frozen=True)
class SourceFile:
    """What was found in one source: a file, a query, or the store.

    `columns` maps each canonical column to the header name (or names, joined by ", then ") that fills it.
    `n_rows` counts order lines, one for each line item; `n_blank_lines` are skipped and not among them.
    `questions` has what the columns leave open, `by_hand` the columns that somebody named, and
    `price_of_line` says that the prices are for all pieces of a line together.
    """

    path: str
    n_rows: int
    n_blank_lines: int
    format_name: str
    encoding: str | None
    delimiter: str | None
    columns: Mapping[str, str]
    origin: Origin = "file"
    questions: tuple[Question, ...] = ()
    price_of_line: bool = False
    by_hand: frozenset[str] = frozenset()


@dataclass(frozen=True)
class RawOrders:
    """The order lines of all files, one below the other.

    `lines` has `file` UInt32 (index into `files`), `row` Int64 (as a spreadsheet numbers it), `malformed`
    Boolean and those of `RAW_COLUMNS` that some file has, as String or Categorical. `n_erased` more lines were of
    shoppers who asked to be forgotten; nothing else is kept of these. `questions` are what the sources leave open.
    """

    lines: pl.DataFrame
    files: tuple[SourceFile, ...]
    warnings: tuple[str, ...] = field(default=())
    n_erased: int = 0
    questions: tuple[Question, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a frame that is not what the docstring says."""
        missing = {"file", "row", "malformed", "user_id", "item_id"} - set(self.lines.columns)
        if missing:
            raise ValueError(f"lines lacks the columns {sorted(missing)}")


@dataclass(frozen=True)
class Coded:
    """A text column: its distinct `values` (String) and, for each row, the index (UInt32) of its value."""

    codes: pl.Series
    values: pl.Series

    def each(self, of_values: pl.Series) -> pl.Series:
        """Spread what is known about the values over the rows."""
        return of_values.gather(self.codes)

    def numbers(self) -> pl.Series:
        """Return a number (UInt32) for each row: the same for the same value, null without one."""
        if not self.values.null_count() and self.values.n_unique() == len(self.values):
            return self.codes.clone()
        return self.each(encode(self.values).codes)

    def where(self, of_values: pl.Series) -> pl.Series:
        """Spread a condition on the values over the rows; it does not hold where there is no value."""
        if not of_values.any():
            return self._nowhere()
        return self.each(of_values).fill_null(value=False)

    def is_missing(self) -> pl.Series:
        """Return whether a row has no value."""
        if not self.codes.null_count() and not self.values.null_count():
            return self._nowhere()
        return self.each(self.values.is_null()).fill_null(value=True)

    def _nowhere(self) -> pl.Series:
        return pl.repeat(value=False, n=len(self.codes), dtype=pl.Boolean, eager=True)

    def counts(self) -> pl.Series:
        """Return how many rows have each value."""
        return pl.Series(np.bincount(self.codes.drop_nulls().to_numpy(), minlength=len(self.values)))


def encode(column: pl.Series) -> Coded:
    """Give numbers to the distinct texts of a String or Categorical column."""
    if isinstance(column.dtype, pl.Categorical):
        codes = column.to_physical().cast(pl.UInt32)
    else:
        column = column.cast(pl.Categorical(pl.Categories.random()))
        codes = column.to_physical().cast(pl.UInt32)
    largest = codes.max()
    n_values = largest + 1 if isinstance(largest, int) else 0
    every = pl.int_range(n_values, dtype=pl.UInt32, eager=True).alias("value").to_frame()
    values = every.select(pl.col("value").cat.to(column.dtype).cast(pl.String))["value"]
    return Coded(codes.alias("code"), values)


def encode_column(lines: pl.DataFrame, name: str) -> Coded:
    """Give numbers to the texts of a raw column; no row has one where no file has the column."""
    if name in lines.columns:
        return encode(lines[name])
    codes = pl.repeat(None, lines.height, dtype=pl.UInt32, eager=True)
    return Coded(codes, pl.Series(dtype=pl.String))
