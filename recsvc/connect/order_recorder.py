"""Brings the events of the store in line with orders of a shop's own system."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Protocol, TypeAlias

from recsvc.connect.order import PlatformOrder, events_for
from recsvc.connect.recorded_events import recorded_events
from recsvc.connect.refund import Refund, refunded_order
from recsvc.errors import ChangedRecordError, ConflictError
from recsvc.identity.nobody import BY_NAME, Guests
from recsvc.store.event import Appended, Event
from recsvc.store.platform_records import PlatformRecord
from recsvc.store.store import Store

_ATTEMPTS = 5
_EVENTS_AT_ONCE = 5_000
_BUSY = "orders changed while they were stored: run it again, or wait for the next webhook"
_Change: TypeAlias = tuple[PlatformRecord | None, PlatformRecord]
"""What was known of an order, and what is known now."""


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


class Append(Protocol):
    """Stores events, as ``EventLog.append`` does; raises StoreError, ChangedRecordError."""

    def __call__(self, events: Sequence[Event], *, while_there: Sequence[PlatformRecord] = ()) -> Appended:
        """Store ``events`` if the records ``while_there`` are still as they are."""
        ...


@dataclass(frozen=True)
class _Settled:
    """What was stored, and the numbers of the orders that somebody else changed meanwhile."""

    recorded: Recorded
    left: frozenset[str] = frozenset()


@dataclass(frozen=True)
class OrderRecorder:
    """Stores orders of one platform; the same orders again, and older states of them, change nothing.

    Attributes:
        platform: the shop's own system.
        store: where events and records are kept.
        append: stores events while records are there, as ``EventLog.append`` does.
        guests: returns who is nobody.
        clock: returns the time, in microseconds since 1970.
    """

    platform: str
    store: Store
    append: Append
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
        done, open_orders, is_there = Recorded(len(orders)), list(orders), is_whole or is_restored
        for _ in range(_ATTEMPTS):
            known = self._known([one.record_id for one in open_orders])
            fresh = [
                one for one in open_orders if not _is_old(one, known.get(one.record_id), is_there=is_there)
            ]
            done += Recorded(n_old=len(open_orders) - len(fresh))
            fresh = [_with_refunds(one, known.get(one.record_id), is_whole=is_whole) for one in fresh]
            fresh = [_with_gone_variations(one, known.get(one.record_id)) for one in fresh]
            settled = self._settle_as(
                {one.record_id: one for one in fresh},
                [(known.get(one.record_id), self._record_of(one, known.get(one.record_id))) for one in fresh],
            )
            done += settled.recorded
            open_orders = [one for one in open_orders if one.record_id in settled.left]
            if not open_orders:
                return done
        raise ConflictError(_BUSY)

    def delete(self, record_ids: Collection[str], deleted_at_us: int = 0) -> Recorded:
        """Take back what is stored of orders that the shop deleted.

        Where ``deleted_at_us`` says when that was, in microseconds since 1970, what is told of before, also of orders
        that are not known yet, changes nothing any more.
        """
        done, open_ids = Recorded(len(record_ids)), set(record_ids)
        for attempt in range(_ATTEMPTS):
            known = self._known(open_ids)
            if not attempt:
                n_there = sum(not one.body.get("deleted") for one in known.values())
                done += Recorded(n_old=len(record_ids) - n_there)
            at_us = deleted_at_us or self.clock()
            # One that is marked already may be so by somebody who was ended before its events were stored.
            gone = {
                name: PlatformOrder(
                    name, one.body["order_id"], None, one.created_at_us, at_us, is_bought=False, lines=()
                )
                for name, one in known.items()
            }
            changes: list[_Change] = [(one, _deleted(one, deleted_at_us)) for one in known.values()]
            if deleted_at_us:
                unknown = sorted(open_ids - known.keys())
                changes += [(None, self._deleted_unknown(name, deleted_at_us)) for name in unknown]
            settled = self._settle_as(gone, changes)
            done += settled.recorded
            open_ids = set(settled.left)
            if not open_ids:
                return done
        raise ConflictError(_BUSY)

    def _deleted_unknown(self, record_id: str, at_us: int) -> PlatformRecord:
        body = {"order_id": record_id, "lines": [], "refunds": {}, "unread": [], "deleted": True}
        return PlatformRecord(self.platform, "order", record_id, 0, at_us, body)

    def refund(self, record_id: str, refund: Refund) -> Recorded:
        """Take back what a refund says of an order that is known; one that was heard of before changes nothing.

        Of an order that is not known nothing is stored: when the shop tells of it, it tells of its refunds, too.
        """
        for _ in range(_ATTEMPTS):
            known = self.store.platform.get(self.platform, "order", record_id)
            if known is None or known.body.get("deleted"):
                return Recorded(1)
            body = known.body
            is_noted = refund.refund_id in body["refunds"]
            # One that is noted, but not settled, is of a run that was ended in between.
            if refund.refund_id in body["unread"] or (is_noted and not body.get("unsettled")):
                return Recorded(1, n_old=1)
            others = {name: pieces for name, pieces in body["refunds"].items() if name != refund.refund_id}
            refunds = {**others, refund.refund_id: dict(refund.pieces)}
            noted = replace(
                known,
                modified_at_us=max(known.modified_at_us, refund.at_us),
                body={**body, "refunds": refunds, "unsettled": True},
            )
            if self.store.platform.put_if_unchanged([(known, noted)]):
                return Recorded(1) + self._settle_refund(known, noted, others, refund)
        raise ConflictError(_BUSY)

    def _settle_refund(
        self, known: PlatformRecord, noted: PlatformRecord, others: Mapping[str, Any], refund: Refund
    ) -> Recorded:
        recorded = self._recorded({known.record_id: known.body["lines"]})[known.record_id]
        order = refunded_order(replace(known, body={**known.body, "refunds": others}), recorded, refund)
        settled = self._settle([] if order is None else [order], [noted])
        if not settled.left:  # else whoever changed the record has found the refund in it, and takes it back
            body = {name: value for name, value in noted.body.items() if name != "unsettled"}
            self.store.platform.put_if_unchanged([(noted, replace(noted, body=body))])
        return settled.recorded

    def _known(self, record_ids: Collection[str]) -> dict[str, PlatformRecord]:
        return self.store.platform.get_many(self.platform, "order", record_ids)

    def _settle_as(self, orders: Mapping[str, PlatformOrder], changes: Sequence[_Change]) -> "_Settled":
        """Note what is known of orders now, then store the events that are missing.

        Of two writers at once the one that noted last goes on: it reads events after its note, and events of the
        other are stored only while the other's note is there.
        """
        noted = self.store.platform.put_if_unchanged(changes)
        names = {one.record_id for one in noted}
        settled = self._settle([one for name, one in orders.items() if name in names], noted)
        missed = frozenset(new.record_id for _, new in changes) - names
        return replace(settled, left=settled.left | missed)

    def _settle(self, orders: Sequence[PlatformOrder], noted: Sequence[PlatformRecord]) -> "_Settled":
        """Store what is missing of ``orders`` while what is ``noted`` of them is what was said last."""
        lines = {one.record_id: one.body["lines"] for one in noted}
        n_events = n_erased = 0
        for _ in range(_ATTEMPTS):
            wanted = self._missing(orders, {one.record_id: lines[one.record_id] for one in orders})
            events = iter(wanted)
            n_conflicts = 0
            try:
                while batch := list(islice(events, _EVENTS_AT_ONCE)):
                    appended = self.append(batch, while_there=noted)
                    n_events += appended.accepted
                    n_erased += appended.ignored
                    n_conflicts += len(appended.conflicts)
            except ChangedRecordError:
                left = frozenset(one.record_id for one in noted)
                return _Settled(Recorded(n_events=n_events, n_erased=n_erased), left)
            if not n_conflicts:
                return _Settled(Recorded(n_events=n_events, n_erased=n_erased))
        raise ConflictError(_BUSY)

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
        variations = {line.line_id: line.variation_id for line in order.lines if line.variation_id}
        variations = {**(known.body.get("variations", {}) if known else {}), **variations}
        body: dict[str, Any] = {
            "order_id": order.order_id,
            "lines": sorted(lines),
            "refunds": {name: dict(lines) for name, lines in order.refunds.items()},
            "unread": list(order.unread_refunds),
            **({"variations": variations} if variations else {}),
        }
        return PlatformRecord(
            self.platform, "order", order.record_id, order.ordered_at_us, order.modified_at_us, body
        )


def _deleted(known: PlatformRecord, deleted_at_us: int) -> PlatformRecord:
    if known.body.get("deleted"):
        return known
    modified_us = max(known.modified_at_us, deleted_at_us)
    return replace(known, modified_at_us=modified_us, body={**known.body, "deleted": True})


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


def _with_gone_variations(order: PlatformOrder, known: PlatformRecord | None) -> PlatformOrder:
    """Return an order with the lines marked whose variation was deleted: the system then names their product alone."""
    before = known.body.get("variations", {}) if known else {}
    lines = (
        replace(line, is_gone=True) if before.get(line.line_id) and not line.variation_id else line
        for line in order.lines
    )
    return replace(order, lines=tuple(lines)) if before else order
