"""What lists showed to shoppers and what they clicked, shopper after shopper, read in bounded parts."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, select, tuple_

from recsvc.store.database import Database
from recsvc.store.event import EventType
from recsvc.store.tables import END_US, events

PART = 50_000
"""Events that one statement returns; so many of one shopper count, the oldest."""

TOUCHES = (EventType.IMPRESSION, EventType.CLICK)


class Touches(NamedTuple):
    """Impressions and clicks of some shoppers, of each all that count.

    Attributes:
        rows: shopper, item_id, occurred_at_us, received_at_us, type, recommendation_id, position, seen; another program
            may have written values of any type.
        n_capped: shoppers of whom later events were left out.
        are_users: whether they are users; else visits without one.
    """

    rows: Sequence[Sequence[Any]]
    n_capped: int
    are_users: bool


class ExposureReading:
    """Reads impressions and clicks; raises StoreError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def touches(self, since_us: int = 0, part: int = PART) -> Iterator[Touches]:
        """Yield the impressions and clicks of lists from ``since_us`` on, users first, then visits without a user.

        Each part is read by a transaction of its own, along the index of the shopper's events.
        """
        for column, are_users in ((events.c.user_id, True), (events.c.session_id, False)):
            # As an expression, that there is no user is not looked up in an index: visits are to come in their order.
            nobody = func.coalesce(events.c.user_id, "") == ""
            whose = events.c.user_id.is_not(None) if are_users else nobody
            found = _found(column, whose, since_us).limit(part)
            for rows, n_capped in self._of(found, column, part):
                yield Touches(rows, n_capped, are_users)

    def _of(
        self, found: Select[Any], column: ColumnElement[Any], part: int
    ) -> Iterator[tuple[list[Sequence[Any]], int]]:
        key = tuple_(column, events.c.occurred_at_us, events.c.number)
        after: tuple[Any, int, int] | None = None
        while True:
            following = found if after is None else found.where(key > tuple_(*after))
            with self._database.read() as connection:
                rows = connection.execute(following).all()
            if len(rows) < part:
                yield [row[1:] for row in rows], 0
                return
            # The last shopper may have more events than were read; of one who fills a part, no more are.
            last = rows[-1][1]
            whole = [row for row in rows if row[1] != last]
            yield [row[1:] for row in whole or rows], 0 if whole else 1
            after = (whole[-1][1], whole[-1][3], whole[-1][0]) if whole else (last, END_US, 0)


def _found(column: ColumnElement[Any], whose: ColumnElement[bool], since_us: int) -> Select[Any]:
    return (
        select(
            events.c.number, column, events.c.item_id, events.c.occurred_at_us,
            events.c.received_at_us, events.c.type, events.c.recommendation_id, events.c.position, events.c.seen,
        )
        .where(
            whose,
            column.is_not(None),
            events.c.type.in_(sorted(TOUCHES)),
            events.c.recommendation_id.is_not(None),
            events.c.occurred_at_us >= since_us,
        )
        .order_by(column, events.c.occurred_at_us, events.c.number)
    )  # fmt: skip
