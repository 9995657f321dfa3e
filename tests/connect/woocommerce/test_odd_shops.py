"""What shops with other plug-ins answer: pages with gaps, failing entries, statuses that nothing knows, currencies."""

import pytest
from support.connected_shop import Connected

from recsvc.errors import PlatformAwayError
from recsvc.store.event import EventType


def ordered(connected: Connected, n_orders: int) -> list[int]:
    """Place orders an hour apart."""
    numbers = []
    for _ in range(n_orders):
        connected.shop.tick(hours=1)
        numbers.append(connected.shop.order(("A", 1)))
    return numbers


def test_a_page_with_gaps_is_not_the_last_one_and_what_is_missing_is_said(connected: Connected) -> None:
    shop = connected.shop
    numbers = ordered(connected, 130)
    products = [shop.product(f"P{number}")["id"] for number in range(130)]
    shop.unshown = {numbers[3], products[5]}
    report = connected.sync().backfill()
    assert len(connected.stored()) == 129
    assert connected.store.catalogue.get("P129") is not None
    assert [one.partition(":")[0] for one in report.problems] == [
        "the shop counts 130 products and showed 129", "the shop counts 130 orders and showed 129",
    ]  # fmt: skip


def test_an_order_that_the_shop_fails_to_show_does_not_keep_the_others(connected: Connected) -> None:
    shop = connected.shop
    numbers = ordered(connected, 30)
    products = [shop.product(f"P{number}")["id"] for number in range(3)]
    shop.broken = {numbers[20], products[1]}
    report = connected.sync().backfill()
    assert set(connected.stored()) == {(str(one), "A") for one in numbers if one != numbers[20]}
    assert connected.store.catalogue.get("P2") is not None
    (told,) = [one for one in report.problems if f"after /orders/{numbers[19]} is not read" in one]
    assert "500" in told
    shop.broken |= {numbers[5]}  # it was read before
    report = connected.sync().reconcile(days=60)
    assert (report.n_deleted, len(connected.stored())) == (0, 29)
    assert any(f"/orders/{numbers[5]} is not read" in one for one in report.problems)
    shop.broken = set(numbers)
    with pytest.raises(PlatformAwayError, match="500"):
        connected.sync().backfill()


def test_a_shop_that_is_away_for_a_moment_loses_no_order(connected: Connected) -> None:
    ordered(connected, 12)
    connected.shop.before = lambda path: (503, {}) if "orderby=date" in path else None
    with pytest.raises(PlatformAwayError, match="503"):
        connected.sync().backfill()
    assert connected.stored() == {}


def test_an_order_whose_status_no_list_has_stays_bought(connected: Connected) -> None:
    shop = connected.shop
    packed, gone = shop.order(("A", 1)), shop.order(("B", 1))
    connected.sync().backfill()
    shop.change(packed, status="packed", date_paid_gmt="2026-05-01T12:00:00")
    shop.unlisted = {"packed"}  # the plug-in that made the status is off
    shop.delete(gone, for_good=True)
    report = connected.sync().reconcile(days=60)
    assert connected.stored() == {(str(packed), "A"): 1}
    assert (report.n_deleted, dict(report.statuses)) == (1, {"packed": 1})


def test_prices_in_another_currency_than_the_shops_are_left_out_and_said(connected: Connected) -> None:
    shop = connected.shop
    shop.currency = "JPY"
    shop.order(("A", 1), currency="JPY")
    shop.order(("B", 1), currency="EUR")
    report = connected.sync().backfill()
    shop.order(("C", 1), currency="EUR")
    connected.deliver()
    events = connected.store.events.history_of("anna@shop.example", types=[EventType.PURCHASE])
    assert {one.item_id: one.unit_price for one in events} == {"A": 2.0, "B": None, "C": None}
    assert (report.currency, dict(report.currencies)) == ("JPY", {"EUR": 1})


@pytest.mark.parametrize("is_heard", [True, False])
def test_the_item_of_a_deleted_variation_stays_what_it_was(connected: Connected, is_heard: bool) -> None:
    shop = connected.shop
    number = shop.order(("S-RED", 1))
    line = shop.orders[number]["line_items"][0]
    line["variation_id"] = 900
    connected.sync().backfill()
    # WooCommerce then names the product alone, and its SKU.
    line |= {"variation_id": 0, "sku": "S"}
    shop.change(number, status="completed")
    if is_heard:
        connected.deliver()
    connected.sync().reconcile(days=60)
    assert connected.stored() == {(str(number), "S-RED"): 1}


def test_lines_that_name_nothing_and_orders_of_nobody_are_counted(connected: Connected) -> None:
    shop = connected.shop
    number = shop.order(("A", 1), ("", 1), billing={"email": "", "phone": ""})
    shop.orders[number]["line_items"][1] |= {"product_id": 0, "name": "", "sku": None}
    report = connected.sync().backfill()
    assert (report.n_nobody, report.n_unusable_lines) == (1, 1)
    assert connected.stored() == {(str(number), "A"): 1}


def test_an_order_that_was_made_anonymous_is_nobodys(connected: Connected) -> None:
    shop = connected.shop
    number = shop.order(("A", 1))
    connected.sync().backfill()
    shop.change(number, billing={"email": "deleted@site.invalid", "phone": "000-000-0000"})
    connected.deliver()
    assert connected.stored() == {(str(number), "A"): 1}
    assert connected.store.events.history_of("deleted@site.invalid") == []
    kinds = [str(one.type) for one in connected.store.events.history_of("anna@shop.example")]
    assert sorted(kinds) == ["purchase", "return"]
