"""Dates and times of any common notation, as Unix seconds."""

from dataclasses import dataclass
from enum import Enum

import polars as pl

from recsvc.errors import SettingsError
from training.orders.identifiers import MISSING_WORDS, tidy_text

USUAL_FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%d %H:%M:%S UTC",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
)
SAMPLE_ROWS = 1000
ZERO_DATE_SECONDS = -62_135_596_800
TIME = (
    r"(?:[T ,]+(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<half>[AaPp])?(?:\.?[Mm]\.?)?)?\s*(?P<zone>Z|UTC|GMT|(?:UTC|GMT)?[+-]\d{2}:?(?:\d{2})?)?$"
)
YEAR_FIRST = r"^(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})" + TIME
NUMBERS = r"^(?P<first>\d{1,2})(?P<mark>[./-])(?P<second_part>\d{1,2})[./-](?P<year>\d{4}|\d{2})" + TIME
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
"""Fewest and most digits, and how many make a second."""


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
    usual = date_format or usual_format(texts)
    seconds = by_format(texts, usual)
    rest = texts.filter(seconds.is_null()).drop_nulls().unique()
    read, order = parse_odd(rest, date_format)
    if len(rest):
        seconds = seconds.zip_with(seconds.is_not_null(), looked_up(texts, read))
    missing = texts.is_null() | texts.is_in(read.filter(pl.col("missing"))["text"].to_list())
    return Dates(seconds, missing, seconds.is_null() & ~missing, order)


def looked_up(texts: pl.Series, read: pl.DataFrame) -> pl.Series:
    """Seconds for each text that is among those read."""
    return texts.to_frame("text").join(read, on="text", how="left", maintain_order="left")["seconds"]


def usual_format(texts: pl.Series) -> str:
    """Return the format that most of the first rows have, so that the bulk can be read in one go."""
    sample = texts.drop_nulls().head(SAMPLE_ROWS)
    return max(USUAL_FORMATS, key=lambda usual: by_format(sample, usual).count())


def by_format(texts: pl.Series, date_format: str) -> pl.Series:
    """Unix seconds of the texts that have this strptime format, null for the others."""
    try:
        parsed = texts.str.to_datetime(date_format, strict=False, time_unit="us")
    except pl.exceptions.PolarsError as exc:
        raise SettingsError(f"date_format {date_format!r} cannot be used: {exc}") from exc
    return parsed.dt.epoch("s")


def parse_odd(texts: pl.Series, date_format: str | None) -> tuple[pl.DataFrame, DayMonthOrder]:
    """Columns text, seconds, missing of distinct texts that are not in the usual format."""
    tidy = tidy_text(texts)
    tidy = tidy.set(tidy.str.to_lowercase().is_in(MISSING_WORDS), None)
    order = DayMonthOrder.NOT_NEEDED
    if date_format is not None:
        seconds = by_format(tidy, date_format)
    else:
        frame = pl.DataFrame({"text": tidy.str.replace(r"^(\d+)\.0+$", "$1")})
        order = day_month_order(frame)
        seconds = frame.select(pl.coalesce(seconds_expressions(order)))["seconds"]
    zero = tidy.str.contains(r"^0{4}-0{2}-0{2}|^0{2}[/.]0{2}[/.]0{4}|^0(?:\.0+)?$|^-\d+$").fill_null(
        value=False
    )
    seconds = seconds.set(zero, ZERO_DATE_SECONDS)
    return pl.DataFrame({"text": texts, "seconds": seconds, "missing": tidy.is_null()}), order


def day_month_order(frame: pl.DataFrame) -> DayMonthOrder:
    """Which of the two first numbers is the day, from the values above 12."""
    groups = frame.select(pl.col("text").str.extract_groups(NUMBERS)).unnest("text")
    first, second = groups["first"].cast(pl.Int32), groups["second_part"].cast(pl.Int32)
    day_first, month_first = int((first > 12).sum()), int((second > 12).sum())
    if day_first != month_first:
        return DayMonthOrder.DAY_FIRST if day_first > month_first else DayMonthOrder.MONTH_FIRST
    return DayMonthOrder.UNDECIDED if bool((first != second).any()) else DayMonthOrder.NOT_NEEDED


