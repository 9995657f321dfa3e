"""Items of the catalogue that people look for, by id or by a word of the title."""

from sqlalchemy import select

from recsvc.identity.spelling import item_key
from recsvc.store.database import Database
from recsvc.store.tables import items as table


class ItemSearch:
    """Looks for items; every method raises StoreError when the database fails. Withdrawn items are never found."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, text: str, limit: int) -> list[str]:
        """Return the ids of items whose id begins with ``text``, then of those whose title has it, case aside."""
        key = item_key(text)
        sold = select(table.c.item_id).where(table.c.withdrawn.is_(False))
        by_id = sold.where(table.c.item_key >= key, table.c.item_key < f"{key}\U0010ffff")
        by_title = sold.where(table.c.title.icontains(text, autoescape=True))
        with self._database.read() as connection:
            found = dict.fromkeys(connection.scalars(by_id.order_by(table.c.item_key).limit(limit)))
            if len(found) < limit:
                found |= dict.fromkeys(connection.scalars(by_title.limit(limit)))
        return [str(item_id) for item_id in found][:limit]

    def page(self, after: str, limit: int) -> list[str]:
        """Return the ids of the items that follow ``after`` in the order of their spellings; "" for the first."""
        sold = select(table.c.item_id).where(table.c.withdrawn.is_(False))
        if after:
            sold = sold.where(table.c.item_key > item_key(after))
        with self._database.read() as connection:
            return list(map(str, connection.scalars(sold.order_by(table.c.item_key).limit(limit))))
