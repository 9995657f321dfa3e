"""What shoppers did since an experiment started, and before, read from the store in bounded parts."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, func, or_, select

from recsvc.store.database import Database
from recsvc.store.event import DAY_US, Event, EventType
from recsvc.store.outcome import Shopper
from recsvc.store.tables import EVENT_FIELDS, events, to_event

PART = 50_000
"""Events that one statement looks at, by their numbers."""


@dataclass(frozen=True)
class Period:
    """Events that occurred from ``start_us`` until before ``end_us``, in microseconds since 1970."""

    start_us: int
    end_us: int


class Seen(NamedTuple):
    """That a shopper did something with a list."""

    shopper: Shopper
    recommendation_id: str


class ExperimentReading:
    """Reads for experiments; every method raises StoreError when the database fails.

    Args:
        database: of the store.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def first_number(self, received_from_us: int) -> int:
        """Return a number that no event has which was received since then, and the one before might have.

        Numbers rise with the time of arrival, but for the clocks of several machines: an hour is added for these.
        """
        with self._database.read() as connection:
            low, high = (
                0,
                connection.execute(select(func.coalesce(func.max(events.c.number), 0))).scalar_one(),
            )
            while low < high:
                middle = (low + high + 1) // 2
                found = select(events.c.received_at_us).where(events.c.number <= middle)
                at_us = connection.execute(found.order_by(events.c.number.desc()).limit(1)).scalar()
                if at_us is None or at_us < received_from_us - DAY_US // 24:
                    low = middle
                else:
                    high = middle - 1
        return low

    def shoppers(self, after: int, period: Period, without: Collection[EventType] = ()) -> set[Shopper]:
        """Return who did anything in ``period``, but for events of types ``without``, after the number ``after``."""
        found = _within(period, select(events.c.user_id, events.c.session_id))
        if without:
            found = found.where(events.c.type.not_in(sorted(without)))
        pairs = set[tuple[str | None, str | None]]()
        for rows in self._parts(after, found.distinct()):
            pairs.update(rows)
        return {_shopper(user, session) for user, session in pairs}

    def events(self, after: int, period: Period, types: Collection[EventType]) -> Iterator[list[Event]]:
        """Yield the events of ``types`` in ``period``, and the returns since its start; by number."""
        begun = events.c.occurred_at_us >= period.start_us
        ended = events.c.occurred_at_us < period.end_us
        wanted = select(*EVENT_FIELDS).where(
            events.c.type.in_(sorted(types)), begun, or_(ended, events.c.type == EventType.RETURN)
        )
        for rows in self._parts(after, wanted):
            yield [to_event(row) for row in rows]

    def seen(self, after: int, period: Period) -> Iterator[Seen]:
        """Yield who did something with which list, about once each."""
        found = _within(period, select(events.c.user_id, events.c.session_id, events.c.recommendation_id))
        for rows in self._parts(after, found.where(events.c.recommendation_id.is_not(None)).distinct()):
            yield from (Seen(_shopper(user, session), str(list_id)) for user, session, list_id in rows)

    def _parts(self, after: int, found: Select) -> Iterator[Sequence[Any]]:  # type: ignore[type-arg]  # rows of any columns
        with self._database.read() as connection:
            newest = connection.execute(select(func.coalesce(func.max(events.c.number), 0))).scalar_one()
        for first in range(after, newest, PART):
            within = and_(events.c.number > first, events.c.number <= first + PART)
            with self._database.read() as connection:
                rows = connection.execute(found.where(within)).all()
            yield rows


def _within(period: Period, found: Select) -> Select:  # type: ignore[type-arg]  # rows of any columns
    return found.where(events.c.occurred_at_us >= period.start_us, events.c.occurred_at_us < period.end_us)


def _shopper(user_id: str | None, session_id: str | None) -> Shopper:
    return Shopper("session", session_id or "") if user_id is None else Shopper("user", user_id)
