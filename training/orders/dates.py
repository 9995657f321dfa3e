"""Dates and times of any common notation, as Unix seconds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

import polars as pl

from recsvc.errors import SettingsError
from training.sources.identifiers import MISSING_WORDS, tidy_text

USUAL_FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%d %H:%M:%S UTC",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
)
SAMPLE_ROWS = 1000
YEAR_1000_SECONDS = -30_610_224_000
MONTHS = 12
ZERO_DATE = r"^0{4}-0{2}-0{2}|^0{2}[/.]0{2}[/.]0{4}|^0(?:\.0+)?$|^-\d+$"
ZERO_DATE_SECONDS = -62_135_596_800
TIME = (
    r"(?:[T ,]+(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<half>[AaPp])?(?:\.?[Mm]\.?)?)?\s*(?P<zone>Z|UTC|GMT|(?:UTC|GMT)?[+-]\d{2}:?(?:\d{2})?)?$"
)
YEAR_FIRST = r"^(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})" + TIME
NUMBERS = r"^(?P<first>\d{1,2})(?P<mark>[./-])(?P<second_part>\d{1,2})[./-](?P<year>\d{4}|\d{2})" + TIME
NUMBERS_SHAPE = r"^\d{1,2}[./-]\d"
DAY_MONTH_NAME = (
    r"^(?:\p{L}{2,10}\.?,?\s+)?(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?[\s/-]*(?:de\s+)?(?P<name>\p{L}{3,10})\.?"
    r"[\s/.,-]*(?:de\s+)?(?P<year>\d{4}|\d{2})" + TIME
)
MONTH_NAME_DAY = (
    r"^(?:\p{L}{2,10}\.?,?\s+)?(?P<name>\p{L}{3,10})\.?[\s-]+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?[\s-]+(?P<year>\d{4})"
    + TIME
)
MONTH_NAMES = (
    ("jan", "ene"),
    ("feb", "fev", "fév"),
    ("mar", "mär", "mae", "mrz"),
    ("apr", "avr", "abr"),
    ("may", "mai"),
    ("jun", "juin"),
    ("jul", "juil"),
    ("aug", "aou", "aoû", "ago"),
    ("sep", "set"),
    ("oct", "okt"),
    ("nov",),
    ("dec", "dez", "dic", "déc"),
)
DIGIT_FORMATS = ((8, "%Y%m%d"), (14, "%Y%m%d%H%M%S"))
EPOCH_UNITS = ((9, 10, 1), (12, 13, 1_000), (15, 16, 1_000_000), (18, 19, 1_000_000_000))
"""Fewest and most digits of a Unix time, and how many of its units make a second."""


class DayMonthOrder(Enum):
    """What decided whether 3/4 is in March or in April."""

    NOT_NEEDED = "not needed"
    DAY_FIRST = "day first"
    MONTH_FIRST = "month first"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Dates:
    """Unix seconds Int64 (null where missing or unreadable), which were missing or unreadable (Boolean)."""

    seconds: pl.Series
    missing: pl.Series
    unreadable: pl.Series
    order: DayMonthOrder


def parse_dates(texts: pl.Series, date_format: str | None = None) -> Dates:
    """Parse one column; times without zone are UTC.

    Raises SettingsError for a `date_format` that is none.
    """
    seconds = by_usual_notation(texts, date_format)
    rest = texts.filter(seconds.is_null()).drop_nulls().unique()
    read, order = parse_odd(rest, date_format)
    if len(rest):
        seconds = seconds.zip_with(seconds.is_not_null(), looked_up(texts, read))
    missing = texts.is_null()
    if read["missing"].any():
        missing |= texts.is_in(read.filter(pl.col("missing"))["text"].to_list())
    return Dates(seconds, missing, seconds.is_null() & ~missing, order)


def looked_up(texts: pl.Series, read: pl.DataFrame) -> pl.Series:
    """Return seconds for each text that is among those read."""
    return texts.to_frame("text").join(read, on="text", how="left", maintain_order="left")["seconds"]


def by_usual_notation(texts: pl.Series, date_format: str | None) -> pl.Series:
    """Read the bulk of a column in one go, by the notation of its first rows; null for what is left."""
    if date_format is not None:
        return by_format(texts, date_format)
    if texts.drop_nulls().head(SAMPLE_ROWS).str.contains(r"^\d{8,}$").all():
        return digits_seconds(texts.alias("text"))
    return with_full_year(by_format(texts, usual_format(texts)))


def usual_format(texts: pl.Series) -> str:
    """Return the format that most of the first rows have, so that the bulk can be read in one go."""
    sample = texts.drop_nulls().head(SAMPLE_ROWS)
    return max(USUAL_FORMATS, key=lambda usual: with_full_year(by_format(sample, usual)).count())


def with_full_year(seconds: pl.Series) -> pl.Series:
    """Drop years of fewer than four digits: 01-12-10 is no date of the year 1."""
    is_short = seconds < YEAR_1000_SECONDS
    return seconds.set(is_short, None) if is_short.any() else seconds


def by_format(texts: pl.Series, date_format: str) -> pl.Series:
    """Return Unix seconds of the texts that have this strptime format, null for the others."""
    try:
        parsed = texts.str.to_datetime(date_format, strict=False, time_unit="us")
    except pl.exceptions.PolarsError as exc:
        reason = str(exc).splitlines()[0]
        raise SettingsError(f"date_format {date_format!r} cannot be used: {reason}") from exc
    return parsed.dt.epoch("s")


def parse_odd(texts: pl.Series, date_format: str | None) -> tuple[pl.DataFrame, DayMonthOrder]:
    """Return columns text, seconds, missing of distinct texts that are not in the usual format."""
    tidy = tidy_text(texts)
    tidy = tidy.set(tidy.str.to_lowercase().is_in(MISSING_WORDS), None)
    order = DayMonthOrder.NOT_NEEDED
    if date_format is not None:
        seconds = by_format(tidy, date_format)
    else:
        order = day_month_order(tidy)
        seconds = by_shape(tidy, order)
    seconds = seconds.set(tidy.str.contains(ZERO_DATE).fill_null(value=False), ZERO_DATE_SECONDS)
    return pl.DataFrame({"text": texts, "seconds": seconds, "missing": tidy.is_null()}), order


def day_month_order(texts: pl.Series) -> DayMonthOrder:
    """Return which of the two first numbers is the day, from the values above 12."""
    groups = groups_of(texts.filter(texts.str.contains(NUMBERS_SHAPE).fill_null(value=False)), NUMBERS)
    first, second = groups["first"].cast(pl.Int32), groups["second_part"].cast(pl.Int32)
    day_first, month_first = int((first > MONTHS).sum()), int((second > MONTHS).sum())
    if day_first != month_first:
        return DayMonthOrder.DAY_FIRST if day_first > month_first else DayMonthOrder.MONTH_FIRST
    return DayMonthOrder.UNDECIDED if bool((first != second).any()) else DayMonthOrder.NOT_NEEDED


def by_shape(texts: pl.Series, order: DayMonthOrder) -> pl.Series:
    """Return Unix seconds of distinct texts, each read as what it looks like."""
    seconds = pl.repeat(None, len(texts), dtype=pl.Int64, eager=True)
    readings: tuple[tuple[str, Callable[[pl.Series], pl.Series]], ...] = (
        (r"^\d+(?:\.\d+)?$", digits_seconds),
        (r"^\d{4}\D", year_first_seconds),
        (NUMBERS_SHAPE, lambda some: numbers_seconds(some, order)),
        (r"\p{L}{3}", lambda some: month_name_seconds(some, DAY_MONTH_NAME)),
        (r"\p{L}{3}", lambda some: month_name_seconds(some, MONTH_NAME_DAY)),
    )
    for shape, reading in readings:
        at = (seconds.is_null() & texts.str.contains(shape)).fill_null(value=False).arg_true()
        if len(at):
            seconds = seconds.scatter(at, reading(texts.gather(at)))
    return seconds


def groups_of(texts: pl.Series, pattern: str) -> pl.DataFrame:
    """Return one String column for each named group of the pattern."""
    return texts.to_frame("text").select(pl.col("text").str.extract_groups(pattern)).unnest("text")


def year_first_seconds(texts: pl.Series) -> pl.Series:
    """Return dates such as 2010-12-01T08:26:00.123+01:00."""
    return groups_of(texts, YEAR_FIRST).select(seconds_of("month", "day")).to_series()


def numbers_seconds(texts: pl.Series, order: DayMonthOrder) -> pl.Series:
    """Return dates such as 12/1/2010; where nothing decided, a slash is American and a point or hyphen is not."""
    day_first: pl.Expr = pl.lit(value=order is DayMonthOrder.DAY_FIRST)
    if order in {DayMonthOrder.UNDECIDED, DayMonthOrder.NOT_NEEDED}:
        day_first = pl.col("mark") != "/"
    ordered = groups_of(texts, NUMBERS).with_columns(
        pl.when(day_first).then("second_part").otherwise("first").alias("month"),
        pl.when(day_first).then("first").otherwise("second_part").alias("day"),
    )
    return ordered.select(seconds_of("month", "day")).to_series()


def month_name_seconds(texts: pl.Series, pattern: str) -> pl.Series:
    """Return dates such as 1-Dec-2010, in English, German, French and Spanish."""
    name = pl.col("name").str.to_lowercase()
    month = pl.coalesce(
        pl.when(name.str.starts_with(start)).then(pl.lit(str(number)))
        for number, starts in enumerate(MONTH_NAMES, 1)
        for start in starts
    )
    named = groups_of(texts, pattern).with_columns(month.alias("month"))
    return named.select(seconds_of("month", "day")).to_series()


def seconds_of(month_column: str, day_column: str) -> pl.Expr:
    """Return Unix seconds of a calendar date with time and zone; null when the calendar has no such day."""
    year, month, day = full_year(), pl.col(month_column).cast(pl.Int32), pl.col(day_column).cast(pl.Int32)
    minute, second = (pl.col(name).fill_null("0").cast(pl.Int32) for name in ("minute", "second"))
    hour = hour_of_day()
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    short = pl.when(month == 2).then(pl.when(leap).then(29).otherwise(28)).otherwise(30)
    n_days = pl.when(month.is_in([2, 4, 6, 9, 11])).then(short).otherwise(31)
    exists = month.is_between(1, MONTHS) & (day >= 1) & (day <= n_days) & (year >= 1)
    exists &= (hour < 24) & (minute < 60) & (second < 60)
    parts = [pl.when(exists).then(part) for part in (year, month, day, hour, minute, second)]
    return pl.datetime(*parts).dt.epoch("s") - offset_seconds()


def full_year() -> pl.Expr:
    """Return the year; two digits of it belong to 1970 to 2069."""
    year = pl.col("year").cast(pl.Int32)
    century = pl.when(year < 70).then(2000).otherwise(1900)
    return pl.when(pl.col("year").str.len_chars() == 2).then(year + century).otherwise(year)


def hour_of_day() -> pl.Expr:
    """Return the hour, AM and PM taken into account."""
    hour, half = pl.col("hour").fill_null("0").cast(pl.Int32), pl.col("half").str.to_lowercase()
    return pl.when(half == "p").then(hour % 12 + 12).when(half == "a").then(hour % 12).otherwise(hour)


def offset_seconds() -> pl.Expr:
    """Return seconds by which the local time is ahead of UTC."""
    parts = pl.col("zone").str.extract_groups(r"(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2})?$").struct
    size = (
        parts.field("hours").cast(pl.Int64) * 3600 + parts.field("minutes").cast(pl.Int64).fill_null(0) * 60
    )
    return pl.when(parts.field("sign") == "-").then(-size).otherwise(size).fill_null(0)


def digits_seconds(texts: pl.Series) -> pl.Series:
    """Return dates of digits only: 20170101, and Unix time in seconds to nanoseconds by its length."""
    whole = pl.col("text").str.extract(r"^(\d+)")
    length = whole.str.len_chars()
    calendar = whole.str.contains(r"^(?:19|20|21)")
    compact = [
        pl.when(calendar & (length == digits))
        .then(whole)
        .str.to_datetime(date_format, strict=False, time_unit="us")
        for digits, date_format in DIGIT_FORMATS
    ]
    number = whole.cast(pl.Int64, strict=False)
    epochs = [
        pl.when(length.is_between(fewest, most)).then(number // per_second)
        for fewest, most, per_second in EPOCH_UNITS
    ]
    dated = [when.dt.epoch("s") for when in compact]
    return texts.to_frame("text").select(pl.coalesce(*dated, *epochs)).to_series()


def iso_moment(seconds: int | None) -> str | None:
    """Return unix seconds as ISO 8601 in UTC; None stays None."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()