def seconds_expressions(order: DayMonthOrder) -> list[pl.Expr]:
    """Return readings of `text`, of which the first that succeeds counts."""
    text = pl.col("text")
    year_first = text.str.extract_groups(YEAR_FIRST)
    readings = [
        seconds_of(year_first, year_first.struct.field("month"), year_first.struct.field("day")),
        numbers_seconds(order),
        *(month_name_seconds(pattern) for pattern in (DAY_MONTH_NAME, MONTH_NAME_DAY)),
        *digit_seconds(),
    ]
    return [reading.alias("seconds") for reading in readings]


def numbers_seconds(order: DayMonthOrder) -> pl.Expr:
    """Dates such as 12/1/2010; where nothing decided, a slash is American and a point or hyphen is not."""
    groups = pl.col("text").str.extract_groups(NUMBERS)
    first, second = groups.struct.field("first"), groups.struct.field("second_part")
    day_first: pl.Expr = pl.lit(value=order is DayMonthOrder.DAY_FIRST)
    if order in {DayMonthOrder.UNDECIDED, DayMonthOrder.NOT_NEEDED}:
        day_first = groups.struct.field("mark") != "/"
    month = pl.when(day_first).then(second).otherwise(first)
    day = pl.when(day_first).then(first).otherwise(second)
    return seconds_of(groups, month, day)


def month_name_seconds(pattern: str) -> pl.Expr:
    """Dates such as 1-Dec-2010, in English, German, French and Spanish."""
    groups = pl.col("text").str.extract_groups(pattern)
    name = groups.struct.field("name").str.to_lowercase()
    month = pl.coalesce(
        pl.when(name.str.slice(0, len(start)) == start).then(pl.lit(str(number)))
        for number, starts in enumerate(MONTH_NAMES, 1)
        for start in starts
    )
    return seconds_of(groups, month, groups.struct.field("day"))


def seconds_of(groups: pl.Expr, month: pl.Expr, day: pl.Expr) -> pl.Expr:
    """Unix seconds of a calendar date with time and zone; null when the calendar has no such day."""
    year = groups.struct.field("year")
    century = pl.when(year.cast(pl.Int32) < 70).then(pl.lit("20")).otherwise(pl.lit("19"))
    full_year = pl.when(year.str.len_chars() == 2).then(pl.concat_str(century, year)).otherwise(year)
    clock = [hour_of(groups), *(groups.struct.field(name).fill_null("00") for name in ("minute", "second"))]
    text = pl.concat_str(
        [full_year, month.str.zfill(2), day.str.zfill(2), *(part.str.zfill(2) for part in clock)],
        separator=" ",
    )
    local = text.str.to_datetime("%Y %m %d %H %M %S", strict=False, time_unit="us").dt.epoch("s")
    return local - offset_of(groups)


def hour_of(groups: pl.Expr) -> pl.Expr:
    """Return the hour of the day as text, AM and PM taken into account."""
    hour, half = groups.struct.field("hour").fill_null("0"), groups.struct.field("half").str.to_lowercase()
    twelve = hour.cast(pl.Int32) % 12
    return (
        pl.when(half == "p")
        .then((twelve + 12).cast(pl.String))
        .when(half == "a")
        .then(twelve.cast(pl.String))
        .otherwise(hour)
    )


def offset_of(groups: pl.Expr) -> pl.Expr:
    """Seconds by which the local time is ahead of UTC."""
    parts = groups.struct.field("zone").str.extract_groups(
        r"(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2})?$"
    )
    size = parts.struct.field("hours").cast(pl.Int64) * 3600
    size += parts.struct.field("minutes").cast(pl.Int64).fill_null(0) * 60
    return pl.when(parts.struct.field("sign") == "-").then(-size).otherwise(size).fill_null(0)


def digit_seconds() -> list[pl.Expr]:
    """Dates of digits only: 20170101, and Unix time in seconds to nanoseconds by its length."""
    text = pl.col("text")
    compact = [
        pl.when(text.str.contains(rf"^(?:19|20|21)\d{{{digits - 2}}}$"))
        .then(text)
        .str.to_datetime(date_format, strict=False, time_unit="us")
        .dt.epoch("s")
        for digits, date_format in DIGIT_FORMATS
    ]
    epochs = [
        pl.when(text.str.contains(rf"^\d{{{fewest},{most}}}(?:\.\d+)?$")).then(
            text.str.extract(r"^(\d+)").cast(pl.Int64, strict=False) // per_second
        )
        for fewest, most, per_second in EPOCH_UNITS
    ]
    return compact + epochs
