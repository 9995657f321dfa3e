"""Changes of stock and price, in SQL: noted in the transaction that changes the item, while somebody listens."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from recsvc.catalogue.item import Item
from recsvc.store.database import Database, parts_of
from recsvc.store.webhook_tables import item_changes as table
from recsvc.store.webhook_tables import webhook_sender as sender

MOST_CHANGES = 1_000_000
"""At most so many are kept: the oldest go first."""


@dataclass(frozen=True)
class ItemChange:
    """What became of an item: either its stock or its price changed.

    Attributes:
        number: grows with each change.
        item_id: as the catalogue spells it.
        at_us: when, in microseconds since 1970.
        in_stock: whether it can be sold now; None where the price changed.
        was_price, price: before and now; None for no price, and where the stock changed.
    """

    number: int
    item_id: str
    at_us: int
    in_stock: bool | None
    was_price: float | None
    price: float | None

    @property
    def is_price(self) -> bool:
        """Whether the price changed."""
        return self.in_stock is None


_FIELDS = tuple(table.c[name] for name in ItemChange.__dataclass_fields__)


class ItemChanges:
    """What changed, in the order in which it did; every method raises StoreError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def after(self, number: int, limit: int) -> list[ItemChange]:
        """Return the next changes after ``number``."""
        later = select(*_FIELDS).where(table.c.number > number).order_by(table.c.number).limit(limit)
        with self._database.read() as connection:
            return [ItemChange(*row) for row in connection.execute(later)]

    def of_items(self, item_ids: Collection[str]) -> dict[str, list[ItemChange]]:
        """Return what is kept of each of ``item_ids``, oldest first."""
        found: defaultdict[str, list[ItemChange]] = defaultdict(list)
        theirs = select(*_FIELDS).order_by(table.c.item_id, table.c.number)
        with self._database.read() as connection:
            for part in parts_of(sorted(item_ids)):
                for row in connection.execute(theirs.where(table.c.item_id.in_(part))):
                    found[row.item_id].append(ItemChange(*row))
        return found

    def n_after(self, number: int) -> int:
        """Return how many numbers were given after ``number``."""
        with self._database.read() as connection:
            newest = connection.execute(select(func.max(table.c.number))).scalar()
        return max(0, int(newest or 0) - number)

    def forget(self, numbers: Collection[int]) -> None:
        """Delete changes that tell nothing to anybody any more."""
        if numbers:
            with self._database.write() as connection:
                for part in parts_of(sorted(numbers)):
                    connection.execute(delete(table).where(table.c.number.in_(part)))

    def forget_old(self, before_us: int) -> None:
        """Delete the changes of before, and the oldest where there are too many."""
        with self._database.write() as connection:
            connection.execute(delete(table).where(table.c.at_us < before_us))
            newest = connection.execute(select(func.max(table.c.number))).scalar()
            connection.execute(delete(table).where(table.c.number <= int(newest or 0) - MOST_CHANGES))

    def forget_prices(self) -> None:
        """Delete all changes of prices: they are in another currency."""
        with self._database.write() as connection:
            connection.execute(delete(table).where(table.c.in_stock.is_(None)))


def note_changes(
    connection: Connection, before: Mapping[str, Item], after: Mapping[str, Item], at_us: int
) -> None:
    """Note what the transaction changes of items that are known, by their keys; nothing where nobody listens."""
    rows = list(_changes(before, after, at_us))
    if rows and _is_listening(connection, at_us):
        connection.execute(insert(table), rows)


def _changes(before: Mapping[str, Item], after: Mapping[str, Item], at_us: int) -> Iterator[dict[str, Any]]:
    unsaid = {"at_us": at_us, "in_stock": None, "was_price": None, "price": None}
    for key, was in before.items():
        now = after[key]
        if was.in_stock is not now.in_stock:
            yield {**unsaid, "item_id": was.item_id, "in_stock": now.in_stock}
        if (
            was.price != now.price
        ):  # also from or to no price: what a shopper saw before that was no other one
            yield {**unsaid, "item_id": was.item_id, "was_price": was.price, "price": now.price}


def _is_listening(connection: Connection, at_us: int) -> bool:
    found = connection.execute(select(sender.c.quiet_until_us, sender.c.listens_until_us)).first()
    return found is not None and bool(found[0] <= at_us < found[1])
