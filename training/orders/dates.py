"""Dates and times of any common notation, as Unix seconds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

import polars as pl

from recsvc.errors import SettingsError
from training.orders.date_numbers import digits_seconds, whole_seconds
from training.orders.date_words import ZONE_NAMES, month_number, respelled, with_plain_digits, zone_seconds
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
    r"(?:[T ,]+(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,:]\d+)?)?"
    r"\s*(?P<half>[AaPp])?(?:\.?\s*[Mm]\.?)?)?\s*"
    rf"(?P<zone>(?i:{ZONE_NAMES})|(?:UTC|GMT)?[+-]\d{{2}}:?(?:\d{{2}})?|(?:UTC|GMT)[+-]\d)?$"
)
YEAR_FIRST = r"^(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})" + TIME
NUMBERS = (
    r"^(?P<first>\d{1,2})(?P<mark>[./-])\s?(?P<second_part>\d{1,2})[./-]\s?(?P<year>\d{4}|\d{2})\.?" + TIME
)
NUMBERS_SHAPE = r"^\d{1,2}[./-]\s?\d"
DAY_MONTH_NAME = (
    r"^(?:[\p{L}-]{2,14}\.?,?\s+)?(?P<day>\d{1,2})(?:st|nd|rd|th|er|re|º|°|\.)?[\s/-]*(?:de\s+)?(?P<name>\p{L}{3,12})\.?"
    r"[\s/.,-]*(?:del?\s+)?(?P<year>\d{4}|\d{2})" + TIME
)
MONTH_NAME_DAY = (
    r"^(?:[\p{L}-]{2,14}\.?,?\s+)?(?P<name>\p{L}{3,12})\.?[\s/-]+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?[\s/-]+(?P<year>\d{4}|\d{2})"
    + TIME
)
WEEK = r"^(?P<year>\d{4})-?W(?P<week>\d{2})(?:-?(?P<weekday>[1-7]))?" + TIME
DAY_OF_YEAR = r"^\d{4}-\d{3}$"
DIGITS = r"^\d+(?:[.,]\d+)?(?:[eE]\+?\d{1,2})?$"

MOST_CONTRADICTIONS = 0.05
"""Values above 12 where the month is thought to stand, for each where the day is, that may be mistakes."""

FEW_YEARS = 10
FEW_STEPS = 10
STRAIGHT, CROOKED = 0.02, 0.1
"""Share of the steps from row to row against the direction of the others, of rows in order and of rows that are not."""


class DayMonthOrder(Enum):
    """What decided whether 3/4 is in March or in April; year first: 26-07-02 is in 2026."""

    NOT_NEEDED = "not needed"
    DAY_FIRST = "day first"
    MONTH_FIRST = "month first"
    YEAR_FIRST = "year first"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class DateNotation:
    """How a column writes dates: the strptime format of its bulk (None: digits only), and the order of the others."""

    bulk: str | None
    order: DayMonthOrder


@dataclass(frozen=True)
class Dates:
    """Unix seconds Int64 (null where missing or unreadable), which were missing or unreadable (Boolean).

    `undecided` are texts whose day and month nothing tells apart; there are some where `order` is UNDECIDED.
    `notation` reads another part of the same column in the same way.
    """

    seconds: pl.Series
    missing: pl.Series
    unreadable: pl.Series
    notation: DateNotation
    undecided: tuple[str, ...] = ()

    @property
    def order(self) -> DayMonthOrder:
        """What decided between day and month."""
        return self.notation.order


def parse_dates(texts: pl.Series, date_format: str | None = None, known: DateNotation | None = None) -> Dates:
    """Parse one column, or a part of one whose notation is `known`; times without zone are UTC.

    Raises SettingsError for a `date_format` that is none.
    """
    bulk = known.bulk if known else bulk_format(texts, date_format)
    seconds = by_bulk_format(texts, bulk, is_said=date_format is not None)
    rest = texts.filter(seconds.is_null()).drop_nulls().unique(maintain_order=True)
    odd = plain_texts(rest)
    order = known.order if known else order_of(texts, odd, date_format)
    read = odd.with_columns(read_odd(odd["plain"], order, date_format).alias("seconds"))
    if len(rest):
        seconds = seconds.zip_with(seconds.is_not_null(), looked_up(texts, read))
    missing = texts.is_null()
    if odd["plain"].null_count():
        missing |= texts.is_in(odd.filter(pl.col("plain").is_null())["text"].to_list())
    undecided = undecided_texts(odd["plain"]) if order is DayMonthOrder.UNDECIDED else ()
    return Dates(seconds, missing, seconds.is_null() & ~missing, DateNotation(bulk, order), undecided)


def looked_up(texts: pl.Series, read: pl.DataFrame) -> pl.Series:
    """Return seconds for each text that is among those read."""
    return texts.to_frame("text").join(read, on="text", how="left", maintain_order="left")["seconds"]


def bulk_format(texts: pl.Series, date_format: str | None) -> str | None:
    """Return the format that somebody said, or that most of the first rows have; None where these are digits only."""
    sample = texts.drop_nulls().head(SAMPLE_ROWS)
    if date_format is not None:
        return date_format
    if sample.str.contains(r"^\d{8,}$").all():
        return None
    return max(USUAL_FORMATS, key=lambda usual: with_full_year(by_format(sample, usual)).count())


def by_bulk_format(texts: pl.Series, bulk: str | None, *, is_said: bool) -> pl.Series:
    """Read the bulk of a column in one go; null for what is left."""
    if bulk is None:
        return whole_seconds(texts.alias("text"))
    seconds = by_format(texts, bulk)
    return seconds if is_said else with_full_year(seconds)


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


def plain_texts(texts: pl.Series) -> pl.DataFrame:
    """Return columns text and plain: distinct texts, and these in a notation that can be read; null where missing."""
    tidy = with_plain_digits(tidy_text(texts))
    tidy = tidy.set(tidy.str.to_lowercase().is_in(MISSING_WORDS), None)
    usual = tidy.str.contains(YEAR_FIRST) | tidy.str.contains(NUMBERS) | tidy.str.contains(DIGITS)
    at = (~usual).fill_null(value=False).arg_true()
    return pl.DataFrame({"text": texts, "plain": tidy.scatter(at, respelled(tidy.gather(at)))})


def read_odd(plain: pl.Series, order: DayMonthOrder, date_format: str | None) -> pl.Series:
    """Return Unix seconds of texts that are not in the usual format."""
    seconds = by_format(plain, date_format) if date_format is not None else by_shape(plain, order)
    return seconds.set(plain.str.contains(ZERO_DATE).fill_null(value=False), ZERO_DATE_SECONDS)


def order_of(texts: pl.Series, odd: pl.DataFrame, date_format: str | None) -> DayMonthOrder:
    """Return which number is the day, from the values, else from the sequence of the rows."""
    order = DayMonthOrder.NOT_NEEDED if date_format is not None else day_month_order(odd)
    return order_by_sequence(texts, odd) if order is DayMonthOrder.UNDECIDED else order


def day_month_order(odd: pl.DataFrame) -> DayMonthOrder:
    """Return which of the two first numbers is the day, from the values above 12."""
    groups = groups_of(numbered(odd["plain"]), NUMBERS).drop_nulls("first")
    first, second = (
        groups["first"].cast(pl.Int32, strict=False),
        groups["second_part"].cast(pl.Int32, strict=False),
    )
    if years_come_first(groups):
        return DayMonthOrder.YEAR_FIRST
    fewer, more = sorted((int((first > MONTHS).sum()), int((second > MONTHS).sum())))
    if more and fewer <= more * MOST_CONTRADICTIONS:
        is_day_first = int((first > MONTHS).sum()) == more
        return DayMonthOrder.DAY_FIRST if is_day_first else DayMonthOrder.MONTH_FIRST
    return DayMonthOrder.UNDECIDED if bool((first != second).any()) else DayMonthOrder.NOT_NEEDED


def numbered(plain: pl.Series) -> pl.Series:
    """Return the texts that begin with two numbers."""
    return plain.filter(plain.str.contains(NUMBERS_SHAPE).fill_null(value=False))


def years_come_first(groups: pl.DataFrame) -> bool:
    """Return whether dates such as 26-07-02 begin with the year: few of these, and last the many days of a month."""
    first, last = groups["first"].cast(pl.Int32, strict=False), groups["year"].cast(pl.Int32, strict=False)
    if not len(last) or last.max() > 31 or last.min() < 1:  # type: ignore[operator]
        return False
    return last.n_unique() > max(FEW_YEARS, first.n_unique())


def order_by_sequence(texts: pl.Series, odd: pl.DataFrame) -> DayMonthOrder:
    """Return the order under which the rows run forth or back in time, if they do so under one order only."""
    back = {}
    for order in (DayMonthOrder.DAY_FIRST, DayMonthOrder.MONTH_FIRST):
        read = odd.with_columns(by_shape(odd["plain"], order).alias("seconds"))
        steps = looked_up(texts, read).drop_nulls().diff().drop_nulls()
        steps = steps.filter(steps != 0)
        n_back = int((steps < 0).sum())
        back[order] = min(n_back, len(steps) - n_back) / len(steps) if len(steps) >= FEW_STEPS else 1.0
    straight, crooked = sorted(back, key=lambda order: back[order])
    is_clear = back[straight] <= STRAIGHT and back[crooked] >= CROOKED
    return straight if is_clear else DayMonthOrder.UNDECIDED


def undecided_texts(plain: pl.Series) -> tuple[str, ...]:
    """Return the texts that mean two days; those whose mark says nothing come first."""
    found = numbered(plain)
    groups = groups_of(found, NUMBERS)
    found = found.filter((groups["first"] != groups["second_part"]).fill_null(value=False))
    return tuple(sorted(found.to_list(), key=lambda text: "." in text[:3]))


def by_shape(texts: pl.Series, order: DayMonthOrder) -> pl.Series:
    """Return Unix seconds of distinct texts, each read as what it looks like."""
    seconds = pl.repeat(None, len(texts), dtype=pl.Int64, eager=True)
    readings: tuple[tuple[str, Callable[[pl.Series], pl.Series]], ...] = (
        (DIGITS, digits_seconds),
        (WEEK, week_seconds),
        (DAY_OF_YEAR, lambda some: by_format(some, "%Y-%j")),
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
    parts = groups_of(texts, NUMBERS)
    if order is DayMonthOrder.YEAR_FIRST:
        renamed = {"first": "year", "second_part": "month", "year": "day"}
        return parts.rename(renamed).select(seconds_of("month", "day")).to_series()
    ordered = parts.with_columns(
        pl.when(day_first).then("second_part").otherwise("first").alias("month"),
        pl.when(day_first).then("first").otherwise("second_part").alias("day"),
    )
    return ordered.select(seconds_of("month", "day")).to_series()


def month_name_seconds(texts: pl.Series, pattern: str) -> pl.Series:
    """Return dates such as 1-Dec-2010, in many languages."""
    named = groups_of(texts, pattern).with_columns(month_number(pl.col("name")).alias("month"))
    return named.select(seconds_of("month", "day")).to_series()


def week_seconds(texts: pl.Series) -> pl.Series:
    """Return dates such as 2010-W48-3, of ISO 8601; without a day of the week it is Monday."""
    parts = groups_of(texts, WEEK)
    monday = pl.concat_str("year", pl.lit("-W"), "week", pl.lit("-"), pl.col("weekday").fill_null("1"))
    date = monday.str.to_date("%G-W%V-%u", strict=False)
    calendar = parts.with_columns(
        date.dt.year().cast(pl.String).alias("year"),
        date.dt.month().cast(pl.String).alias("month"),
        date.dt.day().cast(pl.String).alias("day"),
    )
    return calendar.select(seconds_of("month", "day")).to_series()


def seconds_of(month_column: str, day_column: str) -> pl.Expr:
    """Return Unix seconds of a calendar date with time and zone; null when the calendar has no such day."""
    year, month, day = (
        full_year(),
        pl.col(month_column).cast(pl.Int32, strict=False),
        pl.col(day_column).cast(pl.Int32, strict=False),
    )
    minute, second = (
        pl.col(name).fill_null("0").cast(pl.Int32, strict=False) for name in ("minute", "second")
    )
    hour = hour_of_day()
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    short = pl.when(month == 2).then(pl.when(leap).then(29).otherwise(28)).otherwise(30)
    n_days = pl.when(month.is_in([2, 4, 6, 9, 11])).then(short).otherwise(31)
    exists = month.is_between(1, MONTHS) & (day >= 1) & (day <= n_days) & (year >= 1)
    exists &= (hour < 24) & (minute < 60) & (second < 60)
    parts = [pl.when(exists).then(part) for part in (year, month, day, hour, minute, second)]
    return pl.datetime(*parts).dt.epoch("s") - zone_seconds(pl.col("zone"))


def full_year() -> pl.Expr:
    """Return the year; two digits of it belong to 1970 to 2069."""
    year = pl.col("year").cast(pl.Int32, strict=False)
    century = pl.when(year < 70).then(2000).otherwise(1900)
    return pl.when(pl.col("year").str.len_chars() == 2).then(year + century).otherwise(year)


def hour_of_day() -> pl.Expr:
    """Return the hour, AM and PM taken into account."""
    hour, half = pl.col("hour").fill_null("0").cast(pl.Int32, strict=False), pl.col("half").str.to_lowercase()
    return pl.when(half == "p").then(hour % 12 + 12).when(half == "a").then(hour % 12).otherwise(hour)


def iso_moment(seconds: int | None) -> str | None:
    """Return unix seconds as ISO 8601 in UTC; None stays None."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()
