"""What one shopper adds to the figures: each list's impressions, clicks, carts and orders, by day."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias, TypeVar

from recsvc.outcomes.recommendation_id import ListOrigin
from recsvc.store.event import DAY_US, Event, EventType
from recsvc.store.outcome import MEASURES, Cell, Share

HOUR_US = 3_600_000_000
UNIT = 10_000
"""Money and quantities are whole numbers of ten-thousandths, so that sums are exact and can be taken back."""

MAX_AMOUNT = 10**15
"""Of one order line, and of one row of a shopper, in ten-thousandths; some thousand shoppers of it fit into 64 bits."""

UNKNOWN = "unknown"

OUTCOME_TYPES = (
    EventType.IMPRESSION,
    EventType.CLICK,
    EventType.ADD_TO_CART,
    EventType.PURCHASE,
    EventType.RETURN,
)
"""The events that outcomes are made of."""


class Dimension(StrEnum):
    """What the figures are told apart by; ``shop`` is all orders, wherever they came from."""

    TOTAL = "total"
    PLACEMENT = "placement"
    POSITION = "position"
    SOURCE = "source"
    REASON = "reason"
    VARIANT = "variant"
    MODEL_VERSION = "model_version"
    ITEM = "item"
    SHOP = "shop"


_IMPRESSIONS, _SEEN, _CLICKS, _CARTS, _ORDERS = range(5)
_AFTER_SEEN = 4
"""So much further on stand the measures of orders that no click led to."""


@dataclass(frozen=True)
class Windows:
    """How long before an order line a click, or an impression that was in view, may have been."""

    click_us: int = 7 * DAY_US
    seen_us: int = 24 * HOUR_US


@dataclass(frozen=True)
class _Touch:
    """What a shopper did with an item of a list, and when."""

    at_us: int
    event: Event
    origin: ListOrigin


@dataclass
class _Line:
    """An order line: what of it was kept, and the list that it belongs to."""

    event: Event
    units: int
    revenue: int
    touch: _Touch | None
    is_clicked: bool
    returned: int = 0

    @property
    def order(self) -> tuple[str, str | int]:
        """Names the order; lines without an ``order_id`` that were bought at the same moment are one."""
        event = self.event
        return ("at", event.occurred_at_us) if event.order_id is None else ("id", event.order_id)


N = TypeVar("N", int, float)
OriginOf: TypeAlias = Callable[[str], ListOrigin | None]


def share_of(
    events: Sequence[Event], beside: Sequence[Event], origin_of: OriginOf, windows: Windows = Windows()
) -> Share:
    """Return what a shopper adds to the figures.

    An order line belongs to the last click on its item within ``windows.click_us``, else to the last impression of it
    that was in view within ``windows.seen_us``. An order line, or a cart, that names its list itself counts as a click.
    What came back is taken out of the line that it came from: that of the same order, else the newest one before.
    Impressions, clicks and carts count once for each item of a list, on their own day; order lines on the day of their
    order.

    Args:
        events: of the shopper, of ``OUTCOME_TYPES``, oldest first.
        beside: the same of guests in visits that the shopper made too: what they clicked there may lead to an order.
        origin_of: returns what made the list of an id, or None.
        windows: how far back is looked.
    """
    return _Shopper(origin_of, windows).share(events, beside)


def share_of_nobody(events: Sequence[Event]) -> Share:
    """Return what an order adds that names neither user nor session: to all orders of the shop, and to no list.

    What came back is taken out of the order where that is among ``events``, else on the day on which it came back.

    Args:
        events: purchases and returns of one order, oldest first.
    """
    share = share_of(events, (), lambda _recommendation_id: None)
    bought = {event.item_id for event in events if event.type is EventType.PURCHASE}
    for event in events:
        if event.type is EventType.RETURN and event.item_id not in bought:
            amount = _amount(event.quantity * (event.unit_price or 0.0))
            cell = Cell(event.occurred_at_us // DAY_US, Dimension.SHOP, "")
            figures = share.setdefault(cell, [0] * len(MEASURES))
            for place, change in enumerate((-_amount(event.quantity), -amount, amount), start=_ORDERS + 1):
                figures[place] = _bounded(figures[place] + change)
    return share


@dataclass
class _Shopper:
    """Goes through the events of one shopper."""

    origin_of: OriginOf
    windows: Windows
    _counted: set[tuple[int, str, str]] = field(default_factory=set)
    _positions: dict[tuple[str, str], int] = field(default_factory=dict)
    _share: Share = field(default_factory=lambda: defaultdict(lambda: [0] * len(MEASURES)))

    def share(self, events: Sequence[Event], beside: Sequence[Event]) -> Share:
        everything = sorted((*events, *beside), key=lambda event: event.occurred_at_us)
        for event in everything:
            if event.recommendation_id is not None and event.position is not None:
                self._positions.setdefault((event.recommendation_id, event.item_id), event.position)
        clicked, seen = self._touches(everything)
        for event in events:
            self._count(event, clicked)
        lines = [self._line(event, clicked, seen) for event in events if event.type is EventType.PURCHASE]
        _take_back(lines, [event for event in events if event.type is EventType.RETURN])
        self._add_orders(lines)
        return {cell: list(map(_bounded, figures)) for cell, figures in self._share.items() if any(figures)}

    def _touches(self, events: Iterable[Event]) -> tuple[dict[str, list[_Touch]], dict[str, list[_Touch]]]:
        """Return what may lead to an order, by item, oldest first: clicks, and impressions in view."""
        clicked, seen = defaultdict[str, list[_Touch]](list), defaultdict[str, list[_Touch]](list)
        for event in events:
            origin = self._origin(event)
            if origin is None:
                continue
            touch = _Touch(event.occurred_at_us, event, origin)
            if event.type in (EventType.CLICK, EventType.ADD_TO_CART):
                clicked[event.item_id].append(touch)
            elif event.seen:
                seen[event.item_id].append(touch)
        return clicked, seen

    def _origin(self, event: Event) -> ListOrigin | None:
        return None if event.recommendation_id is None else self.origin_of(event.recommendation_id)

    def _count(self, event: Event, clicked: dict[str, list[_Touch]]) -> None:
        origin = self._origin(event)
        touch = None if origin is None else _Touch(event.occurred_at_us, event, origin)
        if event.type is EventType.IMPRESSION and touch:
            self._count_once(_IMPRESSIONS, event, touch)
            if event.seen:
                self._count_once(_SEEN, event, touch)
        elif event.type is EventType.CLICK and touch:
            self._count_once(_CLICKS, event, touch)
        elif event.type is EventType.ADD_TO_CART:
            touch = touch or _last(clicked, event, self.windows.click_us)
            if touch:
                self._count_once(_CARTS, event, touch)

    def _count_once(self, measure: int, event: Event, touch: _Touch) -> None:
        name = measure, touch.event.recommendation_id or "", event.item_id
        if name not in self._counted:
            self._counted.add(name)
            for cell in self._cells(event.occurred_at_us // DAY_US, touch):
                self._share[cell][measure] += 1

    def _cells(self, day: int, touch: _Touch) -> list[Cell]:
        event, origin = touch.event, touch.origin
        position = self._positions.get((event.recommendation_id or "", event.item_id))
        source, reason = origin.kind_at(position)
        cells = [
            Cell(day, Dimension.TOTAL, ""),
            Cell(day, Dimension.PLACEMENT, origin.placement),
            Cell(day, Dimension.POSITION, UNKNOWN if position is None else str(position)),
            Cell(day, Dimension.SOURCE, source or UNKNOWN),
            Cell(day, Dimension.REASON, reason or UNKNOWN),
            Cell(day, Dimension.MODEL_VERSION, origin.model_version),
            Cell(day, Dimension.ITEM, event.item_id),
        ]
        return [*cells, Cell(day, Dimension.VARIANT, origin.variant)] if origin.variant else cells

    def _line(self, event: Event, clicked: dict[str, list[_Touch]], seen: dict[str, list[_Touch]]) -> _Line:
        origin = self._origin(event)
        touch = (
            _last(clicked, event, self.windows.click_us)
            if origin is None
            else _Touch(event.occurred_at_us, event, origin)
        )
        units, revenue = _amount(event.quantity), _amount(event.quantity * (event.unit_price or 0.0))
        if touch is not None:
            return _Line(event, units, revenue, touch, is_clicked=True)
        return _Line(event, units, revenue, _last(seen, event, self.windows.seen_us), is_clicked=False)

    def _add_orders(self, lines: Sequence[_Line]) -> None:
        began: dict[tuple[str, str | int], int] = {}
        for line in lines:
            began.setdefault(line.order, line.event.occurred_at_us // DAY_US)
        counted = set[tuple[int, Cell, tuple[str, str | int]]]()
        for line in lines:
            day = began[line.order]
            cells = [Cell(day, Dimension.SHOP, "")]
            self._add_line(line, cells, _ORDERS, counted)
            if line.touch is not None:
                first = _ORDERS if line.is_clicked else _ORDERS + _AFTER_SEEN
                self._add_line(line, self._cells(day, line.touch), first, counted)

    def _add_line(
        self,
        line: _Line,
        cells: Sequence[Cell],
        first: int,
        counted: set[tuple[int, Cell, tuple[str, str | int]]],
    ) -> None:
        for cell in cells:
            figures, name = self._share[cell], (first, cell, line.order)
            if line.units > 0 and name not in counted:
                counted.add(name)
                figures[first] += 1
            for place, amount in enumerate((line.units, line.revenue, line.returned), start=first + 1):
                figures[place] += amount


def _last(touches: dict[str, list[_Touch]], event: Event, window_us: int) -> _Touch | None:
    """Return the last touch of the item of ``event`` until then, or None where it was too long before."""
    of_item, at_us = touches.get(event.item_id, []), event.occurred_at_us
    place = bisect_right(of_item, at_us, key=lambda touch: touch.at_us)
    if not place or of_item[place - 1].at_us < at_us - window_us:
        return None
    return of_item[place - 1]


def _amount(value: float) -> int:
    return round(_bounded(value * UNIT))


def _bounded(amount: N) -> N:
    return min(max(amount, -MAX_AMOUNT), MAX_AMOUNT)


def _take_back(lines: Sequence[_Line], returns: Sequence[Event]) -> None:
    """Take what came back out of the lines that it came from; more than was bought is not taken."""
    by_item = defaultdict[str, list[_Line]](list)
    for line in lines:
        by_item[line.event.item_id].append(line)
    for event in returns:
        left = _amount(event.quantity)
        for line in _came_from(by_item.get(event.item_id, []), event):
            units = min(left, line.units)
            if not left:
                break
            if not units:
                continue
            price = event.unit_price if event.unit_price is not None else line.event.unit_price or 0.0
            amount = min(_amount(units / UNIT * price), line.revenue)
            line.units -= units
            line.revenue -= amount
            line.returned += amount
            left -= units


def _came_from(of_item: Sequence[_Line], event: Event) -> list[_Line]:
    """Return the lines of its item that a return may be of, likeliest first."""
    if event.order_id is not None:
        return [line for line in of_item if line.event.order_id == event.order_id]
    return [line for line in reversed(of_item) if line.event.occurred_at_us <= event.occurred_at_us]


def kept_lines(events: Iterable[Event]) -> list[tuple[Event, float]]:
    """Return the purchases of a shopper of which anything was kept, each with what it earned net of what came back."""
    found = list(events)
    lines = [
        _Line(
            event,
            _amount(event.quantity),
            _amount(event.quantity * (event.unit_price or 0.0)),
            None,
            is_clicked=False,
        )
        for event in found
        if event.type is EventType.PURCHASE
    ]
    _take_back(lines, [event for event in found if event.type is EventType.RETURN])
    return [(line.event, line.revenue / UNIT) for line in lines if line.units > 0]
