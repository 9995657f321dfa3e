"""What a history as a whole settles: all of it where one process can hold it, else a drawn part of its shoppers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as fn

from recsvc.identity.nobody import Guests
from training.orders import CleaningRules
from training.orders.cleaning import clean_orders
from training.orders.decided import Decided
from training.orders.parts import buyer_keys
from training.orders.summary import NonProduct
from training.questions import Question
from training.sources.identities import Identities
from training.sources.raw_orders import RawOrders, SourceFile
from training.spark.orders.reading import RawTable

ID_SCHEMA = "user_id string"


@dataclass(frozen=True)
class Settled:
    """What was settled, and what was said about it.

    Attributes:
        decided: what the parts of the history are cleaned by.
        questions, warnings, non_products, guests: as in the summary and the orders of the local engine.
    """

    decided: Decided
    questions: tuple[Question, ...]
    warnings: tuple[str, ...]
    non_products: tuple[NonProduct, ...]
    guests: Guests


@dataclass(frozen=True)
class KeyedLines:
    """Puts the lines of one buyer together: gives each line its key; leaves out those of erased shoppers.

    Attributes:
        files: of the history.
        identities: of the store; ``erased`` are those of the whole history.
        nobody: ids that name no shopper.
    """

    files: Sequence[SourceFile]
    identities: Identities
    erased: frozenset[str]
    nobody: frozenset[str]

    def of(self, lines: DataFrame) -> DataFrame:
        """Return ``lines`` with a column `key`."""
        names = lines.columns
        schema = f"{schema_of(names)}, key string"

        def keyed(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                known = self.identities.applied_to(raw_orders(batch, self.files), self.erased).lines
                yield from as_batches(known.with_columns(buyer_keys(known, self.nobody)), (*names, "key"))

        return lines.mapInArrow(keyed, schema)


def settle(raw: RawTable, identities: Identities, rules: CleaningRules, now: datetime) -> Settled:
    """Return what the whole history settles, as the local engine finds it."""
    lines = raw_orders(raw.lines.orderBy("line").toArrow(), raw.files)
    whole = replace(lines, warnings=raw.warnings, questions=raw.questions)
    decided = Decided()
    orders = clean_orders(identities.applied_to(whole), rules, now, decided)
    decided.settle_rest()
    summary = orders.summary
    return Settled(decided, summary.questions, summary.warnings, summary.non_products, orders.guests)


def erased_of(lines: DataFrame, identities: Identities) -> frozenset[str]:
    """Return the cleaned ids of the erased shoppers of a history, in whichever of its spellings they were erased."""
    if identities.are_none:
        return frozenset()

    def erased(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            found = identities.erased_among(pl.Series(pl.from_arrow(batch.column(0)), dtype=pl.String))
            yield pa.RecordBatch.from_pydict({"user_id": pa.array(sorted(found), pa.string())})

    distinct = lines.select("user_id").where(fn.col("user_id").isNotNull()).distinct()
    return frozenset(row["user_id"] for row in distinct.mapInArrow(erased, ID_SCHEMA).distinct().collect())


def raw_orders(lines: pa.Table | pa.RecordBatch, files: Sequence[SourceFile]) -> RawOrders:
    """Return raw lines as they come from Spark, in their order, as the cleaning takes them."""
    frame = pl.DataFrame(pl.from_arrow(lines)).sort("line")
    return RawOrders(frame.with_columns(pl.col("file").cast(pl.UInt32)), tuple(files))


def schema_of(names: Sequence[str]) -> str:
    """Return the columns of raw lines as Spark is told them."""
    types = {"line": "long", "file": "long", "row": "long", "malformed": "boolean"}
    return ", ".join(f"{name} {types.get(name, 'string')}" for name in names)


def as_batches(lines: pl.DataFrame, names: Sequence[str]) -> list[pa.RecordBatch]:
    """Return the columns ``names`` as Spark takes them."""
    whole = lines.select(names).with_columns(pl.col(pl.UInt32).cast(pl.Int64))
    return list(whole.to_arrow(compat_level=pl.CompatLevel.oldest()).to_batches())
