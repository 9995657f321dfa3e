"""Dates of any common notation."""

from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsvc.errors import SettingsError
from training.orders.dates import DayMonthOrder, parse_dates

DAY = datetime(2010, 12, 1, tzinfo=UTC)
MORNING = datetime(2010, 12, 1, 8, 26, tzinfo=UTC)


def parsed(*texts: str, date_format: str | None = None) -> list[datetime | None]:
    seconds = parse_dates(pl.Series(texts, dtype=pl.String), date_format).seconds.to_list()
    return [None if value is None else datetime.fromtimestamp(value, UTC) for value in seconds]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2010-12-01", DAY),
        ("2010/12/01", DAY),
        ("20101201", DAY),
        ("2010-12-01 08:26", MORNING),
        ("2010-12-01 08:26:00", MORNING),
        ("2010-12-01T08:26:00", MORNING),
        ("2010-12-01T08:26:00Z", MORNING),
        ("2010-12-01 08:26:00 UTC", MORNING),
        ("2010-12-01 08:26:00.123456", MORNING),
        ("2010-12-01 04:26:00 -0400", MORNING),
        ("2010-12-01T09:26:00+01:00", MORNING),
        ("2010-12-01T08:26:00.000+00", MORNING),
        ("20101201082600", MORNING),
        ("1291191960", MORNING),
        ("1291191960.0", MORNING),
        ("1291191960000", MORNING),
        ("1291191960000000", MORNING),
        ("12/1/2010 8:26", MORNING),
        ("12/01/10 8:26 AM", MORNING),
        ("01.12.2010 08:26", MORNING),
        ("01.12.10", DAY),
        ("01-12-2010", DAY),
        ("01-12-10", DAY),
        ("1-Dec-2010", DAY),
        ("1 December 2010 08:26", MORNING),
        ("1. Dezember 2010", DAY),
        ("Dec 1, 2010", DAY),
        ("December 1st 2010 8:26 am", MORNING),
        ("Wed, 01 Dec 2010 08:26:00 GMT", MORNING),
        ("1 déc. 2010", DAY),
        ("1 de diciembre de 2010", DAY),
        ("12/1/2010 12:05 AM", datetime(2010, 12, 1, 0, 5, tzinfo=UTC)),
        ("12/1/2010 1:05 p.m.", datetime(2010, 12, 1, 13, 5, tzinfo=UTC)),
    ],
)
def test_dates_are_read_as_utc(text: str, expected: datetime) -> None:
    assert parsed(text) == [expected]


@pytest.mark.parametrize(
    "text", ["yesterday", "2010-02-30", "2010-13-01", "31.02.2010", "711", "32 Dec 2010", "12:30"]
)
def test_what_is_no_date_is_unreadable(text: str) -> None:
    dates = parse_dates(pl.Series([text]))
    assert (dates.unreadable.to_list(), dates.missing.to_list()) == ([True], [False])


@pytest.mark.parametrize("text", [None, "", "  ", "nan", "NULL"])
def test_blank_is_missing(text: str | None) -> None:
    dates = parse_dates(pl.Series([text], dtype=pl.String))
    assert (dates.unreadable.to_list(), dates.missing.to_list()) == ([False], [True])


@pytest.mark.parametrize("text", ["0000-00-00 00:00:00", "0000-00-00", "0"])
def test_zero_dates_are_long_ago(text: str) -> None:
    seconds = parse_dates(pl.Series([text])).seconds
    assert seconds.to_list()[0] < 0


def test_a_number_above_twelve_decides_for_the_column() -> None:
    assert parsed("3/4/2011", "13/4/2011")[0] == datetime(2011, 4, 3, tzinfo=UTC)
    assert parsed("3/4/2011", "4/13/2011")[0] == datetime(2011, 3, 4, tzinfo=UTC)
    assert parsed("3.4.2011", "4.13.2011")[0] == datetime(2011, 3, 4, tzinfo=UTC)


def test_undecided_slashes_are_american_and_said_to_be_undecided() -> None:
    dates = parse_dates(pl.Series(["3/4/2011", "1/2/2011"]))
    assert dates.order is DayMonthOrder.UNDECIDED
    assert parsed("3/4/2011") == [datetime(2011, 3, 4, tzinfo=UTC)]
    assert parsed("3.4.2011") == [datetime(2011, 4, 3, tzinfo=UTC)]


def test_equal_day_and_month_need_no_decision() -> None:
    assert parse_dates(pl.Series(["4/4/2011"])).order is DayMonthOrder.NOT_NEEDED


def test_date_format_overrides_recognition() -> None:
    assert parsed("3/4/2011", "2011-04-03", date_format="%d/%m/%Y") == [
        datetime(2011, 4, 3, tzinfo=UTC),
        None,
    ]
    assert parsed("2011|04|03 10:00", date_format="%Y|%m|%d %H:%M") == [datetime(2011, 4, 3, 10, tzinfo=UTC)]


def test_date_format_with_zone_is_brought_to_utc() -> None:
    assert parsed("1.12.2010 09:26 +0100", date_format="%d.%m.%Y %H:%M %z") == [MORNING]


def test_unusable_date_format_is_named() -> None:
    with pytest.raises(SettingsError, match=r"date_format '%Y %H' cannot be used: [^\n]*$"):
        parsed("2011 8", date_format="%Y %H")


@settings(deadline=None, max_examples=30)
@given(moment=st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2099, 1, 1)))  # noqa: DTZ001  naive is UTC
def test_every_notation_gives_the_same_moment(moment: datetime) -> None:
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    notations = ["%Y-%m-%d %H:%M:%S", "%Y/%m/%dT%H:%M:%S+00:00", "%d %B %Y %H:%M:%S", "%b %d, %Y %I:%M:%S %p"]
    assert [parsed(moment.strftime(notation)) for notation in notations] == [[moment]] * 4
