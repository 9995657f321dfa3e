"""What a history settles that no single process can hold: tables of all its values, and the lines of drawn shoppers."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import polars as pl
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as fn

from training.orders import CleaningRules
from training.orders.cleaning import clean_orders
from training.orders.decided import Decided
from training.orders.guests import Nobody, nobody_among
from training.orders.non_products import kinds_by_name
from training.orders.statuses import CountedStatuses, read_statuses
from training.orders.summary import NonProduct
from training.orders.typed_lines import TypedLines
from training.questions import Question
from training.sources.identifiers import (
    are_placeholders,
    clean_ids,
    clean_user_ids,
    most_frequent_spellings,
    tidy_text,
)
from training.sources.identities import Identities
from training.sources.raw_orders import STATUS_COLUMNS, Coded, RawOrders, encode, encode_column
from training.spark.orders.reading import RawTable
from training.spark.orders.settled import KeyedLines, Settled, erased_of, raw_orders

MOST_SHOPPERS = 100_000
"""So many shoppers with the most lines tell who is unlike all others."""

PARTS_OF_KEYS = 1_000_000
MOST_TIMES = 3
"""So many times the lines that are to be drawn may be, where a till or a robot is among the drawn shoppers."""

OF_STATUSES = frozenset({"statuses", "partly_returned"})
"""Codes of questions that the table of all statuses answers better than drawn lines."""

SHOPPER_SCHEMA = "id string, lines long, is_named boolean"
BY_NAME = "by its name, and too rare to be among the drawn lines"


def settle_by_drawing(
    raw: RawTable, identities: Identities, rules: CleaningRules, now: datetime, n_drawn: int
) -> Settled:
    """Return what the history settles: by the lines of drawn shoppers, about ``n_drawn``, and tables of all values.

    Shoppers, statuses, spellings and names of items are counted over everything. All else, notations, shares, and how
    codes are sold, is judged on the drawn lines by the code of the local engine.
    """
    erased = erased_of(raw.lines, identities)
    kept = (
        raw.lines
        if identities.are_none
        else KeyedLines(raw.files, identities, erased, frozenset()).of(raw.lines)
    )
    nobody = nobody_of(kept, rules)
    decided = Decided(nobody=nobody.ids, spellings=spellings_of(kept))
    asked = statuses_of(raw, kept, rules, decided)
    keyed = KeyedLines(raw.files, identities, erased, nobody.ids).of(raw.lines)
    drawn = raw_orders(_drawn(keyed, n_drawn, raw.n_rows).toArrow(), raw.files)
    orders = clean_orders(replace(drawn, lines=drawn.lines.drop("key")), rules, now, decided)
    decided.settle_rest()
    rare = rare_non_products(kept, rules, decided, drawn)
    decided.non_products = (decided.non_products or frozenset()) | {one.item_id for one in rare}
    of_lines = [one for one in orders.summary.questions if not (asked and one.code in OF_STATUSES)]
    how = (
        f"What dates, numbers and codes mean was judged on {drawn.lines.height:,} of {raw.n_rows:,} lines, all those "
        "of drawn shoppers; figures in questions, and those of what is no product, are of these lines."
    )
    return Settled(
        decided,
        (*raw.questions, *nobody.questions, *of_lines, *asked),
        (*raw.warnings, *orders.summary.warnings, how),
        (*orders.summary.non_products, *rare),
        nobody.guests,
    )


def _drawn(keyed: DataFrame, n_drawn: int, n_rows: int) -> DataFrame:
    """Return all lines of a share of the keys; not all where one of them has lines beyond what the driver can hold."""
    parts = fn.lit(PARTS_OF_KEYS)
    chosen = fn.pmod(fn.xxhash64("key"), parts) < fn.lit(max(round(n_drawn / n_rows * PARTS_OF_KEYS), 1))
    return keyed.where(chosen).limit(MOST_TIMES * n_drawn)


def nobody_of(lines: DataFrame, rules: CleaningRules) -> Nobody:
    """Return who of all shoppers is nobody."""

    def cleaned(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            users = pl.DataFrame(pl.from_arrow(batch))
            ids = clean_user_ids(users["user_id"])
            named = are_placeholders(ids) | ids.is_in([*rules.guests, *rules.shoppers])
            known = users.select(ids.alias("id"), "lines", named.fill_null(value=False).alias("is_named"))
            yield from known.drop_nulls("id").to_arrow(compat_level=pl.CompatLevel.oldest()).to_batches()

    counted = lines.where(fn.col("user_id").isNotNull()).groupBy("user_id").agg(fn.count("*").alias("lines"))
    shoppers = counted.mapInArrow(cleaned, SHOPPER_SCHEMA).groupBy("id", "is_named")
    shoppers = shoppers.agg(fn.sum("lines").alias("lines")).cache()
    try:
        n_lines = shoppers.agg(fn.sum("lines")).collect()[0][0] or 0
        most = shoppers.orderBy(fn.desc("lines"), "id").limit(MOST_SHOPPERS)
        found = most.unionAll(shoppers.where("is_named")).select("id", "lines").distinct()
        table = pl.DataFrame(pl.from_arrow(found.toArrow()), schema={"id": pl.String, "lines": pl.Int64})
    finally:
        shoppers.unpersist()
    return nobody_among(table, n_lines, rules)


def spellings_of(lines: DataFrame) -> dict[str, str]:
    """Return the item ids that are spelled otherwise more often."""
    items = _counted(lines, "item_id")
    return most_frequent_spellings(clean_ids(items["item_id"]), items["lines"])


def statuses_of(
    raw: RawTable, lines: DataFrame, rules: CleaningRules, decided: Decided
) -> tuple[Question, ...]:
    """Settle what "closed" means in each status column; return what statuses leave open."""
    has_pieces = any({"returned_quantity", "cancelled_quantity"} & file.columns.keys() for file in raw.files)
    questions: list[Question] = []
    for name in STATUS_COLUMNS:
        if name in lines.columns:
            table = _counted(lines, name)
            reading = read_statuses(CountedStatuses(table[name], table["lines"]), rules.statuses)
            decided.closed_is_bought[name] = reading.closed_is_bought
            questions += reading.questions
    return tuple(one for one in questions if not (has_pieces and one.code == "partly_returned"))


def rare_non_products(
    lines: DataFrame, rules: CleaningRules, decided: Decided, drawn: RawOrders
) -> tuple[NonProduct, ...]:
    """Return the codes that are no products by name, or because somebody said so, and that no drawn line has."""
    names = ["item_id", "title"] if "title" in lines.columns else ["item_id"]
    table = pl.DataFrame(pl.from_arrow(lines.select(names).distinct().toArrow()))
    written, titles = encode(table["item_id"]), encode_column(table, "title")
    spellings = dict(decided.spellings or {})
    items = Coded(written.codes, clean_ids(written.values).replace(spellings))
    ids = {"item_id": items, "title": Coded(titles.codes, tidy_text(titles.values))}
    kinds = kinds_by_name(TypedLines(ids, pl.DataFrame()), rules)
    seen = set(clean_ids(drawn.lines["item_id"].unique()).replace(spellings).to_list())
    rare = sorted(one for one, kind in kinds.items() if kind in ("said", "certain") and one not in seen)
    if not rare:
        return ()
    texts = written.values.filter(items.values.is_in(rare).fill_null(value=False)).to_list()
    sold = lines.where(fn.col("item_id").isin(texts)).groupBy("item_id")
    sold = sold.agg(fn.count("*").alias("lines"), fn.countDistinct("user_id").alias("users"))
    spelled = dict(zip(written.values.to_list(), items.values.to_list(), strict=True))
    found = sorted(sold.collect(), key=lambda row: (-row["lines"], row["item_id"]))
    return tuple(
        NonProduct(spelled[row["item_id"]], None, row["lines"], row["users"], BY_NAME) for row in found
    )


def _counted(lines: DataFrame, name: str) -> pl.DataFrame:
    """Return the distinct texts of a column, and on how many `lines` each stands, in the order of their first lines."""
    known = lines.where(fn.col(name).isNotNull()).groupBy(name)
    table = known.agg(fn.count("*").alias("lines"), fn.min("line").alias("first"))
    return pl.DataFrame(pl.from_arrow(table.toArrow())).sort("first")
