"""From raw order lines to purchases; each row that is no purchase keeps its number and its reason."""

import gzip
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from recsvc.errors import OpenQuestionError, TooLittleDataError, TooManyRejectedError
from recsvc.identity.nobody import BY_NAME, Guests
from training.orders.buyers import buyer_numbers, occurs
from training.orders.conditions import find_conditions, with_conditions_of_orders
from training.orders.decided import Decided
from training.orders.guests import recognise_guests
from training.orders.lost_zeros import note_lost_zeros
from training.orders.order_numbers import tell_orders_apart
from training.orders.reasons import DAMAGE_CODES, ERASED, REASON_CODES, ROW_CODES, ROW_REASONS
from training.orders.returns import NettedReturns, net_returns
from training.orders.rules import CleaningRules
from training.orders.summary import CleaningSummary, ReasonCount
from training.orders.typed_lines import TypedLines, type_lines
from training.sources.raw_orders import Coded, RawOrders

LINE_COLUMNS = ("user_id", "item_id", "ordered_at", "order_id", "quantity", "unit_price", "title")

ROWS_PER_SLICE = 200_000
N_EXAMPLES = 3


@dataclass(frozen=True)
class Orders:
    """Order lines after cleaning.

    `lines` are the purchases that count: user_id, item_id Enum, ordered_at Int64 (Unix seconds, nullable),
    order_id String (nullable), quantity Float64, unit_price Float64 (nullable), title Enum (nullable),
    sorted by ordered_at, then input order. `guest_lines` has the same columns with user_id null. An Enum is in the
    order of its texts; some of them may be of refused rows only.
    `rejected` has file String, row Int64, reason String and also String (other reasons that apply, joined
    by `;`), and includes the guests, but no row of an erased shopper. `guests` tells who was taken for nobody, or for
    a shopper, against their name.
    """

    lines: pl.DataFrame
    guest_lines: pl.DataFrame
    rejected: pl.DataFrame
    summary: CleaningSummary
    guests: Guests = BY_NAME


def clean_orders(
    raw: RawOrders, rules: CleaningRules, now: datetime, decided: Decided | None = None
) -> Orders:
    """Clean the order lines; dates later than two days after `now` are impossible.

    What the history as a whole settles is filled into `decided`; what stands there already is not asked again.
    `check_orders` refuses a history as a whole; this function does not. Raises SettingsError for a bad date_format.
    """
    typed = type_lines(raw, rules.date_format, rules.decimal_mark, decided or Decided())
    recognise_guests(typed, rules)
    note_lost_zeros(typed)
    with ThreadPoolExecutor(1) as beside:
        sorted_texts = beside.submit(texts_of_lines, typed)
        found = find_conditions(raw, typed, rules, now)
        found = with_conditions_of_orders(found, typed, raw.files, raw.lines["file"])
        found, n_unmatched = with_returned(found, typed)
        texts = sorted_texts.result()
    reason = first_reason(found)
    is_guest = (reason == ROW_CODES.index("guest")).fill_null(value=False)
    texts["order_id"] = tell_orders_apart(raw, typed, reason.is_null() | is_guest)
    lines = chosen_lines(typed, texts, reason.is_null())
    counts = (ReasonCount(ERASED, raw.n_erased, raw.n_erased), *reason_counts(found, reason))
    summary = CleaningSummary(
        files=raw.files,
        n_rows=raw.lines.height + raw.n_erased,
        n_purchases=lines.height,
        n_unmatched_returns=n_unmatched,
        reasons=counts,
        warnings=(*raw.warnings, *typed.warnings),
        first_ordered_at=seconds_or_none(lines["ordered_at"].min()),
        last_ordered_at=seconds_or_none(lines["ordered_at"].max()),
        questions=(*raw.questions, *typed.questions),
        non_products=typed.non_products,
    )
    guest_lines = chosen_lines(typed, texts, is_guest)
    return Orders(lines, guest_lines, rejected_lines(raw, found, reason), summary, typed.guests)


def with_returned(found: pl.DataFrame, typed: TypedLines) -> tuple[pl.DataFrame, int]:
    """Return the conditions with `returned`, and how many returns found no purchase; take what came back off."""
    netted = undo_returns(typed, found)
    typed.frame = typed.frame.with_columns(remaining_quantity(typed, netted))
    return found.with_columns(fully_returned(found.height, netted)), netted.n_unmatched


