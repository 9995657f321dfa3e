"""Clocks that disagree."""

from datetime import timedelta

import pytest


def test_files_with_the_same_day_five_hours_apart_are_in_two_time_zones(shop, examined) -> None:
    here = shop.history()
    shop.last_day -= timedelta(days=84)
    finding = examined(here, shop.history(first_hour=14))["mixed_time_zones"]
    assert finding.examples == ("b.csv: +5 hours",)


def test_files_with_the_same_hours_are_in_one_time_zone(shop, examined) -> None:
    here = shop.history()
    shop.last_day -= timedelta(days=84)
    assert "mixed_time_zones" not in examined(here, shop.history())


def test_an_hour_between_summer_and_winter_is_daylight_saving(shop, examined) -> None:
    summer = shop.history()
    shop.last_day -= timedelta(days=210)
    assert "mixed_time_zones" not in examined(summer, shop.history(first_hour=10))


def test_an_hour_within_one_summer_is_another_time_zone(shop, examined) -> None:
    summer = shop.history()
    shop.last_day -= timedelta(days=84)
    assert "mixed_time_zones" in examined(summer, shop.history(first_hour=10))


def test_a_till_and_a_web_shop_keep_hours_of_their_own(shop, examined) -> None:
    web, till = shop.history(a_day=14), shop.history(a_day=4, first_hour=18)
    assert "mixed_time_zones" not in examined(web, till)


@pytest.mark.parametrize("zone", ["Z", "+02:00", "+0200", " UTC"])
def test_dates_with_and_without_a_zone_are_named(shop, examined, zone: str) -> None:
    rows = shop.history()
    mixed = [{**row, "ordered_at": row["ordered_at"] + zone} if n < 10 else row for n, row in enumerate(rows)]
    finding = examined(mixed)["mixed_offsets"]
    assert finding.sentence.startswith("10 dates (0.6%) name a time zone and 1,670 do not")
    assert finding.examples == ("a.csv row 2", "a.csv row 3", "a.csv row 4")


def test_dates_that_all_have_a_zone_are_no_finding(shop, examined) -> None:
    rows = [
        {**row, "ordered_at": row["ordered_at"] + ("+02:00" if n % 2 else "+01:00")}
        for n, row in enumerate(shop.history())
    ]
    assert "mixed_offsets" not in examined(rows)


def test_days_beside_times_are_no_zones(shop, examined) -> None:
    rows = [
        {**row, "ordered_at": row["ordered_at"][:10]} if n < 10 else row
        for n, row in enumerate(shop.history())
    ]
    assert "mixed_offsets" not in examined(rows)


def test_days_without_times_are_a_note(shop, examined) -> None:
    rows = [{**row, "ordered_at": row["ordered_at"][:10]} for row in shop.history()]
    assert examined(rows)["days_without_times"].severity == "note"
    assert "days_without_times" not in examined(shop.history())


@pytest.mark.parametrize("times", [("22:00:00",), ("22:00:00", "23:00:00")])
def test_days_that_became_evenings_in_utc_are_a_warning(shop, examined, times: tuple[str, ...]) -> None:
    rows = [
        {**row, "ordered_at": f"{row['ordered_at'][:10]} {times[n // 800 % len(times)]}"}
        for n, row in enumerate(shop.history())
    ]
    finding = examined(rows)["moved_midnights"]
    assert " and ".join(time[:5] for time in times) in finding.sentence


def test_a_shop_that_books_everything_in_two_distant_hours_is_not_moved(shop, examined) -> None:
    rows = [
        {**row, "ordered_at": row["ordered_at"][:10] + (" 09:00:00", " 17:00:00")[n // 800 % 2]}
        for n, row in enumerate(shop.history())
    ]
    assert "moved_midnights" not in examined(rows)
