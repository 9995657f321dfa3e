"""The cleaning of a history that is too large for one machine, part by part, by what the whole of it settled.

Lines that tell something about one another have to be in one part. Those of one buyer are enough for nearly all
conditions, which ``examine_part`` finds and ``finish_part`` ends; what the lines of an order tell, whoever bought them,
``find_within_orders`` adds in between, from parts that hold whole orders.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from training.orders.cleaning import first_reason, reasons_in_words, seconds_or_none, with_returned
from training.orders.conditions import find_conditions, with_conditions_of_orders
from training.orders.decided import Decided
from training.orders.guests import recognise_guests
from training.orders.reasons import ROW_CODES
from training.orders.rules import CleaningRules
from training.orders.typed_lines import TypedLines, type_lines
from training.sources.identifiers import clean_ids, clean_user_ids
from training.sources.raw_orders import RawOrders, SourceFile, encode, encode_column

PLACE = ("line", "file", "row")
"""Which line it is: its number in the whole history, the index of its file, and its row there."""

IDS = ("user_id", "item_id", "order_id", "title")
NUMBERS = ("ordered_at", "quantity", "unit_price", "refunded_amount")
FOUND = tuple(code for code in ROW_CODES if code != "returned")

PURCHASE, GUEST, REFUSED = "purchase", "guest", "refused"


@dataclass(frozen=True)
class PartFigures:
    """What one part adds to the summary.

    Attributes:
        n_rows: all its rows.
        n_unmatched: returns that found no purchase.
        refused: rows refused, by the code of their first reason.
        applies: rows to which a reason applies, by its code.
        first_at, last_at: Unix seconds of its first and last purchase; None without a dated one.
    """

    n_rows: int = 0
    n_unmatched: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    applies: Mapping[str, int] = field(default_factory=dict)
    first_at: int | None = None
    last_at: int | None = None

    def __add__(self, other: "PartFigures") -> "PartFigures":
        """Return the figures of both parts together."""
        firsts = [one.first_at for one in (self, other) if one.first_at is not None]
        lasts = [one.last_at for one in (self, other) if one.last_at is not None]
        return PartFigures(
            self.n_rows + other.n_rows,
            self.n_unmatched + other.n_unmatched,
            dict(Counter(self.refused) + Counter(other.refused)),
            dict(Counter(self.applies) + Counter(other.applies)),
            min(firsts, default=None),
            max(lasts, default=None),
        )


def buyer_keys(lines: pl.DataFrame, nobody: frozenset[str]) -> pl.Series:
    """Return a text for each raw line (String, never null) that all lines have which have to be in one part with it.

    It is the shopper, without one the order, without an order what makes two lines copies of each other.
    """
    users = encode_column(lines, "user_id")
    known = clean_user_ids(users.values)
    known = known.set(known.is_in(list(nobody)).fill_null(value=False), None)
    orders = encode_column(lines, "order_id")
    alone = pl.concat_str(pl.lit("line "), "line")
    copies = pl.lit(None, pl.String)
    if "ordered_at" in lines.columns:
        copies = pl.concat_str(pl.lit("at "), pl.col("ordered_at").cast(pl.String), pl.lit(" "), "item_id")
    keyed = lines.select(
        pl.when(~pl.col("malformed"))
        .then(
            pl.coalesce(
                pl.concat_str(pl.lit("user "), pl.lit(users.each(known))),
                pl.concat_str(pl.lit("order "), pl.lit(orders.each(clean_ids(orders.values)))),
                copies,
            )
        )
        .otherwise(None)
        .fill_null(alone)
        .alias("key")
    )
    return keyed.to_series()


def examine_part(raw: RawOrders, rules: CleaningRules, now: datetime, decided: Decided) -> pl.DataFrame:
    """Return the lines of some buyers, read and with what their own lines tell of them.

    ``raw.lines`` has a column `line` besides, by which it is sorted. The columns are those of ``PLACE``, ``IDS``
    (String), ``NUMBERS``, and a Boolean for each reason but `returned`.
    """
    typed = type_lines(raw, rules.date_format, rules.decimal_mark, decided)
    recognise_guests(typed, rules)
    found = find_conditions(raw, typed, rules, now)
    texts = [typed.ids[name].each(typed.ids[name].values).alias(name) for name in IDS]
    back = typed.back.get("refunded_amount", pl.repeat(None, found.height, dtype=pl.Float64, eager=True))
    numbers = typed.frame.with_columns(back.alias("refunded_amount")).select(NUMBERS)
    place = raw.lines.select(pl.col(name).cast(pl.Int64) for name in PLACE)
    return place.with_columns(*texts, *numbers.get_columns(), *found.select(FOUND).get_columns())


def find_within_orders(lines: pl.DataFrame, files: Sequence[SourceFile], decided: Decided) -> pl.DataFrame:
    """Return lines of whole orders as ``examine_part`` gave them, with what the lines of an order tell."""
    typed = _typed(lines, decided)
    found = with_conditions_of_orders(lines.select(FOUND), typed, files, lines["file"])
    return lines.with_columns(found.get_columns())


def finish_part(lines: pl.DataFrame, decided: Decided) -> tuple[pl.DataFrame, PartFigures]:
    """Return the lines of some buyers as purchases, guests' purchases or refused rows, and their figures.

    The columns are `kind`, those of ``PLACE``, ``IDS``, ordered_at, quantity and unit_price, and `reason` and `also`.
    """
    typed = _typed(lines, decided)
    found, n_unmatched = with_returned(lines.select(FOUND), typed)
    reason = first_reason(found)
    words = reasons_in_words(found, reason)
    kind = (
        pl.when(pl.col("reason").is_null())
        .then(pl.lit(PURCHASE))
        .when(pl.col("reason") == "guest")
        .then(pl.lit(GUEST))
        .otherwise(pl.lit(REFUSED))
    )
    numbers = typed.frame.select("ordered_at", "quantity", "unit_price")
    rows = lines.select(*PLACE, *IDS).with_columns(*numbers.get_columns(), *words.get_columns())
    rows = rows.with_columns(kind.alias("kind"))
    bought = rows.filter(pl.col("kind") == PURCHASE)["ordered_at"]
    figures = PartFigures(
        n_rows=rows.height,
        n_unmatched=n_unmatched,
        refused=dict(words["reason"].drop_nulls().value_counts().iter_rows()),
        applies={code: int(found[code].sum()) for code in ROW_CODES if found[code].any()},
        first_at=seconds_or_none(bought.min()),
        last_at=seconds_or_none(bought.max()),
    )
    return rows, figures


def _typed(lines: pl.DataFrame, decided: Decided) -> TypedLines:
    """Return the lines of a part as they were typed before."""
    return TypedLines(
        {name: encode(lines[name]) for name in IDS},
        lines.select("ordered_at", "quantity", "unit_price"),
        {"refunded_amount": lines["refunded_amount"]},
        decided=decided,
    )
