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
class Gathering:
    """Takes sources one after the other; a text that occurs in several is kept once.

    ``heads`` are the first rows of several files with the same columns together, as far as they are known beforehand.
    """

    frames: list[pl.DataFrame] = field(default_factory=list)
    files: list[SourceFile] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    heads: dict[tuple[str, ...], pl.DataFrame] = field(default_factory=dict)
    plans: dict[tuple[str, ...], ColumnPlan] = field(default_factory=dict)
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
        if not self.frames:
            raise TooLittleDataError(_nothing_in(self.files))
        empty = [file for file in self.files if not file.n_rows]
        lines = pl.concat(self.frames, how="diagonal")
        questions = tuple(question for file in self.files for question in file.questions)
        warnings = (*self.warnings, *map(_is_empty, empty))
        return RawOrders(lines, tuple(self.files), warnings, questions=questions)

    def _plan_columns(self, head: TableHead) -> ColumnPlan:
        plan = self._plan_of(head)
        self._waits_for_whole_source = plan.finish is not None
        return plan

    def _plan_of(self, head: TableHead) -> ColumnPlan:
        """Return one plan for all files with the same columns, decided by the rows of all of them."""
        if head.names not in self.heads:
            return recognise_columns(self._name, head, self._columns)
        known = self.plans.get(head.names)
        if known is None:
            together = replace(head, rows=self.heads[head.names])
            known = recognise_columns(self._name, together, self._columns)
            self.plans[head.names] = replace(known, questions=())
        return known

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
        self.files.append(
            SourceFile(
                path=self._name,
                n_rows=lines.height,
                n_blank_lines=table.n_blank_lines,
                format_name=table.plan.format_name,
                encoding=encoding,
                delimiter=table.delimiter,
                columns=table.plan.mapping,
                origin=origin,
                questions=table.plan.questions,
                price_of_line=table.plan.price_of_line,
                by_hand=frozenset(self._columns),
            )
        )


def ends_early(name: str, how: str, n_rows: int) -> UnreadableSourceError:
    """Make the error for content that stops before its end."""
    return UnreadableSourceError(f"{name} {how}: {n_rows:,} rows could be read; download it again")


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
