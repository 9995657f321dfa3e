"""How much there is of items and events, for people; each figure takes milliseconds however much that is."""

from dataclasses import dataclass
from threading import Lock

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from recsvc.store.database import Database
from recsvc.store.tables import events, items

NEWEST_EVENTS = 5_000
"""So many of the newest events say of which types events are."""


@dataclass(frozen=True)
class ItemCounts:
    """How many items there are, and what they lack; withdrawn ones are counted apart."""

    items: int
    unavailable: int
    without_title: int
    without_picture: int
    without_price: int
    without_category: int
    withdrawn: int


@dataclass(frozen=True)
class EventCounts:
    """How many events there are.

    Attributes:
        recent: since the moment that was asked for, nearly exactly: numbers that were never given count as well.
        newest: by type, of the newest ``NEWEST_EVENTS`` since then.
        reaches_back_us: when the oldest of these was received; None where there are none.
        last_received_us: when the newest event was received; None where there is none at all.
    """

    recent: int
    newest: dict[str, int]
    reaches_back_us: int | None
    last_received_us: int | None

    @property
    def is_whole(self) -> bool:
        """Whether the types are those of all events since then."""
        return sum(self.newest.values()) < NEWEST_EVENTS


class ShopCounts:
    """Counts of one store; every method raises StoreError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._items: tuple[int, int, ItemCounts] | None = None
        self._lock = Lock()

    def items(self, now_us: int) -> ItemCounts:
        """Return the counts of the catalogue; they are counted anew when it has changed, or a minute has passed."""
        with self._lock, self._database.read() as connection:
            revision = connection.execute(select(func.coalesce(func.max(items.c.revision), 0))).scalar_one()
            kept = self._items
            if kept is not None and kept[0] == revision and 0 <= now_us - kept[1] < 60_000_000:
                return kept[2]
            row = connection.execute(_item_counts(now_us)).one()
            counts = ItemCounts(*(int(value or 0) for value in row))
            self._items = (revision, now_us, counts)
            return counts

    def events(self, since_us: int) -> EventCounts:
        """Return the counts of the events received since ``since_us``, in microseconds since 1970."""
        newest = (
            select(events.c.type, events.c.received_at_us)
            .order_by(events.c.number.desc())
            .limit(NEWEST_EVENTS)
        ).subquery()
        by_type = select(
            newest.c.type,
            func.count(),
            func.sum(case((newest.c.received_at_us >= since_us, 1), else_=0)),
            func.min(case((newest.c.received_at_us >= since_us, newest.c.received_at_us))),
            func.max(newest.c.received_at_us),
        ).group_by(newest.c.type)
        with self._database.read() as connection:
            rows = connection.execute(by_type).all()
        since = {str(row[0]): int(row[2]) for row in rows if row[2]}
        n_read, n_since = sum(row[1] for row in rows), sum(since.values())
        reaches_back = min((row[3] for row in rows if row[3] is not None), default=None)
        recent = self._n_since(since_us) if n_since == n_read == NEWEST_EVENTS else n_since
        return EventCounts(recent, since, reaches_back, max((row[4] for row in rows), default=None))

    def _n_since(self, since_us: int) -> int:
        """Return how many numbers were given since a moment: numbers rise with time, so that halving finds it."""
        with self._database.read() as connection:
            # Asked in one, the two would be looked for among all numbers.
            low = int(connection.execute(select(func.min(events.c.number))).scalar_one())
            newest = int(connection.execute(select(func.max(events.c.number))).scalar_one())
            high = newest + 1
            while low < high:
                middle = (low + high) // 2
                found = select(events.c.received_at_us).where(events.c.number >= middle)
                received = connection.execute(found.order_by(events.c.number).limit(1)).scalar()
                if received is None or received >= since_us:
                    high = middle
                else:
                    low = middle + 1
        return newest + 1 - low


def _item_counts(now_us: int):  # type: ignore[no-untyped-def]  # noqa: ANN202 - SQLAlchemy's, with a type for each column
    sold = items.c.withdrawn.is_(False)
    unavailable = or_(
        items.c.in_stock.is_(False),
        and_(items.c.available_from_us.is_not(None), items.c.available_from_us > now_us),
        and_(items.c.available_until_us.is_not(None), items.c.available_until_us <= now_us),
    )
    wanted: list[ColumnElement[bool]] = [
        sold,
        and_(sold, unavailable),
        and_(sold, func.coalesce(items.c.title, "") == ""),
        and_(sold, func.coalesce(items.c.image_url, "") == ""),
        and_(sold, items.c.price.is_(None)),
        and_(sold, func.length(func.cast(items.c.categories, items.c.title.type)) <= 2),
        items.c.withdrawn.is_(True),
    ]
    return select(*(func.sum(case((one, 1), else_=0)) for one in wanted)).select_from(items)
