"""Dates that are written as one number: Unix times, compact calendar dates, days as spreadsheets count them."""

import polars as pl

ROUNDED = r"^\d(?:[.,]\d{0,3})?[eE]"
"""A number in scientific notation that lost more than a day."""

DIGIT_FORMATS = ((8, "%Y%m%d"), (12, "%Y%m%d%H%M"), (14, "%Y%m%d%H%M%S"))
EPOCH_UNITS = ((9, 10, 1), (12, 13, 1_000), (15, 16, 1_000_000), (18, 19, 1_000_000_000))
"""Fewest and most digits of a Unix time, and how many of its units make a second."""

SERIAL_DAYS = (32_874, 73_415)
"""Days since 30 December 1899, as spreadsheets count them, in 1990 and in 2101."""

SERIAL_OF_1970 = 25_569
DAY_SECONDS = 86_400


def digits_seconds(texts: pl.Series) -> pl.Series:
    """Return dates that are numbers: as `whole_seconds`, with decimals or an exponent, and days of spreadsheets."""
    numbers = texts.str.replace(",", ".", literal=True).set(texts.str.contains(ROUNDED), None)
    values = numbers.cast(pl.Float64, strict=False)
    exact = numbers.str.extract(r"^(\d+)(?:\.\d+)?$")
    whole = exact.zip_with(exact.is_not_null(), values.cast(pl.Int64, strict=False).cast(pl.String))
    days = values.set(~values.is_between(*SERIAL_DAYS), None)
    serial = ((days - SERIAL_OF_1970) * DAY_SECONDS).round().cast(pl.Int64)
    return serial.zip_with(serial.is_not_null(), whole_seconds(whole.alias("text")))


def whole_seconds(texts: pl.Series) -> pl.Series:
    """Return dates of digits only: 20170101, and Unix time in seconds to nanoseconds by its length."""
    whole = pl.col("text")
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
