"""Whether the rows of a file leave blank what an earlier row of their order says."""

from collections.abc import Mapping

import polars as pl

from training.sources.exports.export import Finish, blank_to_null
from training.sources.exports.filling import (
    ORDER_FIELDS,
    OWNERS,
    fill_down,
    fill_from_headings,
    fill_orders,
    fill_owners,
    heads_of,
)
from training.sources.ndjson import PARENT
from training.sources.raw_orders import CANCELLED_COLUMNS
from training.sources.table_head import FEWEST_ROWS, TableHead

SOME_ROWS = 0.01
"""Share of the rows from which on blanks within an order are worth waiting for the whole file."""
FEWEST_LATER_ROWS = 3
FEWEST_HEADINGS = 3
NEARLY_ALL = 0.95


def needed_finish(head: TableHead, sources: Mapping[str, tuple[int, ...]]) -> Finish | None:
    """Return how the rows have to be filled, if the first ones leave fields of their orders blank."""
    names = [name for name in ("order_id", *ORDER_FIELDS, "item_id") if name in sources]
    if "item_id" not in names or not head.rows.height:
        return None
    texts = {
        name: pl.coalesce(*(head.columns[at].texts for at in sources[name]), eager=True).alias(name)
        for name in names
    }
    if PARENT in head.names and "order_id" in names:
        return fill_children
    every = pl.DataFrame(texts)
    if "order_id" in sources and has_headings(every):
        return fill_from_headings
    rows = every.filter(pl.col("item_id").is_not_null())
    heads = heads_of(rows)
    if len(heads) > 1 and _are_continued(rows, heads):
        return fill_down
    if "order_id" not in sources:
        return None
    return _finish_within_orders(rows)


def fill_children(lines: pl.DataFrame) -> pl.DataFrame:
    """Give the lines of orders the fields of the rows that they name as their parents, and leave those rows out."""
    filled = fill_orders(lines)
    has_item = blank_to_null("item_id").is_not_null()
    return filled.filter(has_item | ~has_item.any().over("order_id") | pl.col("malformed"))


def has_headings(rows: pl.DataFrame) -> bool:
    """Return whether orders have a row of their own without an item above the rows of their items."""
    known = rows.drop_nulls("order_id").with_columns(
        pl.col("item_id").is_null().alias("blank"),
        pl.col("item_id").is_not_null().any().over("order_id").alias("has_items"),
        (pl.int_range(pl.len()).over("order_id") == 0).alias("first"),
    )
    blank = known.filter("blank")
    if blank.height < FEWEST_HEADINGS or blank.height < SOME_ROWS * rows.height:
        return False
    return (
        int(blank.select((pl.col("first") & pl.col("has_items")).sum()).item()) >= NEARLY_ALL * blank.height
    )


def _are_continued(rows: pl.DataFrame, heads: list[str]) -> bool:
    """Return whether many rows leave all of these fields blank, and the first does not."""
    if "order_id" not in heads and rows.height < FEWEST_ROWS:
        return False
    blank = rows.select(pl.all_horizontal(pl.col(name).is_null() for name in heads).alias("blank"))["blank"]
    return bool(len(blank)) and not blank[0] and float(blank.sum()) >= SOME_ROWS * len(blank)


def _finish_within_orders(rows: pl.DataFrame) -> Finish | None:
    """Return how to fill rows of an order that leave blank what another row of it says, if there are many."""
    fields = [name for name in ORDER_FIELDS if name in rows.columns]
    of_order = rows.drop_nulls("order_id").with_columns(
        (pl.int_range(pl.len()).over("order_id") > 0).alias("later"),
        *(pl.col(name).first().over("order_id").is_not_null().alias(f"{name}_first") for name in fields),
        *(pl.col(name).is_not_null().any().over("order_id").alias(f"{name}_known") for name in fields),
    )
    later = of_order.filter("later")
    if later.height < FEWEST_LATER_ROWS:
        return None
    # A column of cancellations is sparse, so that it says little about the others.
    if any(
        _blank_share(later.filter(f"{name}_first")[name]) > 0.9
        for name in fields
        if name not in CANCELLED_COLUMNS
    ):
        return fill_orders
    if rows.height < FEWEST_ROWS:
        return None
    for name in [name for name in OWNERS if name in fields]:
        blank = of_order.filter(pl.col(name).is_null() & pl.col(f"{name}_known"))
        # Where the first rows are blank as often, the blanks mean something else: guests, for example.
        begins = float(blank[f"{name}_first"].sum())
        if blank.height >= SOME_ROWS * rows.height and begins >= NEARLY_ALL * blank.height:
            return fill_owners
    return None


def _blank_share(texts: pl.Series) -> float:
    return texts.null_count() / len(texts) if len(texts) else 0.0
