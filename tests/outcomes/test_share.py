"""Which list an order belongs to, and what came back."""

import time
from typing import Any

from support.events import event

from recsvc.outcomes.recommendation_id import ListOrigin
from recsvc.outcomes.share import UNIT, Dimension, share_of
from recsvc.store.event import Event
from recsvc.store.outcome import MEASURES, Cell, Share

HOUR, DAY = 3600, 86_400
KINDS = (("als", "your_taste"), ("popular", "popular"))


def origin_of(name: str) -> ListOrigin | None:
    """Return a list of the placement that the id begins with."""
    placement, _, variant = name.partition("/")
    return None if placement == "unsigned" else ListOrigin(placement, variant, "v1", 0, KINDS)


def did(type: str, at: int, item_id: str = "tea", **fields: Any) -> Event:  # noqa: A002 - its name
    return event(item_id, at, type, **fields)


def bought(at: int, item_id: str = "tea", price: float = 2.5, **fields: Any) -> Event:
    return did("purchase", at, item_id, unit_price=price, **fields)


def share(*events: Event, beside: tuple[Event, ...] = ()) -> Share:
    return share_of(sorted(events, key=lambda one: one.occurred_at_us), beside, origin_of)


def of(found: Share, key: str = "", dimension: str = Dimension.TOTAL, day: int = 0) -> dict[str, float]:
    """Return what is not nothing of a row, in pieces and money."""
    figures = found.get(Cell(day, dimension, key), [0] * len(MEASURES))
    whole = {"impressions", "seen", "clicks", "carts", "orders", "seen_orders"}
    return {
        name: figure if name in whole else figure / UNIT
        for name, figure in zip(MEASURES, figures, strict=True)
        if figure
    }


SHOWN = did("impression", 0, recommendation_id="for_you", position=1)
SEEN = did("impression", 1, recommendation_id="for_you", position=1, seen=True)
CLICK = did("click", 10, recommendation_id="for_you", position=1)


def test_from_shown_to_bought() -> None:
    found = share(SHOWN, SEEN, CLICK, bought(20, quantity=2, order_id="o"))
    row = {"impressions": 1, "seen": 1, "clicks": 1, "orders": 1, "units": 2, "revenue": 5}
    assert of(found) == of(found, "for_you", "placement") == of(found, "1", "position") == row
    assert of(found, "als", "source") == of(found, "your_taste", "reason") == of(found, "tea", "item") == row
    assert of(found, "v1", "model_version") == row
    assert of(found, "", "variant") == {}
    assert of(found, "", "shop") == {"orders": 1, "units": 2, "revenue": 5}


def test_the_last_click_within_seven_days_has_the_order() -> None:
    other = did("click", 30, recommendation_id="discover")
    found = share(CLICK, other, bought(40))
    assert of(found, "discover", "placement") == {"clicks": 1, "orders": 1, "units": 1, "revenue": 2.5}
    assert of(found, "for_you", "placement") == {"clicks": 1}
    assert of(share(CLICK, bought(10 + 7 * DAY)), day=7)["orders"] == 1
    assert of(share(CLICK, bought(11 + 7 * DAY)), day=7) == {}
    assert "orders" not in of(share(CLICK, bought(9))), "a click after the order"
    assert "orders" not in of(share(CLICK, bought(40, "milk"))), "a click on something else"


def test_without_a_click_what_was_in_view_within_a_day_has_the_order_and_stands_apart() -> None:
    found = share(SEEN, bought(1 + 24 * HOUR))
    assert of(found, day=1) == {"seen_orders": 1, "seen_units": 1, "seen_revenue": 2.5}
    assert of(share(SEEN, bought(2 + 24 * HOUR)), day=1) == {}
    assert "seen_orders" not in of(share(SHOWN, bought(9))), "shown is not seen"
    assert "seen_orders" not in of(share(SEEN, CLICK, bought(20)))


def test_an_order_line_or_a_cart_that_names_its_list_needs_no_click() -> None:
    found = share(bought(5, recommendation_id="for_you", position=2))
    assert of(found, "popular", "source") == {"orders": 1, "units": 1, "revenue": 2.5}
    found = share(did("add_to_cart", 4, recommendation_id="for_you"), bought(5))
    assert of(found) == {"carts": 1, "orders": 1, "units": 1, "revenue": 2.5}
    assert of(share(CLICK, did("add_to_cart", 12))) == {"clicks": 1, "carts": 1}
    assert of(share(did("add_to_cart", 12), bought(13))) == {}


def test_each_item_of_a_list_counts_once() -> None:
    again = did("impression", 5, recommendation_id="for_you", position=1)
    other = did("impression", 5, recommendation_id="for_you/x:b", position=1)
    found = share(SHOWN, again, SEEN, CLICK, did("click", 12, recommendation_id="for_you"), other)
    assert of(found) == {"impressions": 2, "seen": 1, "clicks": 1}
    assert of(found, "x:b", "variant") == {"impressions": 1}