def undo_returns(typed: TypedLines, found: pl.DataFrame) -> NettedReturns:
    """Net what was returned; a guest's return finds its purchase by the order it names."""
    harmless = {"guest", "return", "cancellation", "zero_price", "negative_price"}
    hindrances = [pl.col(code) for code in found.columns if code not in harmless]
    is_return = pl.col("return") | pl.col("cancellation")
    free = pl.col("zero_price") | pl.col("negative_price")
    usable = found.select(~pl.any_horizontal(hindrances) & (is_return | ~free)).to_series()
    buyer, item = buyer_numbers(typed), typed.ids["item_id"].numbers()
    returned = usable & (typed.frame["quantity"] < 0)
    # Lines of buyers who returned nothing, and of items that were never returned, need no netting.
    at = (usable & occurs(buyer, returned) & occurs(item, returned)).arg_true()
    lines = pl.DataFrame(
        {
            "line": at.cast(pl.UInt32),
            "buyer": buyer.gather(at),
            "item_id": item.gather(at),
            "ordered_at": typed.frame["ordered_at"].gather(at),
            "quantity": typed.frame["quantity"].gather(at),
        }
    )
    netted = net_returns(lines)
    return NettedReturns(netted.remaining, netted.n_unmatched + buyer.filter(returned).null_count())


def remaining_quantity(typed: TypedLines, netted: NettedReturns) -> pl.Series:
    """Return quantities less what was returned."""
    return typed.frame["quantity"].scatter(netted.remaining["line"], netted.remaining["quantity"])


def fully_returned(n_rows: int, netted: NettedReturns) -> pl.Series:
    """Return which purchases were returned in full."""
    gone = netted.remaining.filter(pl.col("quantity") <= 0)["line"]
    nothing = pl.repeat(value=False, n=n_rows, dtype=pl.Boolean, eager=True).alias("returned")
    return nothing.scatter(gone, values=True)


def first_reason(found: pl.DataFrame) -> pl.Series:
    """Return the first reason of each row as its index (UInt8) in ROW_REASONS; null for purchases."""
    first = pl.coalesce(
        pl.when(pl.col(code)).then(pl.lit(index, dtype=pl.UInt8)) for index, code in enumerate(ROW_CODES)
    )
    return found.select(first.alias("reason")).to_series()


def texts_of_lines(typed: TypedLines) -> dict[str, Coded]:
    """Return the text columns as lines have them: what repeats as an Enum, so that later steps work on numbers."""
    repeating = {name: typed.ids[name] for name in ("user_id", "item_id", "title")}
    return typed.ids | {name: Coded(one.codes, as_enum(one.values)) for name, one in repeating.items()}


def as_enum(texts: pl.Series) -> pl.Series:
    """Return the texts as an Enum, whose order is theirs."""
    return texts.cast(pl.Enum(texts.drop_nulls().unique().sort()))


def chosen_lines(typed: TypedLines, texts: dict[str, Coded], chosen: pl.Series) -> pl.DataFrame:
    """Return the canonical columns of the chosen rows, sorted by time, then as they came."""
    at = chosen.arg_true()
    moments = typed.frame["ordered_at"].gather(at)
    if not moments.is_sorted():
        at = pl.DataFrame({"at": at, "moment": moments}).sort("moment", maintain_order=True)["at"]
    codes = [coded.codes.alias(name) for name, coded in texts.items()]
    lines = typed.frame.select("ordered_at", "quantity", "unit_price", *codes)[at]
    values = [pl.lit(coded.values).gather(pl.col(name)).alias(name) for name, coded in texts.items()]
    return lines.with_columns(values).select(LINE_COLUMNS)


def rejected_lines(raw: RawOrders, found: pl.DataFrame, reason: pl.Series) -> pl.DataFrame:
    """Return file, row, reason and further reasons of each row that is no purchase of a known user."""
    at = reason.is_not_null().arg_true()
    paths = pl.Series([file.path for file in raw.files], dtype=pl.String)
    file = paths.gather(raw.lines["file"].gather(at)).alias("file")
    row = raw.lines["row"].gather(at).alias("row")
    return reasons_in_words(found[at], reason.gather(at)).select(file, row, "reason", "also")


