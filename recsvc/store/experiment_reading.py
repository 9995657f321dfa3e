"""What shoppers did since an experiment started, and before, read from the store in bounded parts."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, func, or_, select

from recsvc.store.database import Database
from recsvc.store.event import DAY_US, Event, EventType
from recsvc.store.event_rows import EVENT_FIELDS, to_event
from recsvc.store.outcome import Shopper
from recsvc.store.tables import events

PART = 50_000
"""Events that one statement looks at, by their numbers."""


@dataclass(frozen=True)
class Period:
    """Events that occurred from ``start_us`` until before ``end_us``, in microseconds since 1970."""

    start_us: int
    end_us: int


class Came(NamedTuple):
    """That somebody did ``n`` things in a visit, as a user or a guest, of which the first has the number ``first``."""

    user_id: str | None
    session_id: str | None
    first: int
    n: int

    @property
    def shopper(self) -> Shopper:
        """Who it was, as they said themselves."""
        return shopper_of(self.user_id, self.session_id)


class Seen(NamedTuple):
    """That a shopper did something with a list."""

    user_id: str | None
    session_id: str | None
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

    def came(self, after: int, period: Period, without: Collection[EventType] = ()) -> list[Came]:
        """Return who did anything in ``period``, but for events of types ``without``, after the number ``after``."""
        numbers = (func.min(events.c.number), func.count())
        found = _within(period, select(events.c.user_id, events.c.session_id, *numbers))
        if without:
            found = found.where(events.c.type.not_in(sorted(without)))
        came: dict[tuple[str | None, str | None], tuple[int, int]] = {}
        for rows in self._parts(after, found.group_by(events.c.user_id, events.c.session_id)):
            for user, session, first, n in rows:
                before = came.get((user, session), (first, 0))
                came[user, session] = before[0], before[1] + n
        return [Came(*ids, *figures) for ids, figures in came.items()]

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
            yield from (Seen(user, session, str(list_id)) for user, session, list_id in rows)

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


def shopper_of(user_id: str | None, session_id: str | None) -> Shopper:
    """Return the user, else the visit."""
    return Shopper("session", session_id or "") if user_id is None else Shopper("user", user_id)
