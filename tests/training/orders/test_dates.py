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
        ("2010-12-01 09:26:00 Europe/Berlin", MORNING),
        ("2010-12-01T03:26:00.000[America/New_York]", MORNING),
        ("2010-12-01T09:26:00+01:00[Europe/Berlin]", MORNING),
        ("2010-12-01 08:26:00 Nowhere/Berlin", None),
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
    ("text", "expected"),
    [
        ("1. Dezember 2010 um 09:26:00 MEZ", MORNING),
        ("01/Dec/2010:08:26:00 +0000", MORNING),
        ("Dec/01/2010 08:26", MORNING),
        ("Dec-01-10", DAY),
        ("Dec-01-10 08:26:00", MORNING),
        ("2010-12-01_08:26:00", MORNING),
        ("01.12.2010 08:26 Uhr", MORNING),
        ("01.12.2010, 08.26 Uhr", MORNING),
        ("Mi., 01.12.2010", DAY),
        ("1. Jänner 2011", datetime(2011, 1, 1, tzinfo=UTC)),
        ("1 dicembre 2010 alle ore 08:26", MORNING),
        ("1 gennaio 2011", datetime(2011, 1, 1, tzinfo=UTC)),
        ("3 maggio 2011", datetime(2011, 5, 3, tzinfo=UTC)),
        ("1 december 2010 om 08:26 uur", MORNING),
        ("3 maart 2011", datetime(2011, 3, 3, tzinfo=UTC)),
        ("3 mrt. 2011", datetime(2011, 3, 3, tzinfo=UTC)),
        ("1er décembre 2010 à 8h26", MORNING),
        ("mercredi 1 décembre 2010 08:26", MORNING),
        ("3 août 2011", datetime(2011, 8, 3, tzinfo=UTC)),
        ("1 de diciembre de 2010 a las 08:26 h", MORNING),
        ("1 de dezembro de 2010 às 08:26", MORNING),
        ("1 de enero del 2011", datetime(2011, 1, 1, tzinfo=UTC)),
        ("1. joulukuuta 2010 klo 8.26", MORNING),
        ("3. marraskuuta 2011", datetime(2011, 11, 3, tzinfo=UTC)),
        ("3. maaliskuuta 2011", datetime(2011, 3, 3, tzinfo=UTC)),
        ("1 december 2010 kl. 08:26", MORNING),
        ("3 maj 2011", datetime(2011, 5, 3, tzinfo=UTC)),
        ("1 grudnia 2010, 08:26", MORNING),
        ("1 декабря 2010 г., 08:26", MORNING),  # noqa: RUF001  Russian for year
        ("3 července 2011", datetime(2011, 7, 3, tzinfo=UTC)),
        ("3 června 2011", datetime(2011, 6, 3, tzinfo=UTC)),
        ("2010. december 1. 08:26", MORNING),
        ("1. 12. 2010 8:26", MORNING),
        ("2010年12月1日", DAY),
        ("2010年12月1日 8时26分", MORNING),
        ("2010年12月01日 上午8:26:00", MORNING),
        ("2010/12/01(水) 08:26", MORNING),
        ("2010년 12월 1일 오전 8:26", MORNING),
        ("2010. 12. 1. 오전 8:26:00", MORNING),
        ("20101201T082600", MORNING),
        ("20101201T0826Z", MORNING),
        ("20101201T092600+0100", MORNING),
        ("20101201 08:26:00", MORNING),
        ("201012010826", MORNING),
        ("01-12-2010T08:26:00", MORNING),
        ("01-12-2010 08.26.00", MORNING),
        ("/Date(1291191960000)/", MORNING),
        ("/Date(1291191960000+0100)/", MORNING),
        ("1291191960,000000", MORNING),
        ("1291191960.123456", MORNING),
        ("1291191960000.0", MORNING),
        ("1.29119196E+12", MORNING),
        ("1,29119196E+12", MORNING),
        ("1291191960000000000", MORNING),
        ("40513", DAY),
        ("40513.0", DAY),
        ("40513.351388889", MORNING),
        ("40513,351388889", MORNING),
        ("2010-W48-3", DAY),
        ("2010W483", DAY),
        ("2010-W48", datetime(2010, 11, 29, tzinfo=UTC)),
        ("2010-W48-3T08:26:00Z", MORNING),
        ("2010-335", DAY),
        ("Wed Dec 01 2010 09:26:00 GMT+0100 (Central European Standard Time)", MORNING),
        ("Wed Dec 01 2010", DAY),
        ("Wed Dec  1 08:26:00 UTC 2010", MORNING),
        ("Wed Dec 01 10:26:00 CEST 2010", MORNING),
        ("Wed Dec 01 08:26:00 +0000 2010", MORNING),
        ("01-DEC-10 08.26.00.000000 AM", MORNING),
        ("01-DEC-10 08.26.00.000000 AM +00:00", MORNING),
        ("12/1/2010, 8:26:00\u202fAM", MORNING),
        ("2010-12-01T09:26:00+01:00[Europe/Berlin]", MORNING),
        ("2010-12-01 08:26:00.0000000", MORNING),
        ("2010-12-01 08:26:00.0000000 +00:00", MORNING),
        ("Dec  1 2010 08:26AM", MORNING),
        ("01 Dec 2010 08:26:00:123", MORNING),
        ("Dec 1, 2010 at 8:26 AM", MORNING),
        ("December 1, 2010 at 12:26:00 AM PST", MORNING),
        ("Dec 1, 2010 1:26:00 AM PDT", MORNING),
        ("2010-12-01 09:26:00 CET", MORNING),
        ("2010-12-01 13:56:00 IST", MORNING),
        ("1/12/2010, 8:26:00 p. m.", datetime(2010, 1, 12, 20, 26, tzinfo=UTC)),
        ("12/1/10 8:26 AM", MORNING),
        ("2010-Dec-01 08:26", MORNING),
        ("08:26 01.12.2010", MORNING),
        ("1 Dec 2010 · 08:26", MORNING),
        ("Thu 12/1/2010", DAY),
        ("Dec-01-2010", DAY),
        ("Dec 1, 10", DAY),
        ("01DEC2010:08:26:00", MORNING),
        ("2010-12-01-08.26.00.000000", MORNING),
        ("2010-12-01 10:26:00 GMT+2", MORNING),
        ("２０１０年１２月１日", DAY),
        ("٢٠١٠-١٢-٠١", DAY),  # noqa: RUF001  Arabic digits
        ("'2010-12-01", DAY),
        ('ISODate("2010-12-01T08:26:00Z")', MORNING),
    ],
)
def test_notations_of_programs_and_countries_are_read(text: str, expected: datetime) -> None:
    assert parsed(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "1.291E+12",
        "1E12",
        "12345",
        "99999",
        "2010-W54-1",
        "2010-366",
        "1 foo 2010",
        "\U000104a2\U000104a010-12-01",
    ],
)
def test_what_only_looks_like_a_notation_is_unreadable(text: str) -> None:
    assert parsed(text) == [None]


