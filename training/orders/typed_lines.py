"""Raw text columns as ids, numbers and times, still one row for each order line."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import polars as pl

from recsvc.identity.nobody import BY_NAME, Guests
from training.orders.amounts import Amounts, parse_amounts, tidy_amounts
from training.orders.dates import parse_dates
from training.orders.decided import Decided
from training.orders.decimal_marks import DecimalMark, decide_marks, mark_evidence
from training.orders.open_values import (
    ask_for_date_format,
    ask_for_decimal_mark,
    unreadable_values,
)
from training.orders.summary import NonProduct
from training.questions import Question
from training.sources.identifiers import (
    clean_ids,
    clean_user_ids,
    is_damaged_id,
    most_frequent_spellings,
    tidy_text,
)
from training.sources.raw_orders import Coded, RawOrders, encode, encode_column

LARGEST = {
    "quantity": 1e9,
    "unit_price": 1e12,
    "returned_quantity": 1e9,
    "cancelled_quantity": 1e9,
    "refunded_amount": 1e12,
    "signed_amount": 1e12,
}
"""The number columns, and beyond what a number of each is unreadable."""

ALWAYS = ("quantity", "unit_price")
"""Those that every history has, if only with nothing in them."""


@dataclass
class TypedLines:
    """Order lines with typed columns.

    `ids` has the coded and cleaned user_id, item_id, order_id and title; `frame` has `quantity` and
    `unit_price` (Float64), `ordered_at` (Int64 Unix seconds) and one Boolean column for each condition
    found while reading. `back` has the number columns that say what came back, of those that there are.
    `decided` is what the whole history settled, as far as that was looked at.
    """

    ids: dict[str, Coded]
    frame: pl.DataFrame
    back: dict[str, pl.Series] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    non_products: tuple[NonProduct, ...] = ()
    guests: Guests = BY_NAME
    decided: Decided = field(default_factory=Decided)


def type_lines(
    raw: RawOrders, date_format: str | None, decimal_mark: str | None, decided: Decided
) -> TypedLines:
    """Type every column of the raw lines; ``date_format`` and ``decimal_mark`` override what the texts show."""
    groups = groups_of_like_files(raw)
    with ThreadPoolExecutor(1) as beside:
        dated = beside.submit(typed_dates, raw, groups, date_format, decided)
        ids, damaged = typed_ids(raw.lines, decided)
        amounts, questions = typed_amounts(raw, groups, decimal_mark, decided)
        dates, date_questions = dated.result()
    frame = pl.DataFrame({"malformed_row": raw.lines["malformed"], "damaged_id": damaged})
    quantity, price = amounts["quantity"], amounts["unit_price"]
    columns = [
        (quantity.numbers.fill_null(1.0)).alias("quantity"),
        per_piece(raw, price.numbers, quantity.numbers).alias("unit_price"),
        quantity.unreadable.alias("unreadable_quantity"),
        price.unreadable.alias("unreadable_price"),
    ]
    typed = frame.with_columns(*columns, *dates.get_columns())
    back = {name: amounts[name].numbers for name in amounts if name not in ALWAYS}
    return TypedLines(ids, typed, back, questions=[*questions, *date_questions], decided=decided)


def typed_ids(lines: pl.DataFrame, decided: Decided) -> tuple[dict[str, Coded], pl.Series]:
    """Return the cleaned ids and titles, and whether a row has a damaged id."""
    ids: dict[str, Coded] = {}
    damaged = pl.repeat(value=False, n=lines.height, dtype=pl.Boolean, eager=True)
    for name, clean in (("user_id", clean_user_ids), ("item_id", clean_ids), ("order_id", clean_ids)):
        coded = encode_column(lines, name)
        cleaned = clean(coded.values)
        if name == "item_id":
            if decided.spellings is None:
                decided.spellings = most_frequent_spellings(cleaned, coded.counts())
            cleaned = cleaned.replace(decided.spellings)
        ids[name] = Coded(coded.codes, cleaned)
        damaged |= coded.where(is_damaged_id(cleaned))
    titles = encode_column(lines, "title")
    ids["title"] = Coded(titles.codes, tidy_text(titles.values))
    return ids, damaged


def groups_of_like_files(raw: RawOrders) -> list[list[int]]:
    """Return indices of files that come from the same kind of export, whose notations are judged together."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for index, file in enumerate(raw.files):
        key = (file.format_name, file.delimiter, tuple(sorted(file.columns.items())))
        groups.setdefault(key, []).append(index)
    return list(groups.values())


def rows_of(lines: pl.DataFrame, groups: list[list[int]]) -> Iterator[tuple[list[int], pl.Series | None]]:
    """Return the groups of files with the positions of their rows (None: all)."""
    for files in groups:
        yield files, None if len(groups) == 1 else lines["file"].is_in(files).arg_true()


