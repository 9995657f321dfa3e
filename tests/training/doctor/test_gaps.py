"""Time in which nothing was sold."""

from datetime import timedelta

import pytest


def without(rows, *days: str):
    return [row for row in rows if row["ordered_at"][:10] not in days]


def test_a_week_without_orders_is_a_warning(shop, examined) -> None:
    days = [shop.day(n) for n in range(30, 37)]
    finding = examined(without(shop.history(), *days))["missing_days"]
    assert finding.examples == (f"{days[-1]} to {days[0]}: about 70 orders expected",)
    assert finding.severity == "warning"


def test_a_month_without_orders_is_a_missing_month(shop, examined) -> None:
    rows = without(shop.history(days=150), *(shop.day(n) for n in range(40, 71)))
    found = examined(rows)
    assert "31 days in 1 stretch of a month" in found["missing_months"].sentence
    assert "missing_days" not in found


def test_one_day_without_orders_is_a_note(shop, examined) -> None:
    found = examined(without(shop.history(a_day=14), shop.day(30)))
    assert found["silent_days"].examples == ("2025-08-31: about 14 orders expected",)
    assert found["silent_days"].severity == "note"
    assert "missing_days" not in found


def test_a_day_lost_in_the_last_week_is_found(shop, examined) -> None:
    assert (
        examined(without(shop.history(a_day=14), shop.day(3)))["silent_days"]
        .examples[0]
        .startswith("2025-09-27:")
    )


def test_many_single_days_without_orders_are_a_warning(shop, examined) -> None:
    rows = without(shop.history(a_day=14), *(shop.day(n) for n in range(14, 70, 5)))
    assert examined(rows)["silent_days"].severity == "warning"


def test_closed_weekdays_are_no_gap(shop, examined) -> None:
    assert examined(without(shop.history(), *(shop.day(n) for n in range(2, 84, 7)))) == {}


def test_quiet_days_of_a_small_shop_are_no_gap(shop, examined) -> None:
    rows = without(shop.history(a_day=1, days=200), *(shop.day(n) for n in (50, 51, 90, 120, 121)))
    assert not {"silent_days", "missing_days"} & examined(rows).keys()


def test_a_closure_at_christmas_is_a_note(shop, examined) -> None:
    shop.last_day += timedelta(days=150)
    rows = [
        row for row in shop.history(days=130) if not "2025-12-24" <= row["ordered_at"][:10] <= "2026-01-03"
    ]
    found = examined(rows, now=shop.now + timedelta(days=150))
    assert found["silent_days"].examples == ("2025-12-24 to 2026-01-03: about 110 orders expected",)
    assert "missing_days" not in found


def test_one_stray_order_years_before_is_no_missing_month(shop, examined) -> None:
    stray = shop.order(9000, "C00001", shop.last_day - timedelta(days=2000), [1, 2])
    assert "missing_months" not in examined(stray + shop.history())


def test_a_last_day_that_is_cut_off_is_named_with_its_time(shop, examined) -> None:
    whole = shop.history(a_day=14)
    cut = [row for row in whole if row["ordered_at"] <= f"{shop.day(0)} 10:00:00"]
    sentence = examined(cut)["short_last_day"].sentence
    assert sentence.startswith(
        "The last day, 2025-09-30, ends at 10:00, where the same weekday lately brought about 12"
    )
    assert "short_last_day" not in examined(whole)


def test_a_last_day_that_is_cut_off_is_seen_without_times(shop, examined) -> None:
    whole = [{**row, "ordered_at": row["ordered_at"][:10]} for row in shop.history(a_day=14)]
    assert "is short" in examined(whole[:-24])["short_last_day"].sentence
    assert "short_last_day" not in examined(whole)


@pytest.mark.parametrize(("days_later", "severity"), [(0, None), (10, "note"), (100, "warning")])
def test_a_history_that_ends_long_ago_is_stale(shop, examined, days_later: int, severity: str | None) -> None:
    found = examined(shop.history(), now=shop.now + timedelta(days=days_later))
    assert (found["stale_history"].severity if severity else None) == severity
    assert severity or "stale_history" not in found
