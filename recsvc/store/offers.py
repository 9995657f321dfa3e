"""What was decided for whom, in SQL: budgets and caps of benefits hold however many ask at once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, String, case, cast, delete, func, insert, select, update

from recsvc.errors import ConflictError
from recsvc.store.database import Database, parts_of
from recsvc.store.event import EventType
from recsvc.store.id_records import erased, merged
from recsvc.store.offer_room import Limit, OfferRoom, is_committed
from recsvc.store.tables import events, offers

SETTLED_AT_ONCE = 1000
VALUED_EVENTS = 5000
"""So many of the newest purchases tell what an order is worth."""

MAX_SHOWN = 1000
"""Decisions of one shopper that an export shows, the newest."""


@dataclass(frozen=True)
class Decision:
    """What is offered to a shopper, or that nothing is.

    Attributes:
        offer_id: 32 hexadecimal digits.
        user_id: the shopper.
        benefit: its name, or what stands for nothing.
        is_held_out: whether the shopper is one who is never offered anything, so that offers can be measured.
        stratum: shoppers who are alike; empty: nothing can be learned of this decision.
        propensity: the probability that this was decided.
        cost: what it may cost.
        decided_at_us, expires_at_us, taken_at_us: microseconds since 1970, UTC; None: not taken.
    """

    offer_id: str
    user_id: str
    benefit: str
    is_held_out: bool
    stratum: str
    propensity: float
    cost: float
    decided_at_us: int
    expires_at_us: int
    taken_at_us: int | None = None


@dataclass(frozen=True)
class Proposal:
    """What is to be stored for a shopper.

    Attributes:
        decision: where nothing speaks against it.
        limit: that must leave room for it; None: nothing must.
        otherwise: where there is no room any more.
    """

    decision: Decision
    limit: Limit | None
    otherwise: Decision


@dataclass(frozen=True)
class Settled:
    """Sums over decisions whose time is over, of one benefit and stratum."""

    benefit: str
    stratum: str
    is_held_out: bool
    n: int
    taken: int
    ordered: int
    revenue: float
    cost: float


_COST = case((offers.c.taken_at_us.is_not(None), offers.c.cost), else_=0.0)
"""What a decision cost in the end."""

_FIELDS = tuple(offers.c[name] for name in Decision.__dataclass_fields__)


class StoredOffers:
    """Decisions; every method raises StoreError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self, user_ids: Sequence[str], since_us: int) -> dict[str, Decision]:
        """Return the newest decision for each user who has one made from ``since_us`` on, under whichever id."""
        with self._database.read() as connection:
            targets = _targets(connection, user_ids)
            found = _newest(connection, targets.values(), since_us)
        return {user_id: found[target] for user_id, target in targets.items() if target in found}

    def of_user(self, user_id: str) -> list[Decision]:
        """Return what was decided for a user, under whichever id, newest first."""
        with self._database.read() as connection:
            theirs = select(*_FIELDS).where(offers.c.user_id == _target(connection, user_id))
            newest_first = theirs.order_by(offers.c.decided_at_us.desc(), offers.c.number.desc())
            return [_decision(row) for row in connection.execute(newest_first.limit(MAX_SHOWN))]

    def exhausted(
        self, limits: Mapping[str, Limit], user_ids: Sequence[str], at_us: int
    ) -> dict[str, frozenset[str]]:
        """Return for each user the benefits whose ``limits`` leave no room now."""
        with self._database.read() as connection:
            targets = _targets(connection, user_ids)
            room = OfferRoom.of(connection, limits, targets.values(), at_us)
        return {
            user_id: frozenset(name for name, limit in limits.items() if not room.fits(target, name, limit))
            for user_id, target in targets.items()
        }

    def record(self, proposals: Sequence[Proposal], since_us: int) -> list[Decision | None]:
        """Store decisions, and return what now holds for their users, in the same order.

        Of a user for whom one was made from ``since_us`` on, that one holds. Of a user who was erased nothing is
        stored: None. Whoever stores at the same time waits, so that budgets hold.
        """
        if not proposals:
            return []
        limits = {one.decision.benefit: one.limit for one in proposals if one.limit is not None}
        user_ids = [one.decision.user_id for one in proposals]
        at_us = max(one.decision.decided_at_us for one in proposals)
        held, rows = list[Decision | None](), list[dict[str, Any]]()
        with self._database.write() as connection:
            gone, targets = erased(connection, "user", user_ids), _targets(connection, user_ids)
            known = _newest(connection, targets.values(), since_us)
            room = OfferRoom.of(connection, limits, targets.values(), at_us)
            for one in proposals:
                target = targets[one.decision.user_id]
                if one.decision.user_id in gone:
                    held.append(None)
                    continue
                if target not in known:
                    fits = one.limit is None or room.fits(target, one.decision.benefit, one.limit)
                    made = replace(one.decision if fits else one.otherwise, user_id=target)
                    room.fill(made.benefit, made.cost)
                    known[target] = made
                    rows.append({**vars(made), "is_settled": False, "has_ordered": False, "revenue": 0.0})
                held.append(known[target])
            if rows:
                connection.execute(insert(offers), rows)
        return held

    def take(self, offer_id: str, at_us: int, cost: float | None) -> Decision | None:
        """Note that an offer was taken; return it as it then is, or None where there is none of this id.

        An offer that was taken already stays as it was. ``cost`` is what it cost, None: as much as it may.

        Raises ConflictError where it has expired, or cost more than it may.
        """
        with self._database.write() as connection:
            row = connection.execute(select(*_FIELDS).where(offers.c.offer_id == offer_id)).first()
            if row is None:
                return None
            found = _decision(row)
            if found.taken_at_us is not None:
                return found
            if at_us >= found.expires_at_us:
                raise ConflictError(
                    "the offer has expired, and its cost is promised to others: offer another one"
                )
            if cost is not None and cost > found.cost:
                raise ConflictError(
                    f"cost {cost:.12g} is more than {found.cost:.12g}, the most that was said when it was offered"
                )
            taken = replace(found, taken_at_us=at_us, cost=found.cost if cost is None else cost)
            connection.execute(
                update(offers)
                .where(offers.c.offer_id == offer_id)
                .values(taken_at_us=taken.taken_at_us, cost=taken.cost)
            )
            return taken

    def settle(self, before_us: int, horizon_us: int) -> int:
        """Note what came of the oldest decisions made before ``before_us``; return how many, a thousand at most.

        Orders count from the decision on, for ``horizon_us`` microseconds.
        """
        waiting = (
            select(offers.c.number)
            .where(~offers.c.is_settled, offers.c.decided_at_us < before_us)
            .order_by(offers.c.decided_at_us)
            .limit(SETTLED_AT_ONCE)
        )
        sign = case((events.c.type == EventType.RETURN, -1.0), else_=1.0)
        amount = func.coalesce(
            func.sum(sign * events.c.quantity * func.coalesce(events.c.unit_price, 0.0)), 0.0
        )
        bought = func.coalesce(func.max(case((events.c.type == EventType.PURCHASE, 1), else_=0)), 0)
        with self._database.write() as connection:
            numbers = list(connection.scalars(waiting))
            led_to = (
                select(offers.c.number, bought, amount)
                .join(events, events.c.user_id == offers.c.user_id)
                .where(
                    offers.c.number.in_(numbers),
                    events.c.type.in_([EventType.PURCHASE, EventType.RETURN]),
                    events.c.occurred_at_us >= offers.c.decided_at_us,
                    events.c.occurred_at_us < offers.c.decided_at_us + horizon_us,
                )
                .group_by(offers.c.number)
            )
            for number, has_ordered, revenue in connection.execute(led_to).all():
                values = {"has_ordered": bool(has_ordered), "revenue": float(revenue)}
                connection.execute(update(offers).where(offers.c.number == number).values(**values))
            connection.execute(update(offers).where(offers.c.number.in_(numbers)).values(is_settled=True))
        return len(numbers)

    def settled(self, since_us: int) -> list[Settled]:
        """Return what came of the decisions made from ``since_us`` on whose time is over."""
        sums = (
            func.count(),
            func.sum(case((offers.c.taken_at_us.is_not(None), 1), else_=0)),
            func.sum(case((offers.c.has_ordered, 1), else_=0)),
            func.sum(offers.c.revenue),
            func.sum(_COST),
        )
        groups = (offers.c.benefit, offers.c.stratum, offers.c.is_held_out)
        found = select(*groups, *sums).where(offers.c.is_settled, offers.c.decided_at_us >= since_us)
        with self._database.read() as connection:
            rows = connection.execute(found.group_by(*groups)).all()
        return [
            Settled(row[0], row[1], bool(row[2]), *map(int, row[3:6]), *map(float, row[6:])) for row in rows
        ]

    def earned(self, since_us: int, margin: float) -> dict[bool, tuple[int, float, float]]:
        """Return what shoppers earned by the same decisions: held out -> shoppers, sum and sum of squares.

        Summed are margin times revenue less cost, of each shopper; who was erased counts once for each decision.
        """
        net = func.sum(margin * offers.c.revenue - _COST).label("net")
        whose = func.coalesce(offers.c.user_id, cast(offers.c.number, String))
        of_each = (
            select(offers.c.is_held_out, net)
            .where(offers.c.is_settled, offers.c.decided_at_us >= since_us)
            .group_by(offers.c.is_held_out, whose)
            .subquery()
        )
        column = of_each.c.net
        found = select(of_each.c.is_held_out, func.count(), func.sum(column), func.sum(column * column))
        with self._database.read() as connection:
            rows = connection.execute(found.group_by(of_each.c.is_held_out)).all()
        return {bool(row[0]): (int(row[1]), float(row[2]), float(row[3])) for row in rows}

    def order_value(self) -> float | None:
        """Return what the newest orders were worth, on average; None where none has a price above 0."""
        priced = (
            select(events.c.order_id, (events.c.quantity * events.c.unit_price).label("amount"))
            .where(
                events.c.type == EventType.PURCHASE,
                events.c.unit_price > 0,
                events.c.order_id.is_not(None),
            )
            .order_by(events.c.number.desc())
            .limit(VALUED_EVENTS)
            .subquery()
        )
        found = select(func.sum(priced.c.amount), func.count(priced.c.order_id.distinct()))
        with self._database.read() as connection:
            amount, n_orders = connection.execute(found).one()
        return float(amount) / n_orders if n_orders else None

    def committed(self, at_us: int) -> dict[str, float]:
        """Return by benefit what was taken, and what may still be taken, in the currency."""
        found = select(offers.c.benefit, func.sum(offers.c.cost)).where(is_committed(at_us))
        with self._database.read() as connection:
            return {name: float(cost) for name, cost in connection.execute(found.group_by(offers.c.benefit))}


