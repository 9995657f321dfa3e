"""The cleaning on Spark: what the whole history settles, then its parts by the functions of the local engine."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import reduce
from math import ceil
from operator import add
from typing import Any

import polars as pl
import pyarrow as pa
from pydantic import TypeAdapter
from pyspark.sql import DataFrame
from pyspark.sql import functions as fn

from training.orders import CleaningRules, CleaningSummary, ReasonCount
from training.orders.conditions import depends_on_orders
from training.orders.decided import Decided
from training.orders.parts import (
    FOUND,
    GUEST,
    IDS,
    NUMBERS,
    PLACE,
    PURCHASE,
    PartFigures,
    examine_part,
    find_within_orders,
    finish_part,
)
from training.orders.reasons import ERASED, ROW_REASONS
from training.sources.identities import Identities
from training.sources.order_sources import OrderSources, identities_of
from training.sources.raw_orders import SourceFile
from training.spark.checkpoints import Checkpoints
from training.spark.orders.drawn import settle_by_drawing
from training.spark.orders.order_numbers import numbered_apart
from training.spark.orders.reading import RawTable, read_raw
from training.spark.orders.settled import KeyedLines, Settled, as_batches, erased_of, raw_orders, settle
from training.spark.orders.tables import CleanedTables

SETTLED, CLEANED = "orders-settled", "orders-cleaned"
FIGURES = "figures"
LINES_OF_A_PART = 500_000
LINES_IN_DRIVER = 1_000_000

EXAMINED_TYPES = {
    **dict.fromkeys(PLACE, "long"),
    **dict.fromkeys(IDS, "string"),
    **dict.fromkeys(NUMBERS, "double"),
    "ordered_at": "long",
    **dict.fromkeys(FOUND, "boolean"),
    "key": "string",
}
CLEANED_TYPES = {
    "kind": "string",
    **dict.fromkeys(PLACE, "long"),
    **dict.fromkeys(IDS, "string"),
    "ordered_at": "long",
    "quantity": "double",
    "unit_price": "double",
    "reason": "string",
    "also": "string",
}
LINES = (
    "line",
    "file",
    "row",
    "user_id",
    "item_id",
    "ordered_at",
    "order_id",
    "quantity",
    "unit_price",
    "title",
)

_FIGURES = TypeAdapter(PartFigures)
_SETTLED = TypeAdapter(Settled)


@dataclass(frozen=True)
class OrderCleaning:
    """How orders become clean lines on Spark.

    Attributes:
        sources: where the orders are.
        rules: how they are cleaned.
        now: the moment of the run; later orders are impossible.
        columns: named by hand, canonical name to header name.
        encoding: of text files; None: it is detected.
        lines_of_a_part: about how many lines a process of Spark has in memory at a time.
        lines_in_driver: about how many lines, at most, the driver looks at to settle what the history means.
    """

    sources: OrderSources
    rules: CleaningRules
    now: datetime
    columns: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None
    lines_of_a_part: int = LINES_OF_A_PART
    lines_in_driver: int = LINES_IN_DRIVER

    def run(self, checkpoints: Checkpoints) -> CleanedTables:
        """Read and clean; stages that were finished before are taken as they are.

        ``CleanedTables.check`` refuses a history as a whole; this does not.

        Raises:
            DataError: a source cannot be used, or none has a row.
            StoreError: the store exists and cannot be read.
            SettingsError: an unknown canonical name, or a bad date_format.
        """
        raw = read_raw(checkpoints, self.sources, self.columns, self.encoding)
        # Looked up last, so that users who were erased while orders were read are left out as well.
        identities = identities_of(self.sources)
        made_from = [
            raw.made_from,
            _of_rules(self.rules),
            _digest(identities),
            self.lines_of_a_part,
            self.lines_in_driver,
        ]
        kept = checkpoints.value(
            SETTLED,
            made_from,
            # By way of text, so that it is the same when it is read again.
            lambda: json.loads(_SETTLED.dump_json(self._settled(raw, identities))),
        )
        settled = _SETTLED.validate_python(kept)
        made_from = [made_from, kept]
        table = checkpoints.frame(CLEANED, made_from, lambda: self._cleaned(raw, identities, settled.decided))
        figures = reduce(add, (_figures_of(text) for text in _told(table)), PartFigures())
        lines = table.where(fn.col("kind") == PURCHASE)
        numbered = numbered_apart(checkpoints, made_from, table, lines)
        refused = table.where((fn.col("kind") != PURCHASE) & (fn.col("kind") != FIGURES))
        return CleanedTables(
            lines=numbered.select(*LINES),
            guest_lines=table.where(fn.col("kind") == GUEST).select(*LINES),
            rejected=_with_paths(refused, raw.files),
            summary=_summary(raw, settled, figures),
            guests=settled.guests,
        )

    def _settled(self, raw: RawTable, identities: Identities) -> Settled:
        if raw.n_rows <= self.lines_in_driver:
            return settle(raw, identities, self.rules, self.now)
        return settle_by_drawing(raw, identities, self.rules, self.now, self.lines_in_driver)

    def _cleaned(self, raw: RawTable, identities: Identities, decided: Decided) -> DataFrame:
        """Return the lines of all parts, each row with its `kind`, and a row with the figures of each part."""
        erased = erased_of(raw.lines, identities)
        keyed = KeyedLines(raw.files, identities, erased, decided.nobody or frozenset()).of(raw.lines)
        parts = _Parts(raw.files, self.rules, self.now, decided)
        n_parts = max(ceil(raw.n_rows / self.lines_of_a_part), 1)
        of_buyers = keyed.repartition(n_parts, "key")
        if not depends_on_orders(raw.files):
            return of_buyers.mapInArrow(parts.cleaned, _schema(CLEANED_TYPES))
        examined = of_buyers.mapInArrow(parts.examined, _schema(EXAMINED_TYPES))
        of_orders = examined.repartition(n_parts, fn.coalesce("order_id", "key"))
        within = of_orders.mapInArrow(parts.within_orders, _schema(EXAMINED_TYPES))
        return within.repartition(n_parts, "key").mapInArrow(parts.finished, _schema(CLEANED_TYPES))


Batches = Iterator[pa.RecordBatch]


@dataclass(frozen=True)
class _Parts:
    """What the processes of Spark do with the lines of a part, all of which are in memory together."""

    files: Sequence[SourceFile]
    rules: CleaningRules
    now: datetime
    decided: Decided

    def cleaned(self, batches: Batches) -> Batches:
        return self._each(batches, lambda part: self._finished(self._examined(part)))

    def examined(self, batches: Batches) -> Batches:
        return self._each(batches, lambda part: as_batches(self._examined(part), tuple(EXAMINED_TYPES)))

    def within_orders(self, batches: Batches) -> Batches:
        def found(part: pa.Table) -> list[pa.RecordBatch]:
            lines = find_within_orders(_in_order(part), self.files, self.decided)
            return as_batches(lines, tuple(EXAMINED_TYPES))

        return self._each(batches, found)

    def finished(self, batches: Batches) -> Batches:
        return self._each(batches, lambda part: self._finished(_in_order(part)))

    def _each(self, batches: Batches, work: Callable[[pa.Table], list[pa.RecordBatch]]) -> Batches:
        part = list(batches)
        if part:
            yield from work(pa.Table.from_batches(part))

    def _examined(self, part: pa.Table) -> pl.DataFrame:
        raw = raw_orders(part, self.files)
        return examine_part(raw, self.rules, self.now, self.decided).with_columns(raw.lines["key"])

    def _finished(self, lines: pl.DataFrame) -> list[pa.RecordBatch]:
        rows, figures = finish_part(lines, self.decided)
        told = pl.DataFrame({"kind": [FIGURES], "also": [_FIGURES.dump_json(figures).decode()]})
        whole = pl.concat([rows, told], how="diagonal_relaxed")
        return as_batches(whole, tuple(CLEANED_TYPES))


def _in_order(part: pa.Table) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(part)).sort("line")


def _schema(types: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in types.items())


def _told(table: DataFrame) -> list[str]:
    return [row["also"] for row in table.where(fn.col("kind") == FIGURES).select("also").collect()]


def _figures_of(text: str) -> PartFigures:
    return _FIGURES.validate_json(text)


def _of_rules(rules: CleaningRules) -> dict[str, Any]:
    """Return the rules as JSON, in one order."""
    return {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in asdict(rules).items()
    }


def _digest(identities: Identities) -> str:
    """Return what tells these identities from others, and names nobody."""
    known = hashlib.sha256(identities.tombstones.salt)
    for digest in sorted(identities.tombstones.digests):
        known.update(digest)
    for account in sorted(identities.accounts.items()):
        known.update(repr(account).encode())
    for user_id in sorted(identities.objecting):
        known.update(user_id.encode())
    return known.hexdigest()


def _with_paths(refused: DataFrame, files: Sequence[SourceFile]) -> DataFrame:
    """Return file, row, reason, also and line of the refused rows, the file by its path."""
    paths = refused.sparkSession.createDataFrame(
        [(index, file.path) for index, file in enumerate(files)], "at long, path string"
    )
    named = refused.join(fn.broadcast(paths), refused["file"] == paths["at"])
    return named.select(fn.col("path").alias("file"), "row", "reason", "also", "line")


def _summary(raw: RawTable, settled: Settled, figures: PartFigures) -> CleaningSummary:
    n_erased = raw.n_rows - figures.n_rows
    counts = [
        ReasonCount(reason, figures.refused.get(reason.code, 0), figures.applies.get(reason.code, 0))
        for reason in ROW_REASONS
    ]
    return CleaningSummary(
        files=raw.files,
        n_rows=raw.n_rows,
        n_purchases=figures.n_rows - sum(figures.refused.values()),
        n_unmatched_returns=figures.n_unmatched,
        reasons=(ReasonCount(ERASED, n_erased, n_erased), *counts),
        warnings=settled.warnings,
        first_ordered_at=figures.first_at,
        last_ordered_at=figures.last_at,
        questions=settled.questions,
        non_products=settled.non_products,
    )
