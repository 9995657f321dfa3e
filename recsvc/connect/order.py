"""An order as a shop's own system has it, and the events that bring what is stored in line with it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from recsvc.identity.spelling import canonical_item_id
from recsvc.store.event import MAX_QUANTITY, Event, EventType

BOUGHT_AND_RETURNED = frozenset({EventType.PURCHASE, EventType.RETURN})
_LEAST = 1e-9
"""Pieces; a smaller difference is one of arithmetic."""

Whose: TypeAlias = tuple[str | None, str]
"""Whose purchase it is, and of which item."""


@dataclass(frozen=True)
class OrderLine:
    """A line of an order.

    Attributes:
        line_id: how the system calls it.
        item_id: the shop's id of the item.
        bought: pieces that were ordered, above 0.
        returned: pieces of these that came back, at most all.
        returned_at_us: when the last of them came back, in microseconds since 1970.
        unit_price: of one piece, or None.
        is_gone: whether the shop deleted the product or its variant, so that ``item_id`` may be another than it was.
        variation_id: how the system calls the variation that was ordered; empty where it names none.
    """

    line_id: str
    item_id: str
    bought: float
    returned: float = 0.0
    returned_at_us: int = 0
    unit_price: float | None = None
    is_gone: bool = False
    variation_id: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError where the pieces cannot be."""
        if not 0 < self.bought <= MAX_QUANTITY or not 0 <= self.returned <= self.bought:
            raise ValueError(f"a line of {self.bought} pieces cannot have {self.returned} returned")


@dataclass(frozen=True)
class PlatformOrder:
    """An order.

    Attributes:
        record_id: how the system calls it.
        order_id: how the shop and its exports call it.
        user_id: who ordered, in any spelling; None: nobody knows.
        ordered_at_us, modified_at_us: microseconds since 1970, UTC.
        is_bought: whether it counts as bought now: paid, and neither cancelled nor refunded as a whole.
        lines: what was ordered.
        refunds: what came back: refund -> line -> pieces; of refunds whose lines are known.
        unread_refunds: refunds of which only the number is known.
        n_unusable_lines: lines that are not among ``lines`` although something was ordered.
    """

    record_id: str
    order_id: str
    user_id: str | None
    ordered_at_us: int
    modified_at_us: int
    is_bought: bool
    lines: tuple[OrderLine, ...]
    refunds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    unread_refunds: tuple[str, ...] = ()
    n_unusable_lines: int = 0


def event_name(platform: str, record_id: str, line_id: str, number: int) -> str:
    """Return how the ``number``-th event of a line is called; 1 for the first."""
    return f"{platform}/{record_id}/{line_id}/{number}"


def events_for(
    platform: str,
    order: PlatformOrder,
    user_id: str | None,
    recorded: Mapping[str, Event],
    received_at_us: int,
) -> list[Event]:
    """Return the events that are missing in ``recorded``, so that it says what ``order`` says now.

    Events are never changed: what was bought and is no more is returned, and what became more is bought. The first
    purchase of a line has the time of the order; whatever follows has that of the change. Names of events are counted
    up for each line, so that of two writers who see the same state only one is believed.

    Args:
        platform: the shop's own system.
        order: as it is now.
        user_id: under whom events of its shopper are stored now; None for nobody.
        recorded: the events of the order that are stored, by their names.
        received_at_us: microseconds since 1970.
    """
    lines = {line.line_id: line for line in order.lines}
    of_line: defaultdict[str, list[Event]] = defaultdict(list)
    for name, event in recorded.items():
        of_line[name.split("/")[2]].append(event)
    found: list[Event] = []
    for line_id in {**lines, **of_line}:
        ledger = _Ledger(order, line_id, platform, of_line[line_id], received_at_us)
        found += ledger.settle(lines.get(line_id), user_id)
    return found


class _Ledger:
    """What is stored of one line, and what is added to it."""

    def __init__(
        self,
        order: PlatformOrder,
        line_id: str,
        platform: str,
        recorded: Iterable[Event],
        received_at_us: int,
    ) -> None:
        self._order, self._line_id, self._platform = order, line_id, platform
        self._received_at_us = received_at_us
        self._net: defaultdict[Whose, float] = defaultdict(float)
        self._number = 0
        self._prices: dict[Whose, float | None] = {}
        self.added: list[Event] = []
        for event in recorded:
            self._count(event)

    def settle(self, line: OrderLine | None, user_id: str | None) -> list[Event]:
        """Return what is missing so that ``line``, or nothing, is what is stored."""
        is_there = line is not None and self._order.is_bought
        wanted: Whose | None = None
        if line is not None:
            wanted = (user_id, self._item_of(line))
        for whose, pieces in list(self._net.items()):
            if pieces > _LEAST and (whose != wanted or not is_there):
                self._add(EventType.RETURN, whose, pieces, self._changed_at_us, self._prices.get(whose))
        if line is not None and is_there and wanted is not None:
            self._settle_line(line, wanted)
        return self.added

    def _item_of(self, line: OrderLine) -> str:
        """Return the item of a line; where its product was deleted, the one under which it is stored last."""
        if line.is_gone and self._net:
            left = [whose for whose, pieces in self._net.items() if pieces > _LEAST]
            return (left or list(self._net))[-1][1]
        return canonical_item_id(line.item_id)

    def _settle_line(self, line: OrderLine, whose: Whose) -> None:
        is_new = whose not in self._net
        if is_new:
            self._add(EventType.PURCHASE, whose, line.bought, self._order.ordered_at_us, line.unit_price)
        missing = line.bought - line.returned - self._net[whose]
        if missing > _LEAST:
            self._add(EventType.PURCHASE, whose, missing, self._changed_at_us, line.unit_price)
        elif missing < -_LEAST:
            at_us = max(line.returned_at_us, self._order.ordered_at_us) or self._changed_at_us
            self._add(EventType.RETURN, whose, -missing, at_us, line.unit_price)

    @property
    def _changed_at_us(self) -> int:
        """When the order changed; never before it was made."""
        return max(self._order.modified_at_us, self._order.ordered_at_us)

    def _add(self, kind: EventType, whose: Whose, pieces: float, at_us: int, price: float | None) -> None:
        user_id, item_id = whose
        event = Event(
            kind,
            item_id,
            occurred_at_us=at_us,
            received_at_us=self._received_at_us,
            user_id=user_id,
            quantity=pieces,
            unit_price=price,
            order_id=self._order.order_id,
            channel="web",
            event_id=event_name(self._platform, self._order.record_id, self._line_id, self._number + 1),
        )
        self.added.append(event)
        self._count(event)

    def _count(self, event: Event) -> None:
        whose = (event.user_id, event.item_id)
        self._net[whose] += event.quantity if event.type is EventType.PURCHASE else -event.quantity
        self._prices[whose] = event.unit_price
        self._number += 1
