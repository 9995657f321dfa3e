"""What shoppers were told already, in SQL: nobody is told the same twice, nor too much in a week."""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from recsvc.store.database import Database, parts_of
from recsvc.store.notices import Outcome
from recsvc.store.webhook_tables import notices as table


@dataclass(frozen=True)
class Told:
    """What a shopper was told of an item, or is about to be.

    Attributes:
        at_us: when the last notice was made, in microseconds since 1970.
        price: the lowest price that was told; None where none was.
    """

    at_us: int
    price: float | None = None


@dataclass(frozen=True)
class ToldState:
    """A state that a shopper's systems were told of, or are about to be.

    Attributes:
        kind: of the notice.
        order_us: the last order of then.
    """

    kind: str
    order_us: int


_SENT = table.c.outcome == Outcome.SENT
_WAITS = table.c.ended_at_us.is_(None)


class NoticeMemory:
    """What was told; every method raises StoreError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_items(
        self, kind: str, user_ids: Collection[str], item_ids: Collection[str], *, is_sent: bool = False
    ) -> dict[tuple[str, str], Told]:
        """Return, by user and item, what was told or waits; what was told alone where ``is_sent``."""
        wanted = frozenset(item_ids)
        theirs = (
            select(table.c.user_id, table.c.item_id, func.max(table.c.created_at_us), func.min(table.c.price))
            .where(table.c.kind == kind, _SENT if is_sent else _SENT | _WAITS)
            .group_by(table.c.user_id, table.c.item_id)
        )
        return {
            (user_id, item_id): Told(int(at_us), price)
            for user_id, item_id, at_us, price in self._rows(theirs, user_ids)
            if item_id in wanted
        }

    def of_states(self, user_ids: Collection[str], kinds: Collection[str]) -> dict[str, list[ToldState]]:
        """Return by user the states of ``kinds`` that were told or wait."""
        theirs = select(table.c.user_id, table.c.kind, table.c.occasion_us).where(
            table.c.kind.in_(sorted(kinds)), _SENT | _WAITS
        )
        found: defaultdict[str, list[ToldState]] = defaultdict(list)
        for user_id, kind, order_us in self._rows(theirs, user_ids):
            found[user_id].append(ToldState(kind, order_us))
        return found

    def n_lately(self, user_ids: Collection[str], since_us: int, *, is_sent: bool = False) -> Counter[str]:
        """Return by user how many were sent since a moment, and wait; the sent ones alone where ``is_sent``."""
        sent_lately = _SENT & (table.c.ended_at_us >= since_us)
        theirs = select(table.c.user_id, func.count()).where(sent_lately if is_sent else sent_lately | _WAITS)
        return Counter(
            {user_id: int(n) for user_id, n in self._rows(theirs.group_by(table.c.user_id), user_ids)}
        )

    def _rows(self, theirs: Select[Any], user_ids: Collection[str]) -> list[Any]:
        with self._database.read() as connection:
            return [
                row
                for part in parts_of(sorted(user_ids))
                for row in connection.execute(theirs.where(table.c.user_id.in_(part)))
            ]