def typed_amounts(
    raw: RawOrders, groups: list[list[int]], decimal_mark: str | None, decided: Decided
) -> tuple[dict[str, Amounts], list[Question]]:
    """Return the numbers of each row and whether they were unreadable, for each column; and what they leave open."""
    n_rows = raw.lines.height
    names = [name for name in LARGEST if name in ALWAYS or name in raw.lines.columns]
    coded = {name: encode_column(raw.lines, name) for name in names}
    numbers = {name: pl.repeat(None, n_rows, dtype=pl.Float64, eager=True) for name in names}
    unreadable = {name: pl.repeat(value=False, n=n_rows, dtype=pl.Boolean, eager=True) for name in names}
    questions: list[Question] = []
    for group, (files, rows) in enumerate(rows_of(raw.lines, groups)):
        parts = {name: one if rows is None else part_of(one, rows) for name, one in coded.items()}
        asked: list[Question] = []
        if group not in decided.marks:
            decided.marks[group], asked = marks_of_group(raw, files, parts, decimal_mark)
        read = {
            name: parse_amounts(part.values, LARGEST[name], decided.marks[group][name])
            for name, part in parts.items()
        }
        path = raw.files[files[0]].path
        quoted = (quote_unreadable(path, name, parts[name], each.unreadable) for name, each in read.items())
        questions += [*(question for question in quoted if question is not None), *asked]
        for name, part in parts.items():
            each, bad = part.each(read[name].numbers), part.where(read[name].unreadable)
            numbers[name] = each if rows is None else numbers[name].scatter(rows, each)
            unreadable[name] = bad if rows is None else unreadable[name].scatter(rows, bad)
    return {name: Amounts(numbers[name], unreadable[name]) for name in names}, questions


def part_of(coded: Coded, rows: pl.Series) -> Coded:
    """Return the column as some rows have it, with the values of these."""
    return encode(coded.each(coded.values).gather(rows))


def marks_of_group(
    raw: RawOrders, files: list[int], parts: dict[str, Coded], decimal_mark: str | None
) -> tuple[dict[str, DecimalMark], list[Question]]:
    """Return what stands before decimals in the columns of files of one kind, decided together, and what is open."""
    first = raw.files[files[0]]
    evidence = {
        name: mark_evidence(tidy_amounts(part.values), of_pieces=LARGEST[name] < LARGEST["unit_price"])
        for name, part in parts.items()
    }
    decisions = decide_marks(evidence, decimal_mark, numbers_are_typed=first.delimiter is None)
    question = ask_for_decimal_mark(first.path, evidence, decisions)
    marks = {name: decision.mark for name, decision in decisions.items()}
    return marks, [] if question is None else [question]


def quote_unreadable(path: str, name: str, part: Coded, unreadable: pl.Series) -> Question | None:
    """Quote the values of a number column that could not be read."""
    n_rows = int(part.counts().filter(unreadable).sum()) if unreadable.any() else 0
    return unreadable_values(path, name, part.values.filter(unreadable), n_rows)


def per_piece(raw: RawOrders, prices: pl.Series, quantities: pl.Series) -> pl.Series:
    """Return what one piece costs, where a file gives the price of all pieces of a line."""
    files = [index for index, file in enumerate(raw.files) if file.price_of_line]
    if not files:
        return prices
    pieces = quantities.abs().fill_null(1.0)
    divided = prices / pieces.set(pieces == 0, 1.0)
    return divided.zip_with(raw.lines["file"].is_in(files), prices)


def typed_dates(
    raw: RawOrders, groups: list[list[int]], date_format: str | None, decided: Decided
) -> tuple[pl.DataFrame, list[Question]]:
    """Return columns ordered_at, missing_date, unreadable_date, and what the notations leave open."""
    texts = _date_texts(raw.lines)
    parts: list[pl.DataFrame] = []
    questions: list[Question | None] = []
    for group, (files, rows) in enumerate(rows_of(raw.lines, groups)):
        has_dates = any("ordered_at" in raw.files[index].columns for index in files)
        part = texts if rows is None else texts.gather(rows)
        dates = parse_dates(part, date_format, decided.dates.get(group))
        decided.dates[group] = dates.notation
        columns = {
            "row": rows if rows is not None else pl.int_range(raw.lines.height, dtype=pl.UInt32, eager=True),
            "ordered_at": dates.seconds,
            "missing_date": dates.missing & has_dates,
            "unreadable_date": dates.unreadable,
        }
        parts.append(pl.DataFrame(columns))
        path = raw.files[files[0]].path
        unreadable = part.filter(dates.unreadable)
        questions.append(
            unreadable_values(path, "ordered_at", unreadable.unique(maintain_order=True), len(unreadable))
        )
        questions.append(ask_for_date_format(path, dates.undecided))
    frame = parts[0] if len(parts) == 1 else pl.concat(parts).sort("row")
    return frame.drop("row"), [question for question in questions if question is not None]


def _date_texts(lines: pl.DataFrame) -> pl.Series:
    if "ordered_at" in lines.columns:
        return lines["ordered_at"].cast(pl.String)
    return pl.repeat(None, lines.height, dtype=pl.String, eager=True)
