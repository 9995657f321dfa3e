"""Raw text columns as ids, numbers and times, still one row for each order line."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import polars as pl

from training.orders.amounts import parse_amounts
from training.orders.dates import DayMonthOrder, parse_dates
from training.questions import Question
from training.sources.identifiers import (
    clean_ids,
    clean_user_ids,
    is_damaged_id,
    most_frequent_spelling,
    tidy_text,
)
from training.sources.raw_orders import Coded, RawOrders, encode, encode_column

LARGEST_QUANTITY = 1e9
LARGEST_PRICE = 1e12


@dataclass
class TypedLines:
    """Order lines with typed columns.

    `ids` has the coded and cleaned user_id, item_id, order_id and title; `frame` has `quantity` and
    `unit_price` (Float64), `ordered_at` (Int64 Unix seconds) and one Boolean column for each condition
    found while reading.
    """

    ids: dict[str, Coded]
    frame: pl.DataFrame
    warnings: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)


def type_lines(raw: RawOrders, date_format: str | None) -> TypedLines:
    """Type every column of the raw lines."""
    groups = groups_of_like_files(raw)
    with ThreadPoolExecutor(1) as beside:
        dated = beside.submit(typed_dates, raw, groups, date_format)
        ids, damaged = typed_ids(raw.lines)
        quantity, bad_quantity = typed_amounts(raw.lines, "quantity", groups, LARGEST_QUANTITY)
        price, bad_price = typed_amounts(raw.lines, "unit_price", groups, LARGEST_PRICE)
        price = per_piece(raw, price, quantity)
        dates, warnings = dated.result()
    frame = pl.DataFrame({"malformed_row": raw.lines["malformed"], "damaged_id": damaged})
    columns = [
        (quantity.fill_null(1.0)).alias("quantity"),
        price.alias("unit_price"),
        bad_quantity.alias("unreadable_quantity"),
        bad_price.alias("unreadable_price"),
    ]
    return TypedLines(ids, frame.with_columns(*columns, *dates.get_columns()), warnings)


def typed_ids(lines: pl.DataFrame) -> tuple[dict[str, Coded], pl.Series]:
    """Return the cleaned ids and titles, and whether a row has a damaged id."""
    ids: dict[str, Coded] = {}
    damaged = pl.repeat(value=False, n=lines.height, dtype=pl.Boolean, eager=True)
    for name, clean in (("user_id", clean_user_ids), ("item_id", clean_ids), ("order_id", clean_ids)):
        coded = encode_column(lines, name)
        cleaned = clean(coded.values)
        if name == "item_id":
            cleaned = most_frequent_spelling(cleaned, coded.counts())
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
    lines: pl.DataFrame, name: str, groups: list[list[int]], largest: float
) -> tuple[pl.Series, pl.Series]:
    """Return numbers of each row and whether they were unreadable."""
    coded = encode_column(lines, name)
    numbers = pl.repeat(None, lines.height, dtype=pl.Float64, eager=True)
    unreadable = pl.repeat(value=False, n=lines.height, dtype=pl.Boolean, eager=True)
    for _, rows in rows_of(lines, groups):
        part = coded if rows is None else encode(coded.each(coded.values).gather(rows))
        amounts = parse_amounts(part.values, largest)
        if rows is None:
            return part.each(amounts.numbers), part.where(amounts.unreadable)
        numbers = numbers.scatter(rows, part.each(amounts.numbers))
        unreadable = unreadable.scatter(rows, part.where(amounts.unreadable))
    return numbers, unreadable


def per_piece(raw: RawOrders, prices: pl.Series, quantities: pl.Series) -> pl.Series:
    """Return what one piece costs, where a file gives the price of all pieces of a line."""
    files = [index for index, file in enumerate(raw.files) if file.price_of_line]
    if not files:
        return prices
    pieces = quantities.abs().fill_null(1.0)
    divided = prices / pieces.set(pieces == 0, 1.0)
    return divided.zip_with(raw.lines["file"].is_in(files), prices)


def typed_dates(
    raw: RawOrders, groups: list[list[int]], date_format: str | None
) -> tuple[pl.DataFrame, list[str]]:
    """Return columns ordered_at, missing_date, unreadable_date, and warnings about guessed notations."""
    texts = _date_texts(raw.lines)
    parts: list[pl.DataFrame] = []
    warnings = []
    for files, rows in rows_of(raw.lines, groups):
        has_dates = any("ordered_at" in raw.files[index].columns for index in files)
        dates = parse_dates(texts if rows is None else texts.gather(rows), date_format)
        columns = {
            "row": rows if rows is not None else pl.int_range(raw.lines.height, dtype=pl.UInt32, eager=True),
            "ordered_at": dates.seconds,
            "missing_date": dates.missing & has_dates,
            "unreadable_date": dates.unreadable,
        }
        parts.append(pl.DataFrame(columns))
        if dates.order is DayMonthOrder.UNDECIDED:
            warnings.append(undecided_warning(raw.files[files[0]].path))
    frame = parts[0] if len(parts) == 1 else pl.concat(parts).sort("row")
    return frame.drop("row"), warnings


def _date_texts(lines: pl.DataFrame) -> pl.Series:
    if "ordered_at" in lines.columns:
        return lines["ordered_at"].cast(pl.String)
    return pl.repeat(None, lines.height, dtype=pl.String, eager=True)


def undecided_warning(path: str) -> str:
    """Return a warning that says how to settle which of two numbers is the day."""
    return (
        f"{path}: the dates do not show whether the day or the month comes first; with slashes the month "
        f"was taken to"
        " come first, otherwise the day. If that is wrong, set date_format, for example to %d/%m/%Y %H:%M"
    )
