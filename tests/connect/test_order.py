from collections.abc import Mapping

from recsvc.connect.order import OrderLine, PlatformOrder, events_for
from recsvc.store.event import Event

DAY = 86_400_000_000


def order(*lines: OrderLine, modified: int = 1, is_bought: bool = True) -> PlatformOrder:
    return PlatformOrder("7", "7", "ada", DAY, modified * DAY, is_bought, lines)


def told(events: list[Event]) -> list[tuple[str, str | None, str, float, int]]:
    return [(str(e.type), e.user_id, e.item_id, e.quantity, e.occurred_at_us // DAY) for e in events]


def by_name(*events: Event) -> Mapping[str, Event]:
    return {str(event.event_id): event for event in events}


def settled(one: PlatformOrder, recorded: Mapping[str, Event] = {}, user: str | None = "ada") -> list[Event]:
    return events_for("woocommerce", one, user, recorded, 9 * DAY)


def test_an_order_is_bought_once_and_what_came_back_is_returned() -> None:
    line = OrderLine("1", "tea", 3, returned=1, returned_at_us=4 * DAY)
    events = settled(order(line))
    assert told(events) == [("purchase", "ada", "tea", 3, 1), ("return", "ada", "tea", 1, 4)]
    assert [event.event_id for event in events] == ["woocommerce/7/1/1", "woocommerce/7/1/2"]
    assert settled(order(line), by_name(*events)) == []


def test_a_cancelled_order_is_returned_and_bought_again_when_it_is_paid_after_all() -> None:
    events = settled(order(OrderLine("1", "tea", 3)))
    events += settled(order(OrderLine("1", "tea", 3), modified=5, is_bought=False), by_name(*events))
    events += settled(order(OrderLine("1", "tea", 3), modified=6), by_name(*events))
    assert told(events)[1:] == [("return", "ada", "tea", 3, 5), ("purchase", "ada", "tea", 3, 6)]


def test_an_order_never_bought_says_nothing() -> None:
    assert settled(order(OrderLine("1", "tea", 3), is_bought=False)) == []


def test_a_line_that_was_taken_out_is_returned_and_a_larger_one_bought() -> None:
    events = settled(order(OrderLine("1", "tea", 3), OrderLine("2", "pot", 1)))
    later = settled(order(OrderLine("1", "tea", 5), modified=3), by_name(*events))
    assert told(later) == [("purchase", "ada", "tea", 2, 3), ("return", "ada", "pot", 1, 3)]


def test_an_order_that_moves_to_an_account_is_that_shoppers_alone() -> None:
    events = settled(order(OrderLine("1", "tea", 3)))
    later = settled(order(OrderLine("1", "tea", 3), modified=3), by_name(*events), user="bob")
    assert told(later) == [("return", "ada", "tea", 3, 3), ("purchase", "bob", "tea", 3, 1)]


def test_a_deleted_product_stays_the_item_as_which_it_was_bought() -> None:
    events = settled(order(OrderLine("1", "tea", 3)))
    assert settled(order(OrderLine("1", "812", 3, is_gone=True), modified=3), by_name(*events)) == []
    events += settled(order(OrderLine("1", "green tea", 3), modified=4), by_name(*events))
    assert settled(order(OrderLine("1", "812", 3, is_gone=True), modified=5), by_name(*events)) == []