def reasons_in_words(found: pl.DataFrame, reason: pl.Series) -> pl.DataFrame:
    """Return columns reason and also (String): the codes of the first reason, and of the others that apply."""
    codes = pl.Series(ROW_CODES, dtype=pl.String)
    rows = found.with_columns(codes.gather(reason).alias("reason"))
    others = [pl.when(pl.col(code) & (pl.col("reason") != code)).then(pl.lit(code)) for code in ROW_CODES]
    also = pl.concat_str(others, separator=";", ignore_nulls=True).alias("also")
    return rows.select("reason", also)


def reason_counts(found: pl.DataFrame, reason: pl.Series) -> tuple[ReasonCount, ...]:
    """Count for each reason the rows refused under it, and all to which it applies."""
    n_rows = dict(reason.drop_nulls().value_counts().iter_rows())
    return tuple(
        ReasonCount(reason=each, n_rows=n_rows.get(index, 0), n_applies=int(found[each.code].sum()))
        for index, each in enumerate(ROW_REASONS)
    )


def seconds_or_none(seconds: object) -> int | None:
    """Narrow what polars calls the smallest or largest of a column."""
    return seconds if isinstance(seconds, int) else None


def check_orders(orders: Orders, rules: CleaningRules) -> None:
    """Refuse a history that is too damaged, or of which nothing is left.

    Raises OpenQuestionError, TooManyRejectedError, TooLittleDataError.
    """

    def refused(codes: tuple[str, ...]) -> pl.DataFrame:
        return orders.rejected.filter(pl.col("reason").is_in(codes)).head(N_EXAMPLES)

    check_summary(orders.summary, rules, refused)


def check_summary(
    summary: CleaningSummary, rules: CleaningRules, refused: Callable[[tuple[str, ...]], pl.DataFrame]
) -> None:
    """Refuse a history that is too damaged, or of which nothing is left.

    ``refused`` returns the first rows that were refused for one of these reasons, as in ``Orders.rejected``.
    Raises OpenQuestionError, TooManyRejectedError, TooLittleDataError.
    """
    open_questions = [question for question in summary.questions if question.stops]
    if open_questions:
        raise OpenQuestionError(" ".join(map(str, open_questions)))
    if summary.damaged_share > rules.max_rejected_share:
        n_damaged = sum(summary.count(code).n_rows for code in DAMAGE_CODES)
        quotes = " ".join(
            question.text for question in summary.questions if question.code.startswith("unreadable_")
        )
        raise TooManyRejectedError(
            f"{n_damaged:,} of {summary.n_rows:,} rows ({summary.damaged_share:.1%}) are damaged, more "
            f"than the {rules.max_rejected_share:.0%} that max_rejected_share allows: "
            f"{counted(summary, DAMAGE_CODES)}; the first are {first_examples(refused(DAMAGE_CODES))}. {quotes}"
            f"{' ' if quotes else ''}Correct the export, or raise max_rejected_share."
        )
    if not summary.n_purchases:
        raise TooLittleDataError(
            f"none of the {summary.n_rows:,} rows is a purchase of a known user: "
            f"{counted(summary, REASON_CODES)}; the first are {first_examples(refused(REASON_CODES))}. Check "
            "that the columns mean what was recognised, or name them by hand."
        )


def counted(summary: CleaningSummary, codes: tuple[str, ...]) -> str:
    """Return the reasons that were met, with their counts."""
    met = [count for count in summary.reasons if count.n_rows and count.reason.code in codes]
    return ", ".join(f"{count.reason.code} {count.n_rows:,}" for count in met)


def first_examples(rejected: pl.DataFrame) -> str:
    """Return refused rows for a sentence."""
    rows = rejected.head(N_EXAMPLES).iter_rows(named=True)
    return ", ".join(f"{row['file']} row {row['row']} ({row['reason']})" for row in rows)


def write_rejected(rejected: pl.DataFrame, path: Path) -> None:
    """Write file, row, reason and other reasons of the refused rows, `Orders.rejected`, as gzipped CSV."""
    columns = rejected.select("file", "row", "reason", "also")
    with gzip.open(path, "wb", compresslevel=1) as file:
        # As bytes: handed an open file, polars writes to its descriptor, past the compression.
        file.write(columns.clear().write_csv().encode())
        for part in columns.iter_slices(ROWS_PER_SLICE):
            file.write(part.write_csv(include_header=False).encode())