def _target(connection: Connection, user_id: str) -> str:
    return _targets(connection, [user_id])[user_id]


def _targets(connection: Connection, user_ids: Sequence[str]) -> dict[str, str]:
    """Return id -> the user who it is now."""
    targets = {user_id: user_id for user_id in user_ids}
    for part in parts_of(list(targets)):
        targets.update(merged(connection, "user", part))
    return targets


def _newest(connection: Connection, user_ids: Iterable[str], since_us: int) -> dict[str, Decision]:
    """Return the newest decision for each user who has one made from ``since_us`` on."""
    found = dict[str, Decision]()
    oldest_first = select(*_FIELDS).order_by(offers.c.decided_at_us, offers.c.number)
    for part in parts_of(sorted(set(user_ids))):
        theirs = oldest_first.where(offers.c.user_id.in_(part), offers.c.decided_at_us >= since_us)
        for made in map(_decision, connection.execute(theirs)):
            found[made.user_id] = made
    return found


def _decision(row: Row[*tuple[Any, ...]]) -> Decision:
    found = Decision(*row)
    return replace(found, is_held_out=bool(found.is_held_out))


def disown_offers(connection: Connection, user_ids: Collection[str]) -> None:
    """Let what was decided for users who are erased be nobody's: what it cost and led to stays counted."""
    for part in parts_of(sorted(user_ids)):
        theirs = offers.c.user_id.in_(part)
        # What is not over yet would be settled by events that are gone.
        connection.execute(delete(offers).where(theirs, ~offers.c.is_settled, offers.c.taken_at_us.is_(None)))
        connection.execute(update(offers).where(theirs).values(user_id=None, offer_id=None, is_settled=True))


def move_offers(connection: Connection, from_user_id: str, to_user_id: str) -> None:
    """Let what was decided for a user who is merged be that of the user that they become."""
    connection.execute(update(offers).where(offers.c.user_id == from_user_id).values(user_id=to_user_id))


def has_offers(connection: Connection, user_id: str) -> bool:
    """Return whether anything was decided for a user."""
    return (
        connection.execute(select(offers.c.number).where(offers.c.user_id == user_id).limit(1)).first()
        is not None
    )


def users_with_offers(connection: Connection) -> set[str]:
    """Return the users for whom anything was decided."""
    return set(connection.scalars(select(offers.c.user_id).where(offers.c.user_id.is_not(None)).distinct()))
