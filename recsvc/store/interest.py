"""Who looked at items or wished for them, and what they did since, in SQL."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, func, select

from recsvc.identity.spelling import item_key
from recsvc.store.database import Database, parts_of
from recsvc.store.event import EventType
from recsvc.store.tables import events as table

LOOKS = (EventType.WISHLIST, EventType.LIKE, EventType.ADD_TO_CART, EventType.VIEW, EventType.CLICK)
"""With these a shopper shows that they want an item, or looks at it."""

_TYPES = (*LOOKS, EventType.PURCHASE, EventType.DISLIKE)


@dataclass(frozen=True)
class Look:
    """What a shopper did with an item; in microseconds since 1970.

    Attributes:
        user_id: who.
        item_id: as the catalogue spells it.
        looked_at_us: when they looked at it or wished for it last.
        bought_at_us, disliked_at_us: when last; None for never.
    """

    user_id: str
    item_id: str
    looked_at_us: int
    bought_at_us: int | None = None
    disliked_at_us: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether they did not buy it since that look, and never disliked it, in the time that was read."""
        return self.disliked_at_us is None and (
            self.bought_at_us is None or self.bought_at_us < self.looked_at_us
        )


class Interest:
    """Looks of the shoppers who are known; every method raises StoreError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def looked_at(self, item_ids: Collection[str], since_us: int) -> frozenset[str]:
        """Return those of ``item_ids`` that anybody looked at since a moment."""
        names = _Spellings(item_ids)
        found = select(table.c.item_id).distinct()
        with self._database.read() as connection:
            recent = _recent(connection, since_us) & table.c.type.in_(LOOKS)
            return frozenset(
                names.of[item_key(item_id)]
                for part in parts_of(names.all)
                for item_id in connection.scalars(found.where(recent, table.c.item_id.in_(part)))
            )

    def pages(self, item_ids: Collection[str], since_us: int, size: int) -> Iterator[list[Look]]:
        """Yield who looked at any of at most 300 ``item_ids`` since a moment, in pages of about ``size`` looks.

        All looks of one shopper stand on one page; each page is read by a transaction of its own.
        """
        names, after = _Spellings(item_ids), ""
        while True:
            with self._database.read() as connection:
                theirs = _grouped(_recent(connection, since_us), names.all).where(table.c.user_id > after)
                rows = connection.execute(theirs.order_by(table.c.user_id).limit(size)).all()
            is_last = len(rows) < size
            whole = rows if is_last else [row for row in rows if row.user_id != rows[-1].user_id]
            yield list(_looks(whole, names))
            if is_last:
                return
            after = whole[-1].user_id

    def look_of(self, user_id: str, item_id: str, since_us: int) -> Look | None:
        """Return what a shopper did with an item since a moment; None where they did not look at it."""
        names = _Spellings([item_id])
        with self._database.read() as connection:
            theirs = _grouped(table.c.occurred_at_us >= since_us, names.all).where(table.c.user_id == user_id)
            return next(iter(_looks(connection.execute(theirs).all(), names)), None)

    def last_purchases(self, user_ids: Collection[str], since_us: int) -> dict[str, int]:
        """Return by user when they bought last, of those who did since a moment."""
        last = func.max(table.c.occurred_at_us)
        found = select(table.c.user_id, last).where(
            table.c.type == EventType.PURCHASE, table.c.occurred_at_us >= since_us
        )
        with self._database.read() as connection:
            return {
                str(user_id): int(at_us)
                for part in parts_of(sorted(user_ids))
                for user_id, at_us in connection.execute(
                    found.where(table.c.user_id.in_(part)).group_by(table.c.user_id)
                )
            }


class _Spellings:
    """The spellings in which events may name items, and the one of the catalogue for each key."""

    def __init__(self, item_ids: Iterable[str]) -> None:
        self.of = {item_key(item_id): item_id for item_id in item_ids}
        likely = {one for item_id in self.of.values() for one in (item_id, item_id.lower(), item_id.upper())}
        self.all = sorted(one for one in likely if item_key(one) in self.of)


def _recent(connection: Connection, since_us: int) -> ColumnElement[bool]:
    """Return the condition that an event is not older; its number bounds what is read of the index of items."""
    return (table.c.number >= _first_number(connection, since_us)) & (table.c.occurred_at_us >= since_us)


def _first_number(connection: Connection, since_us: int) -> int:
    """Return the number of the first event received since a moment: numbers rise with time, so halving finds it."""
    low = int(connection.execute(select(func.coalesce(func.min(table.c.number), 0))).scalar_one())
    high = int(connection.execute(select(func.coalesce(func.max(table.c.number), 0))).scalar_one()) + 1
    while low < high:
        middle = (low + high) // 2
        later = (
            select(table.c.received_at_us).where(table.c.number >= middle).order_by(table.c.number).limit(1)
        )
        received_at_us = connection.execute(later).scalar()
        if received_at_us is None or received_at_us >= since_us:
            high = middle
        else:
            low = middle + 1
    return low


def _grouped(recent: ColumnElement[bool], item_ids: Sequence[str]) -> Any:  # noqa: ANN401 - a statement of SQL
    """Return the statement of who looked, and what else they did, one row a shopper and spelling of an item."""

    def last(*types: EventType) -> ColumnElement[int | None]:
        return func.max(case((table.c.type.in_(types), table.c.occurred_at_us)))

    return (
        select(
            table.c.user_id,
            table.c.item_id,
            last(*LOOKS).label("looked_at_us"),
            last(EventType.PURCHASE).label("bought_at_us"),
            last(EventType.DISLIKE).label("disliked_at_us"),
        )
        .where(recent, table.c.item_id.in_(item_ids), table.c.user_id.is_not(None), table.c.type.in_(_TYPES))
        .group_by(table.c.user_id, table.c.item_id)
    )


def _looks(rows: Sequence[Row[Any]], names: _Spellings) -> Iterator[Look]:
    """Yield the looks in rows, those of all spellings of an item together; who only bought it never looked."""
    found: dict[tuple[str, str], list[int | None]] = {}
    for row in rows:
        times = (row.looked_at_us, row.bought_at_us, row.disliked_at_us)
        key = (row.user_id, names.of[item_key(row.item_id)])
        before = found.get(key, [None] * len(times))
        found[key] = [_later(one, other) for one, other in zip(before, times, strict=True)]
    for (user_id, item_id), (looked_at_us, bought_at_us, disliked_at_us) in found.items():
        if looked_at_us is not None:
            yield Look(user_id, item_id, looked_at_us, bought_at_us, disliked_at_us)


def _later(one: int | None, other: int | None) -> int | None:
    return max((when for when in (one, other) if when is not None), default=None)
