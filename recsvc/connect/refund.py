"""A refund that a shop's own system tells of by itself, without the order that it is of."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from recsvc.connect.order import OrderLine, PlatformOrder, Whose
from recsvc.store.event import Event, EventType
from recsvc.store.platform_records import PlatformRecord


@dataclass(frozen=True)
class Refund:
    """What came back.

    Attributes:
        refund_id: how the system calls it.
        pieces: line -> pieces.
        at_us: when, in microseconds since 1970.
    """

    refund_id: str
    pieces: Mapping[str, float]
    at_us: int


def refunded_order(
    known: PlatformRecord, recorded: Mapping[str, Event], refund: Refund
) -> PlatformOrder | None:
    """Return an order as its stored events have it, less ``refund``; None where nothing of it is left to come back.

    Args:
        known: what is remembered of the order.
        recorded: its stored events, by their names.
        refund: is not among the refunds that ``known`` has.
    """
    of_line: defaultdict[str, list[Event]] = defaultdict(list)
    for name, event in recorded.items():
        of_line[name.split("/")[2]].append(event)
    open_lines = {
        line_id: found for line_id, events in of_line.items() if (found := _open(events)) is not None
    }
    owners = {user_id for user_id, _ in (whose for whose, _ in open_lines.values())}
    if len(owners) != 1:  # nothing is left, or it is just moving from one shopper to another
        return None
    before: defaultdict[str, float] = defaultdict(float)
    for pieces in known.body["refunds"].values():
        for line_id, n_pieces in pieces.items():
            before[line_id] += n_pieces
    lines = []
    for line_id, (whose, left) in open_lines.items():
        bought, price = _bought(of_line[line_id], whose)
        # Others may have taken the same refund back already, with the order: what is left is never made more.
        kept = min(left, max(0.0, bought - before[line_id] - refund.pieces.get(line_id, 0.0)))
        lines.append(OrderLine(line_id, whose[1], bought, bought - kept, refund.at_us, price))
    return PlatformOrder(
        known.record_id,
        known.body["order_id"],
        owners.pop(),
        known.created_at_us,
        max(known.modified_at_us, refund.at_us),
        is_bought=True,
        lines=tuple(lines),
    )


def _open(events: Iterable[Event]) -> tuple[Whose, float] | None:
    """Return whose purchase a line is and how many pieces are left of it; None where none are."""
    net: defaultdict[Whose, float] = defaultdict(float)
    for event in events:
        sign = 1 if event.type is EventType.PURCHASE else -1
        net[event.user_id, event.item_id] += sign * event.quantity
    return next(((whose, left) for whose, left in net.items() if left > 0), None)


def _bought(events: Iterable[Event], whose: Whose) -> tuple[float, float | None]:
    """Return how many pieces were bought, and for how much each."""
    found = [e for e in events if e.type is EventType.PURCHASE and (e.user_id, e.item_id) == whose]
    return sum(event.quantity for event in found), found[0].unit_price
