from dataclasses import replace
from datetime import date, timedelta

import pytest

from training.gate.live import LiveReference
from training.gate.order_profile import OrderProfile
from training.gate.orders import check_orders_against
from training.gate.verdict import State
from training.settings import TrainingSettings

SETTINGS = TrainingSettings()
LAST = date(2026, 6, 30)  # a Tuesday


def days(n: int, *, through: date = LAST, orders: int = 30) -> dict[str, int]:
    return {(through - timedelta(days=age)).isoformat(): orders for age in reversed(range(n))}


BEFORE = OrderProfile(100, 50, 1000, 0.9, "2026-06-30T12:00:00+00:00", days(56))
LIVE = LiveReference(
    version="20260701",
    data_through=BEFORE.data_through,
    counts={"users": 100, "items": 50, "purchases": 1000},
    kept={"users": 1.0, "items": 1.0},
    orders=BEFORE,
    hyperparameters={},
    evaluation={},
)


def refused(orders: OrderProfile = BEFORE, live: LiveReference = LIVE) -> dict[str, str]:
    checks = check_orders_against(live, orders, SETTINGS)
    return {check.name: check.sentence for check in checks if check.state is State.FAILED}


def without(orders: OrderProfile = BEFORE, live: LiveReference = LIVE) -> list[str]:
    """Return the checks that do not apply."""
    checks = check_orders_against(live, orders, SETTINGS)
    return [check.name for check in checks if check.state is State.DOES_NOT_APPLY]


def test_the_same_orders_again_pass_and_have_no_new_day_to_look_at() -> None:
    assert refused() == {}
    assert without() == ["orders: new days"]


def test_a_day_can_only_be_missing_where_its_weekday_usually_has_orders() -> None:
    tomorrow = {"2026-07-01": 30}
    busy, quiet = (replace(BEFORE, orders_by_day=days(56, orders=orders) | tomorrow) for orders in (30, 5))
    assert without(busy) == []
    assert without(quiet, replace(LIVE, orders=replace(BEFORE, orders_by_day=days(56, orders=5)))) == [
        "orders: new days"
    ]


def test_where_the_live_versions_orders_had_no_prices_there_is_nothing_to_compare() -> None:
    assert "orders: prices" in without(live=replace(LIVE, orders=replace(BEFORE, priced_share=0.0)))


@pytest.mark.parametrize("name", ["users", "items"])
def test_half_of_the_ids_gone_is_refused(name: str) -> None:
    found = refused(live=replace(LIVE, kept={**LIVE.kept, name: 0.5}))
    assert list(found) == [f"orders: {name}"]
    assert "50.0%" in found[f"orders: {name}"]


def test_a_third_fewer_purchases_are_refused_and_a_quarter_fewer_are_not() -> None:
    assert list(refused(replace(BEFORE, purchases=660))) == ["orders: purchases"]
    assert refused(replace(BEFORE, purchases=750)) == {}


def test_an_older_export_is_refused() -> None:
    assert (
        "older export" in refused(replace(BEFORE, data_through="2026-06-29T12:00:00+00:00"))["orders: newest"]
    )


def test_orders_that_lost_their_dates_are_refused() -> None:
    found = refused(replace(BEFORE, data_through=None, orders_by_day={}))
    assert "date column" in found["orders: newest"]


def test_undated_orders_after_undated_orders_pass() -> None:
    undated = replace(BEFORE, data_through=None, orders_by_day={})
    live = replace(LIVE, data_through=None, orders=undated)
    assert refused(undated, live) == {}
    assert without(undated, live) == ["orders: newest", "orders: days that were there", "orders: new days"]


def test_prices_of_nothing_are_refused() -> None:
    assert "price column" in refused(replace(BEFORE, priced_share=0.0))["orders: prices"]


def test_a_day_that_the_live_version_knows_and_that_is_gone_is_refused_with_its_date() -> None:
    found = refused(replace(BEFORE, orders_by_day={**BEFORE.orders_by_day, "2026-06-20": 0}))
    assert "2026-06-20 has 0, it knows 30" in found["orders: days that were there"]


def test_a_new_day_without_orders_is_refused_where_its_weekday_has_many() -> None:
    later = days(57, through=LAST + timedelta(days=1)) | {"2026-07-01": 0}
    found = refused(replace(BEFORE, orders_by_day=later, data_through="2026-07-01T12:00:00+00:00"))
    assert "2026-07-01, a Wednesday; the Wednesdays before it had 30" in found["orders: new days"]


def test_a_weekday_on_which_the_shop_is_closed_may_be_empty() -> None:
    before = {day: 0 if date.fromisoformat(day).weekday() == 6 else n for day, n in days(56).items()}
    now = before | {"2026-07-05": 0} | {f"2026-07-0{day}": 30 for day in (1, 2, 3, 4, 6)}
    live = replace(LIVE, orders=replace(BEFORE, orders_by_day=before))
    orders = replace(BEFORE, orders_by_day=now, data_through="2026-07-06T12:00:00+00:00")
    assert refused(orders, live) == {}


def test_a_live_version_of_an_earlier_release_is_compared_in_what_it_says() -> None:
    assert refused(live=replace(LIVE, orders=None, counts={})) == {}
