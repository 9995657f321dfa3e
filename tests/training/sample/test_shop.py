"""The settings of a made-up shop refuse what cannot be made, and say what can."""

from datetime import date

import pytest

from recsvc.errors import SettingsError
from training.sample import SampleShop


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"users": 0}, r"^users must be 1\.\.5000000, got 0$"),
        ({"items": -3}, r"^items must be 1\.\.1000000, got -3$"),
        ({"order_lines": 0}, r"^order_lines must be 1\.\.200000000, got 0$"),
        ({"days": 6}, r"^days must be 7\.\.3650, got 6$"),
        ({"seed": -1}, r"^seed must be 0\.\.\d+, got -1$"),
        ({"users": 2.5}, r"^users must be 1\.\.5000000, got 2\.5$"),
        ({"users": True}, r"^users must be 1\.\.5000000, got True$"),
        ({"guest_share": 0.5}, r"^guest_share must be 0\.\.0\.3, got 0\.5$"),
        ({"return_share": float("nan")}, r"^return_share must be 0\.\.0\.3, got nan$"),
        ({"suffix": ".xlsx"}, r"^suffix must be one of \.csv, \.csv\.gz, \.parquet, got '\.xlsx'$"),
        ({"order_lines": 1999}, r"^order_lines must be 2000\.\.2000000 for 2000 users, .* got 1999$"),
        (
            {"users": 10, "items": 64, "days": 10},
            r"^order_lines must be 10\.\.100 for 10 users, .* got 40000$",
        ),
        ({"end": date(10, 1, 1)}, r"^end must be later, .* got 0010-01-01$"),
    ],
)
def test_a_bad_setting_is_refused_with_its_name_its_value_and_what_is_possible(setting, message):
    with pytest.raises(SettingsError, match=message):
        SampleShop(**setting)


def test_the_history_ends_on_its_last_day_and_is_as_long_as_asked():
    shop = SampleShop(days=30, end=date(2026, 6, 30))
    assert shop.start == date(2026, 6, 1)
    assert shop.weeks == 5
