"""Order lines as the shop wrote them: canonical column names, untouched text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import polars as pl

RAW_COLUMNS = (
    "user_id",
    "item_id",
    "ordered_at",
    "order_id",
    "quantity",
    "unit_price",
    "title",
    "status",
    "cancelled_at",
    "event",
)
"""Every column a source can fill; a column that no file has is absent from `RawOrders.lines`."""

FEW_DISTINCT_VALUES = tuple(name for name in RAW_COLUMNS if name != "ordered_at")
"""Columns worth storing once per distinct text: a history repeats its ids, prices and titles."""

Origin: TypeAlias = Literal["file", "sql", "store"]

ORIGINS: tuple[Origin, ...] = ("file", "sql", "store")
"""Kinds of sources; where two have an order, the earlier one is believed."""


@dataclass(frozen=True)
class SourceFile:
    """What one file turned out to be, or a query, or the store.

    `columns` maps each canonical column to the header name (or names, joined by ", then ") that fills it.
    `n_rows` counts order lines, one for each line item; `n_blank_lines` are skipped and not among them.
    """

    path: str
    n_rows: int
    n_blank_lines: int
    format_name: str
    encoding: str | None
    delimiter: str | None
    columns: Mapping[str, str]
    origin: Origin = "file"


@dataclass(frozen=True)
class RawOrders:
    """The order lines of all files, one below the other.

    `lines` has `file` UInt32 (index into `files`), `row` Int64 (as a spreadsheet numbers it), `malformed`
    Boolean and those of `RAW_COLUMNS` that some file has, as String or Categorical. `n_erased` more lines were of
    shoppers who asked to be forgotten; nothing else is kept of these.
    """

    lines: pl.DataFrame
    files: tuple[SourceFile, ...]
    warnings: tuple[str, ...] = field(default=())
    n_erased: int = 0

    def __post_init__(self) -> None:
        """Refuse a frame that is not what the docstring says."""
        missing = {"file", "row", "malformed", "user_id", "item_id"} - set(self.lines.columns)
        if missing:
            raise ValueError(f"lines lacks the columns {sorted(missing)}")
