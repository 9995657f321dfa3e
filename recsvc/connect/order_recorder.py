"""Brings the events of the store in line with orders of a shop's own system."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from recsvc.connect.order import PlatformOrder, events_for
from recsvc.connect.recorded_events import recorded_events
from recsvc.connect.refund import Refund, refunded_order
from recsvc.errors import ConflictError
from recsvc.identity.nobody import BY_NAME, Guests
from recsvc.store.event import Appended, Event
from recsvc.store.platform_records import PlatformRecord
from recsvc.store.store import Store

_ATTEMPTS = 5
_EVENTS_AT_ONCE = 5_000


@dataclass(frozen=True)
class Recorded:
    """What became of orders.

    Attributes:
        n_orders: that were looked at.
        n_events: purchases and returns that were stored.
        n_old: orders of which something newer was known.
        n_erased: events of shoppers who were erased; these are not stored.
    """

    n_orders: int = 0
    n_events: int = 0
    n_old: int = 0
    n_erased: int = 0

    def __add__(self, other: "Recorded") -> "Recorded":
        return Recorded(
            *(one + more for one, more in zip(vars(self).values(), vars(other).values(), strict=True))
        )


@dataclass(frozen=True)
class OrderRecorder:
    """Stores orders of one platform; the same orders again, and older states of them, change nothing.

    Attributes:
        platform: the shop's own system.
        store: where events and records are kept.
        append: stores events, as ``EventLog.append`` does.
        guests: returns who is nobody.
        clock: returns the time, in microseconds since 1970.
    """

    platform: str
    store: Store
    append: Callable[[Sequence[Event]], Appended]
    clock: Callable[[], int]
    guests: Callable[[], Guests] = lambda: BY_NAME

    def record(
        self, orders: Sequence[PlatformOrder], *, is_whole: bool, is_restored: bool = False
    ) -> Recorded:
        """Store what ``orders`` say now.

        Args:
            orders: of different ids.
            is_whole: whether their refunds are all there are, as the interface says; a webhook may know fewer.
            is_restored: whether they were deleted and are there again.

        Raises StoreError; ConflictError where others change the same orders all the time.
        """
        known = self.store.platform.get_many(self.platform, "order", [one.record_id for one in orders])
        is_there = is_whole or is_restored
        fresh = [one for one in orders if not _is_old(one, known.get(one.record_id), is_there=is_there)]
        fresh = [_with_refunds(one, known.get(one.record_id), is_whole=is_whole) for one in fresh]
        n_events, n_erased = self._settle(fresh)
        self.store.platform.put([self._record_of(one, known.get(one.record_id)) for one in fresh])
        return Recorded(len(orders), n_events, len(orders) - len(fresh), n_erased)

    def delete(self, record_ids: Collection[str], deleted_at_us: int = 0) -> Recorded:
        """Take back what is stored of orders that the shop deleted.

        Where ``deleted_at_us`` says when that was, in microseconds since 1970, what is told of before, also of orders
        that are not known yet, changes nothing any more.
        """
        known = self.store.platform.get_many(self.platform, "order", record_ids)
        there = {name: one for name, one in known.items() if not one.body.get("deleted")}
        at_us = deleted_at_us or self.clock()
        gone = [
            PlatformOrder(
                name, one.body["order_id"], None, one.created_at_us, at_us, is_bought=False, lines=()
            )
            for name, one in there.items()
        ]
        n_events, n_erased = self._settle(gone)
        deleted = [
            replace(
                one,
                modified_at_us=max(one.modified_at_us, deleted_at_us),
                body={**one.body, "deleted": True},
            )
            for one in there.values()
        ]
        if deleted_at_us:
            unknown = sorted(set(record_ids) - known.keys())
            deleted += [self._deleted_unknown(name, deleted_at_us) for name in unknown]
        self.store.platform.put(deleted)
        return Recorded(len(record_ids), n_events, len(record_ids) - len(there), n_erased)

    def _deleted_unknown(self, record_id: str, at_us: int) -> PlatformRecord:
        body = {"order_id": record_id, "lines": [], "refunds": {}, "unread": [], "deleted": True}
        return PlatformRecord(self.platform, "order", record_id, 0, at_us, body)

    def refund(self, record_id: str, refund: Refund) -> Recorded:
        """Take back what a refund says of an order that is known; one that was heard of before changes nothing.

        Of an order that is not known nothing is stored: when the shop tells of it, it tells of its refunds, too.
        """
        known = self.store.platform.get(self.platform, "order", record_id)
        if known is None or known.body.get("deleted"):
            return Recorded(1)
        if refund.refund_id in {*known.body["refunds"], *known.body["unread"]}:
            return Recorded(1, n_old=1)
        recorded = self._recorded({record_id: known.body["lines"]})[record_id]
        order = refunded_order(known, recorded, refund)
        n_events, n_erased = (0, 0) if order is None else self._settle([order])
        refunds = {**known.body["refunds"], refund.refund_id: dict(refund.pieces)}
        modified_us = max(known.modified_at_us, refund.at_us)
        body = {**known.body, "refunds": refunds}
        self.store.platform.put([replace(known, modified_at_us=modified_us, body=body)])
        return Recorded(1, n_events, 0, n_erased)

    def _settle(self, orders: Sequence[PlatformOrder]) -> tuple[int, int]:
        """Store what is missing; return how many events were, and how many were of shoppers who were erased."""
        seen = self.store.platform.get_many(self.platform, "order", [one.record_id for one in orders])
        names = {
            one.record_id: {line.line_id for line in one.lines}
            | set(seen[one.record_id].body["lines"] if one.record_id in seen else ())
            for one in orders
        }
        n_events = n_erased = 0
        for _ in range(_ATTEMPTS):
            wanted = self._missing(orders, names)
            if not wanted:
                return n_events, n_erased
            events = iter(wanted)
            n_conflicts = 0
            while batch := list(islice(events, _EVENTS_AT_ONCE)):
                appended = self.append(batch)
                n_events += appended.accepted
                n_erased += appended.ignored
                n_conflicts += len(appended.conflicts)
            if not n_conflicts:
                return n_events, n_erased
        raise ConflictError(
            "orders changed while they were stored: run it again, or wait for the next webhook"
        )

    def _missing(self, orders: Sequence[PlatformOrder], lines: Mapping[str, Collection[str]]) -> list[Event]:
        recorded = self._recorded(lines)
        users = self.store.events.users_of(
            {one.user_id for one in orders if one.user_id is not None}, self.guests()
        )
        now_us = self.clock()
        return [
            event
            for one in orders
            for event in events_for(
                self.platform,
                one,
                None if one.user_id is None else users[one.user_id],
                recorded[one.record_id],
                now_us,
            )
        ]

    def _recorded(self, lines: Mapping[str, Collection[str]]) -> Mapping[str, dict[str, Event]]:
        return recorded_events(self.store.events, self.platform, lines)

    def _record_of(self, order: PlatformOrder, known: PlatformRecord | None) -> PlatformRecord:
        lines = {line.line_id for line in order.lines} | set(known.body["lines"] if known else ())
        body = {
            "order_id": order.order_id,
            "lines": sorted(lines),
            "refunds": {name: dict(lines) for name, lines in order.refunds.items()},
            "unread": list(order.unread_refunds),
        }
        return PlatformRecord(
            self.platform, "order", order.record_id, order.ordered_at_us, order.modified_at_us, body
        )


def _is_old(order: PlatformOrder, known: PlatformRecord | None, *, is_there: bool) -> bool:
    """Return whether something newer is known of an order.

    A webhook of before its deletion may arrive after it; what the interface answers is there.
    """
    if known is None:
        return False
    if known.body.get("deleted") and not is_there:
        return order.modified_at_us <= known.modified_at_us
    return order.modified_at_us < known.modified_at_us


def _with_refunds(order: PlatformOrder, known: PlatformRecord | None, *, is_whole: bool) -> PlatformOrder:
    """Return an order that came by webhook with the refunds whose lines are known from before."""
    if is_whole or known is None:
        return order
    refunds = {**known.body["refunds"], **order.refunds}
    returned: defaultdict[str, float] = defaultdict(float)
    for pieces in refunds.values():
        for line_id, n_pieces in pieces.items():
            returned[line_id] += n_pieces
    lines = tuple(
        replace(line, returned=min(line.bought, max(line.returned, returned[line.line_id])))
        for line in order.lines
    )
    unread = tuple(one for one in order.unread_refunds if one not in refunds)
    return replace(order, lines=lines, refunds=refunds, unread_refunds=unread)
