"""Order lines of several sources, put below one another as they are read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeAlias

import polars as pl

from recsvc.errors import TooLittleDataError, UnreadableSourceError
from training.sources.columns import ColumnPlan
from training.sources.delimited import Compact, PlanColumns, Table
from training.sources.raw_orders import FEW_DISTINCT_VALUES, Origin, RawOrders, SourceFile
from training.sources.recognition import recognise_columns
from training.sources.table_head import TableHead

RECOGNISE_ALL: Mapping[str, str] = MappingProxyType({})

ReadTable: TypeAlias = Callable[[PlanColumns, Compact], tuple[Table, str | None]]
"""Reads one source batch by batch; returns its table and, of text, the encoding."""


@dataclass
class Plans:
    """How columns are read: one plan for all files with the same columns, decided by the rows of all of them.

    ``heads`` are the first rows of several files with the same columns together, as far as they are known beforehand.
    """

    heads: dict[tuple[str, ...], pl.DataFrame] = field(default_factory=dict)
    made: dict[tuple[str, ...], ColumnPlan] = field(default_factory=dict)

    def plan_of(self, name: str, head: TableHead, columns: Mapping[str, str]) -> ColumnPlan:
        """Return the plan of a source called ``name``; only the first with these columns asks what they leave open."""
        if head.names not in self.heads:
            return recognise_columns(name, head, columns)
        known = self.made.get(head.names)
        if known is None:
            together = replace(head, rows=self.heads[head.names])
            known = recognise_columns(name, together, columns)
            self.made[head.names] = replace(known, questions=())
        return known


@dataclass
class Gathering:
    """Takes sources one after the other; a text that occurs in several is kept once."""

    frames: list[pl.DataFrame] = field(default_factory=list)
    files: list[SourceFile] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    plans: Plans = field(default_factory=Plans)
    categories: dict[str, pl.Categories] = field(
        default_factory=lambda: {name: pl.Categories.random() for name in FEW_DISTINCT_VALUES}
    )

    def add(
        self,
        name: str,
        read: ReadTable,
        columns: Mapping[str, str] = RECOGNISE_ALL,
        origin: Origin = "file",
    ) -> None:
        """Read one source; ``columns`` names columns by hand, canonical name to header name."""
        self._waits_for_whole_source = False
        self._name = name
        self._columns = columns
        table, encoding = read(self._plan_columns, self._compact)
        lines = self._finished(table)
        if table.ended_early:
            raise ends_early(name, table.ended_early, lines.height)
        self._keep(table, lines, encoding, origin)

    def orders(self) -> RawOrders:
        """Return all that was read.

        Raises TooLittleDataError when no source has a row.
        """
        empty = told_empty(self.files)
        lines = pl.concat(self.frames, how="diagonal")
        questions = tuple(question for file in self.files for question in file.questions)
        return RawOrders(lines, tuple(self.files), (*self.warnings, *empty), questions=questions)

    def _plan_columns(self, head: TableHead) -> ColumnPlan:
        plan = self.plans.plan_of(self._name, head, self._columns)
        self._waits_for_whole_source = plan.finish is not None
        return plan

    def _compact(self, lines: pl.DataFrame) -> pl.DataFrame:
        """Return the batch as small as may be."""
        return lines if self._waits_for_whole_source else self._categorical(lines)

    def _categorical(self, lines: pl.DataFrame) -> pl.DataFrame:
        return lines.with_columns(
            pl.col(name).cast(pl.Categorical(self.categories[name]))
            for name in lines.columns
            if name in self.categories
        )

    def _finished(self, table: Table) -> pl.DataFrame:
        """Return the order lines of the whole source."""
        if not table.frames:
            schema = dict.fromkeys(table.plan.sources, pl.String())
            return pl.DataFrame(schema={"row": pl.Int64, "malformed": pl.Boolean, **schema})
        lines = pl.concat(table.frames)
        return self._categorical(table.plan.finish(lines)) if table.plan.finish else lines

    def _keep(self, table: Table, lines: pl.DataFrame, encoding: str | None, origin: Origin) -> None:
        if lines.height:
            index = pl.lit(len(self.files), dtype=pl.UInt32).alias("file")
            self.frames.append(lines.with_columns(index))
        found = source_file(self._name, table, lines.height, encoding, self._columns)
        self.files.append(replace(found, origin=origin))


def source_file(
    name: str, table: Table, n_rows: int, encoding: str | None, columns: Mapping[str, str]
) -> SourceFile:
    """Return what was found in one file, of which ``n_rows`` order lines came."""
    return SourceFile(
        path=name,
        n_rows=n_rows,
        n_blank_lines=table.n_blank_lines,
        format_name=table.plan.format_name,
        encoding=encoding,
        delimiter=table.delimiter,
        columns=table.plan.mapping,
        questions=table.plan.questions,
        price_of_line=table.plan.price_of_line,
        by_hand=frozenset(columns),
    )


def ends_early(name: str, how: str, n_rows: int) -> UnreadableSourceError:
    """Make the error for content that stops before its end."""
    return UnreadableSourceError(f"{name} {how}: {n_rows:,} rows could be read; download it again")


def told_empty(files: Sequence[SourceFile]) -> tuple[str, ...]:
    """Return a sentence for each source without rows.

    Raises TooLittleDataError when no source has a row.
    """
    if not any(file.n_rows for file in files):
        raise TooLittleDataError(_nothing_in(files))
    return tuple(_is_empty(file) for file in files if not file.n_rows)


def _nothing_in(files: Sequence[SourceFile]) -> str:
    """Say what is missing in each of several empty sources, and the remedy."""
    remedies = {
        "file": ("a header but no rows", "export a period that has orders"),
        "sql": ("the query returned no rows", "ask for a period that has orders"),
        "store": ("the store has no purchases yet", "post some to /v1/events, or name files with --orders"),
    }
    said = []
    for origin in dict.fromkeys(file.origin for file in files):
        named = ", ".join(file.path for file in files if file.origin == origin)
        what, remedy = remedies[origin]
        said.append(f"{named}: {what}; {remedy}")
    return "; ".join(said)


def _is_empty(file: SourceFile) -> str:
    if file.origin == "file":
        return f"{file.path} has a header but no rows"
    return f"{file.path} has no rows"
