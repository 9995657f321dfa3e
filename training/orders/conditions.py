"""What speaks against each order line, as one Boolean column for each reason."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import polars as pl

from training.history.interactions import DAY_SECONDS
from training.history.sorting import repeated
from training.orders.decided import Decided
from training.orders.non_products import recognise_non_products
from training.orders.reasons import DAMAGE_CODES
from training.orders.refunds import paid_back, says_so, take_back
from training.orders.rules import CleaningRules
from training.orders.statuses import read_statuses
from training.orders.typed_lines import TypedLines
from training.sources.event_words import KNOWN_EVENTS, PURCHASE_EVENTS, RETURN_EVENTS, event_words
from training.sources.identifiers import tidy_text
from training.sources.raw_orders import (
    CANCELLED_COLUMNS,
    ORIGINS,
    RAW_COLUMNS,
    STATUS_COLUMNS,
    Coded,
    RawOrders,
    SourceFile,
    encode,
    encode_column,
)

EARLIEST_DATE = datetime(1990, 1, 1, tzinfo=UTC)
CLOCK_TOLERANCE = timedelta(days=2)
SUM = (
    r"(?i)^(?:grand |sub-?)?total(?:s|e|i)?:?$|^(?:gesamt|zwischen|end)?summe:?$|^gesamt(?:betrag)?:?$|"
    r"^total g[eé]n[eé]ra(?:l|le):?$|^(?:sous-total|subtotaal|totaal|totaux|somme|suma|razem|ogółem|yhteensä|summa):?$"
)
"""Names of the row that adds up the others."""

DAMAGE_COLUMNS = (
    "malformed_row",
    *(code for code in DAMAGE_CODES if code.startswith(("unreadable", "damaged"))),
    "missing_date",
)


def find_conditions(raw: RawOrders, typed: TypedLines, rules: CleaningRules, now: datetime) -> pl.DataFrame:
    """Return boolean columns for every reason but `returned`, which needs all the others.

    `typed` belongs to the raw lines row by row. What depends on the other lines of an order, whoever bought them, is
    added by ``with_conditions_of_orders``; all else needs no line of another buyer.
    """
    lines = raw.lines
    events = Events(lines, typed.decided)
    not_a_purchase = (events.not_a_purchase | is_sum(typed)) & ~typed.frame["malformed_row"]
    typed.frame = typed.frame.with_columns(signed_quantity(typed, events.is_return))
    gone = take_back(raw, typed)
    item, user = typed.ids["item_id"], typed.ids["user_id"]
    found = typed.frame.select(
        *DAMAGE_COLUMNS,
        not_a_purchase.alias("not_a_purchase"),
        item.is_missing().alias("missing_item"),
        user.is_missing().alias("guest"),
        impossible_date(now).alias("impossible_date"),
        is_cancelled_order(lines, typed, rules).alias("order_cancelled"),
        is_duplicate(lines, typed).alias("duplicate"),
        recognise_non_products(typed, rules).alias("not_a_product"),
        cancels_order(typed.ids["order_id"]).alias("cancels_order"),
        gone.alias("refunded"),
        *amount_conditions(),
    )
    split = found.with_columns(
        (pl.col("return") & pl.col("cancels_order")).alias("cancellation"),
        (pl.col("return") & ~pl.col("cancels_order")).alias("return"),
    ).drop("cancels_order")
    spared = spare_others(split)
    if len(raw.files) == 1:
        return spared
    return spared.with_columns((spared["duplicate"] | repeats_earlier_file(raw, typed)).alias("duplicate"))


def spare_others(found: pl.DataFrame) -> pl.DataFrame:
    """Clear all other conditions of a malformed row and of an event that is no purchase."""
    only = ("malformed_row", "not_a_purchase")
    order_line = ~pl.col("malformed_row") & ~pl.col("not_a_purchase")
    return found.with_columns(pl.col(name) & order_line for name in found.columns if name not in only)


def amount_conditions() -> Iterable[pl.Expr]:
    """Yield conditions on quantity and price."""
    quantity, price = pl.col("quantity"), pl.col("unit_price")
    yield (quantity < 0).alias("return")
    yield (quantity == 0).alias("zero_quantity")
    yield (price == 0).fill_null(value=False).alias("zero_price")
    yield (price < 0).fill_null(value=False).alias("negative_price")


def impossible_date(now: datetime) -> pl.Expr:
    """Return whether a date lies before the time of web shops, or in the future."""
    aware = now if now.tzinfo else now.replace(tzinfo=UTC)
    latest = int((aware + CLOCK_TOLERANCE).timestamp())
    ordered_at = pl.col("ordered_at")
    return ((ordered_at < int(EARLIEST_DATE.timestamp())) | (ordered_at > latest)).fill_null(value=False)


def is_cancelled_order(lines: pl.DataFrame, typed: TypedLines, rules: CleaningRules) -> pl.Series:
    """Return which rows have a date of cancellation, or a status under which nothing was bought."""
    by_status = pl.repeat(value=False, n=lines.height, dtype=pl.Boolean, eager=True)
    for name in STATUS_COLUMNS:
        status = encode_column(lines, name)
        reading = read_statuses(status, rules.statuses, typed.decided.closed_is_bought.get(name))
        typed.decided.closed_is_bought[name] = reading.closed_is_bought
        # A column with the pieces says more than the status.
        told = (
            {"partly_returned"} if {"returned_quantity", "cancelled_quantity"} & typed.back.keys() else set()
        )
        typed.questions += [question for question in reading.questions if question.code not in told]
        by_status |= status.where(reading.not_bought)
    for name in CANCELLED_COLUMNS:
        cancelled_at = encode_column(lines, name)
        by_status |= cancelled_at.where(says_so(cancelled_at.values))
    return by_status


def is_sum(typed: TypedLines) -> pl.Series:
    """Return which rows add up the others: called a total where the item stands, and no shopper beside it."""
    item, user = typed.ids["item_id"], typed.ids["user_id"]
    called = item.where(item.values.str.contains(SUM))
    return (
        called & (user.is_missing() | user.where(user.values.str.contains(SUM))) if called.any() else called
    )


def cancels_order(order_ids: Coded) -> pl.Series:
    """Return whether the order number is that of a cancellation: C and digits."""
    return order_ids.where(order_ids.values.str.contains(r"^[Cc]\d+$"))


class Events:
    """The column that says what happened, where there is one: only purchases and returns are order lines."""

    def __init__(self, lines: pl.DataFrame, decided: Decided) -> None:
        coded = encode_column(lines, "event")
        words = event_words(tidy_text(coded.values))
        if decided.knows_events is None:
            decided.knows_events = bool(words.is_in(list(KNOWN_EVENTS)).any())
        self.is_return = coded.where(words.is_in(RETURN_EVENTS))
        other = coded.where(~words.is_in(PURCHASE_EVENTS + RETURN_EVENTS))
        self.not_a_purchase = pl.repeat(value=False, n=lines.height, eager=True)
        if decided.knows_events:
            self.not_a_purchase = other | (self.is_return & encode(lines["item_id"]).is_missing())


def signed_quantity(typed: TypedLines, is_return: pl.Series) -> pl.Series:
    """Return quantities, negative where the event is a return."""
    quantity = typed.frame["quantity"]
    if not is_return.any():
        return quantity
    return quantity.zip_with(~is_return, -quantity.abs())


def is_duplicate(lines: pl.DataFrame, typed: TypedLines) -> pl.Series:
    """Return which rows repeat an earlier row of the same order or moment, and so are no second purchase."""
    if typed.decided.has_times is None:
        typed.decided.has_times = bool((typed.frame["ordered_at"] % DAY_SECONDS != 0).any())
    known = ~typed.ids["order_id"].is_missing() & ~lines["malformed"]
    if typed.decided.has_times:
        known = (known | typed.frame["ordered_at"].is_not_null()) & ~lines["malformed"]
    compared = [name for name in RAW_COLUMNS if name in lines.columns]
    hashes = lines.select(pl.col(name).to_physical() for name in compared).hash_rows()
    candidates = (pl.Series(repeated(hashes.to_numpy())) & known).arg_true()
    copies = ~lines[compared].gather(candidates).select(pl.struct(pl.all()).is_first_distinct()).to_series()
    return pl.repeat(value=False, n=lines.height, eager=True).scatter(candidates.filter(copies), values=True)


def repeats_earlier_file(raw: RawOrders, typed: TypedLines) -> pl.Series:
    """Return which rows say in other words what a row of an earlier file says: exports overlap, and are made anew."""
    named = {name: typed.ids[name].numbers() for name in ("user_id", "item_id", "order_id")}
    rows = typed.frame.select("ordered_at", "quantity", **named)
    in_order = named["user_id"].is_not_null() & named["item_id"].is_not_null()
    in_order &= named["order_id"].is_not_null() | (rows["ordered_at"] % DAY_SECONDS != 0).fill_null(
        value=False
    )
    at = (pl.Series(repeated(rows.hash_rows().to_numpy())) & in_order).arg_true()
    candidates = rows[at].with_columns(raw.lines["file"].gather(at))
    later = candidates.select(pl.col("file") > pl.col("file").min().over(rows.columns)).to_series()
    return pl.repeat(value=False, n=rows.height, eager=True).scatter(at.filter(later), values=True)


def depends_on_orders(files: Sequence[SourceFile]) -> bool:
    """Return whether ``with_conditions_of_orders`` may find anything in lines of these sources."""
    return len({file.origin for file in files}) > 1 or any(
        "refunded_amount" in file.columns for file in files
    )


def with_conditions_of_orders(
    found: pl.DataFrame, typed: TypedLines, files: Sequence[SourceFile], file: pl.Series
) -> pl.DataFrame:
    """Return the conditions ``found`` with what the other lines of an order tell.

    `refunded` holds for what was paid back, and `duplicate` where an earlier kind of source has the order's item: files
    come before a query, a query before the store. A purchase and a return are two things; a damaged row of an earlier
    source is ignored. ``file`` is the index in ``files`` of each row.
    """
    order_line = ~found["malformed_row"] & ~found["not_a_purchase"]
    back = paid_back(typed, found["refunded"]) & order_line
    found = found.with_columns((found["refunded"] | back).alias("refunded"))
    origins = [ORIGINS.index(one.origin) for one in files]
    if len(set(origins)) < 2:
        return found
    is_return = pl.col("return") | pl.col("cancellation")
    unusable = pl.any_horizontal("malformed_row", "not_a_purchase", *DAMAGE_CODES)
    rows = found.select(
        pl.Series(origins, dtype=pl.UInt8).gather(file).alias("origin"),
        typed.ids["order_id"].numbers().alias("order"),
        typed.ids["item_id"].numbers().alias("item"),
        is_return.alias("is_return"),
        unusable.alias("unusable"),
    )
    first = pl.col("origin").filter(~pl.col("unusable")).min().over("order", "item", "is_return")
    named = pl.col("order").is_not_null() & pl.col("item").is_not_null()
    repeated = rows.select(named & (pl.col("origin") > first)).to_series().fill_null(value=False)
    return found.with_columns((pl.col("duplicate") | repeated).alias("duplicate"))