def test_two_digits_of_the_year_may_come_first() -> None:
    texts = [f"26-07-{day:02}" for day in range(1, 29)]
    assert parsed(*texts) == [datetime(2026, 7, day, tzinfo=UTC) for day in range(1, 29)]


def test_the_run_of_the_rows_tells_the_day_from_the_month() -> None:
    days = [datetime(2011, month, day, tzinfo=UTC) for month in range(1, 7) for day in (2, 5, 9, 11)]
    for notation in ("%d/%m/%Y", "%m/%d/%Y"):
        dates = parse_dates(pl.Series([day.strftime(notation) for day in days]))
        assert dates.undecided == ()
        assert [datetime.fromtimestamp(second, UTC) for second in dates.seconds] == days
        back = parse_dates(pl.Series([day.strftime(notation) for day in reversed(days)]))
        assert back.seconds.to_list() == dates.seconds.to_list()[::-1]


def test_rows_in_no_order_tell_nothing() -> None:
    texts = [f"{first}/{second}/2011" for first in (7, 3, 11, 2) for second in (5, 1, 9, 4)]
    dates = parse_dates(pl.Series(texts))
    assert (dates.order, sorted(dates.undecided)) == (DayMonthOrder.UNDECIDED, sorted(texts))


def test_as_many_days_as_months_above_twelve_decide_nothing() -> None:
    dates = parse_dates(pl.Series(["13/4/2011", "4/13/2011", "3/4/2011"]))
    assert dates.order is DayMonthOrder.UNDECIDED


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
