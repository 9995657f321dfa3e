from recsvc.connect.order import OrderLine, PlatformOrder, events_for
from recsvc.connect.refund import Refund, refunded_order
from recsvc.store.event import Event
from recsvc.store.platform_records import PlatformRecord

DAY = 86_400_000_000


def order(*lines: OrderLine) -> PlatformOrder:
    return PlatformOrder("7", "#7", "ada", DAY, DAY, is_bought=True, lines=lines)


def recorded(*orders: PlatformOrder) -> dict[str, Event]:
    found: dict[str, Event] = {}
    for one in orders:
        found |= {str(event.event_id): event for event in events_for("shop", one, "ada", found, 1)}
    return found


def known(**refunds: dict[str, float]) -> PlatformRecord:
    return PlatformRecord("shop", "order", "7", DAY, DAY, {"order_id": "#7", "refunds": refunds})


def left(record: PlatformRecord, events: dict[str, Event], pieces: dict[str, float]) -> dict[str, float]:
    found = refunded_order(record, events, Refund("r", pieces, 3 * DAY))
    return {} if found is None else {one.line_id: one.bought - one.returned for one in found.lines}


def test_a_refund_takes_its_pieces_from_what_is_left_and_leaves_other_lines() -> None:
    events = recorded(order(OrderLine("1", "tea", 5), OrderLine("2", "pot", 1)))
    assert left(known(), events, {"1": 2}) == {"1": 3, "2": 1}
    after = refunded_order(known(), events, Refund("r", {"1": 2}, 3 * DAY))
    assert after is not None
    added = events_for("shop", after, "ada", events, 1)
    assert [(one.item_id, str(one.type), one.quantity, one.occurred_at_us) for one in added] == [
        ("tea", "return", 2, 3 * DAY)
    ]


def test_what_the_order_took_back_already_is_not_taken_back_twice() -> None:
    events = recorded(order(OrderLine("1", "tea", 5)), order(OrderLine("1", "tea", 5, returned=2)))
    assert left(known(), events, {"1": 2}) == {"1": 3}
    assert left(known(r1={"1": 2}), events, {"1": 1}) == {"1": 2}


def test_what_an_edit_took_out_does_not_come_back_by_a_refund() -> None:
    events = recorded(order(OrderLine("1", "tea", 5)), order(OrderLine("1", "tea", 5, returned=4)))
    assert left(known(), events, {"1": 1}) == {"1": 1}


def test_an_order_of_which_nothing_is_left_has_nothing_to_give_back() -> None:
    events = recorded(order(OrderLine("1", "tea", 2)), order(OrderLine("1", "tea", 2, returned=2)))
    assert left(known(), events, {"1": 2}) == {}
    assert left(known(), {}, {"1": 2}) == {}