def test_a_position_that_one_event_told_holds_for_all_of_the_list() -> None:
    found = share(SHOWN, did("click", 12, recommendation_id="for_you"), bought(20))
    assert of(found, "1", "position") == {
        "impressions": 1,
        "clicks": 1,
        "orders": 1,
        "units": 1,
        "revenue": 2.5,
    }
    assert of(share(did("click", 12, recommendation_id="for_you")), "unknown", "position") == {"clicks": 1}


def test_what_came_back_is_taken_out_whenever_it_comes() -> None:
    line = bought(20, quantity=3, order_id="o")
    part = did("return", 40 * DAY, quantity=1, order_id="o")
    assert of(share(CLICK, line, part)) == {
        "clicks": 1, "orders": 1, "units": 2, "revenue": 5, "revenue_returned": 2.5,
    }  # fmt: skip
    whole = did("return", 40 * DAY, quantity=9, order_id="o")
    assert of(share(CLICK, line, whole)) == {"clicks": 1, "revenue_returned": 7.5}
    assert of(share(CLICK, line, whole), "", "shop") == {"revenue_returned": 7.5}
    assert of(share(CLICK, line, did("return", 5, quantity=3, order_id="o"))) == {
        "clicks": 1,
        "revenue_returned": 7.5,
    }
    assert of(share(CLICK, line, did("return", 30, quantity=3, order_id="p")))["units"] == 3, (
        "of another order"
    )


def test_a_return_without_an_order_is_of_the_newest_line_before() -> None:
    lines = [
        bought(20, price=2, order_id="a"),
        bought(30, price=4, order_id="b"),
        bought(50, price=8, order_id="c"),
    ]
    found = share(*lines, did("return", 40, quantity=2))
    assert of(found, "", "shop") == {"orders": 1, "units": 1, "revenue": 8, "revenue_returned": 6}
    partly = share(lines[1], did("return", 40, quantity=1, unit_price=3))
    assert of(partly, "", "shop") == {"revenue": 1, "revenue_returned": 3}, "a fee was kept"


def test_an_order_counts_once_in_each_row_and_on_one_day() -> None:
    clicks = [
        did("click", 1, item, recommendation_id=where) for item, where in (("a", "p"), ("b", "p"), ("c", "q"))
    ]
    lines = [
        bought(DAY - 1, "a", order_id="o"),
        bought(DAY + 1, "b", order_id="o"),
        bought(DAY + 1, "c", order_id="o"),
    ]
    found = share(*clicks, *lines)
    assert of(found) == {"clicks": 3, "orders": 1, "units": 3, "revenue": 7.5}
    assert of(found, "p", "placement") == {"clicks": 2, "orders": 1, "units": 2, "revenue": 5}
    assert of(found, "q", "placement")["orders"] == 1
    together = share(
        *(did("click", 1, one, recommendation_id="p") for one in "ab"), bought(9, "a"), bought(9, "b")
    )
    assert of(together)["orders"] == 1, "without an order_id, what was bought at one moment"


def test_what_a_guest_clicked_in_the_visit_leads_to_the_order_and_is_counted_with_the_guest() -> None:
    guest = did("click", 3, session_id="s", recommendation_id="for_you")
    found = share(bought(9, session_id="s", user_id="ada"), beside=(guest,))
    assert of(found) == {"orders": 1, "units": 1, "revenue": 2.5}
    assert of(share(guest)) == {"clicks": 1}


def test_lists_that_say_nothing_lead_to_nothing() -> None:
    unsigned = did("click", 3, recommendation_id="unsigned")
    assert of(share(unsigned, bought(9))) == {}


def test_sums_of_cents_are_exact() -> None:
    lines = [bought(20 + place, price=0.1, quantity=3, order_id=str(place)) for place in range(1000)]
    assert of(share(*lines), "", "shop")["revenue"] == 300


def test_no_amount_is_too_large_to_be_stored() -> None:
    lines = [bought(20 + place, price=1e12, quantity=1e9, order_id=str(place)) for place in range(10_000)]
    found = share(CLICK, *lines, bought(5, price=1e300, quantity=1e9), bought(6, price=-1e300, quantity=1e9))
    assert max(abs(figure) for figures in found.values() for figure in figures) < 2**63 / 1000


def test_many_orders_and_many_returns_of_one_shopper_take_no_time() -> None:
    lines = [bought(20 + place, f"i{place % 1000}", order_id=str(place)) for place in range(10_000)]
    back = [did("return", 20_000 + place, f"i{place % 1000}", order_id=str(place)) for place in range(10_000)]
    started = time.process_time()
    found = share(*lines, *back)
    assert of(found, "", "shop") == {"revenue_returned": 25_000}
    assert time.process_time() - started < 3
