from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import TypeAdapter, ValidationError

from recsvc.clock import Timestamp, now_us, to_text, to_us

MOMENT: TypeAdapter[datetime] = TypeAdapter(Timestamp)


def test_the_clock_counts_microseconds_since_1970() -> None:
    assert abs(to_us(datetime.now(UTC)) - now_us()) < 60_000_000


@pytest.mark.parametrize(
    ("text", "moment_us"),
    [("1970-01-01T00:00:00Z", 0), ("2026-05-01T12:30:00.5+02:00", 1_777_631_400_500_000)],
)
def test_a_moment_is_read_in_any_zone(text: str, moment_us: int) -> None:
    assert to_us(MOMENT.validate_python(text)) == moment_us


def test_a_moment_is_written_in_utc() -> None:
    noon = datetime(2026, 5, 1, 12, 0, 0, 1, tzinfo=timezone(timedelta(hours=2)))
    assert to_text(to_us(noon)) == "2026-05-01T10:00:00.000001Z"
    assert to_text(0) == "1970-01-01T00:00:00Z"


@pytest.mark.parametrize(
    "value", ["2026-05-01", "2026-05-01T12:30:00", "tomorrow", 5, "1969-12-31T23:59:59Z"]
)
def test_what_is_no_moment_with_a_zone_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        MOMENT.validate_python(value)
