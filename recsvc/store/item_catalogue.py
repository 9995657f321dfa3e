"""The catalogue in SQL: items, by id."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from math import isfinite
from typing import Any

import structlog
from sqlalchemy import Connection, Row, delete, func, insert, select

from recsvc.catalogue.item import Item, ItemChanges
from recsvc.clock import now_us
from recsvc.identity.spelling import canonical_item_id, item_key
from recsvc.store.database import BATCH_SIZE, Database, parts_of
from recsvc.store.item_changes import note_changes
from recsvc.store.tables import END_US
from recsvc.store.tables import items as table

_log = structlog.get_logger(__name__)

_NAMES = tuple(field.name for field in fields(Item))
_FIELDS = tuple(table.c[name] for name in _NAMES)


class Catalogue:
    """Items, by id; every method raises StoreError when the database fails.

    Every way in which an item changes leads through here, so that a change of stock or price is noted with it.
    ``clock`` returns the time in microseconds since 1970.
    """

    def __init__(self, database: Database, clock: Callable[[], int] = now_us) -> None:
        self._database = database
        self._clock = clock

    def get(self, item_id: str) -> Item | None:
        """Return the item, or None when it is unknown or withdrawn."""
        return self.get_many([item_id]).get(item_id)

    def get_many(self, item_ids: Collection[str]) -> dict[str, Item]:
        """Return those of ``item_ids`` that are known and not withdrawn, by the ids as they are given."""
        if not item_ids:
            return {}
        keys = {item_id: item_key(item_id) for item_id in item_ids}
        with self._database.read() as connection:
            found = _sold(connection, set(keys.values()))
        return {item_id: found[key] for item_id, key in keys.items() if key in found}

    def count(self) -> int:
        """Return how many items are known, withdrawn ones too."""
        with self._database.read() as connection:
            return int(connection.execute(select(func.count()).select_from(table)).scalar_one())

    def put(self, items: Sequence[Item]) -> int:
        """Store ``items``, replacing those of the same id in any spelling, all or none; return how many were new.

        An item keeps the spelling that it was first stored in.
        """
        last = {item_key(item.item_id): item for item in items}
        with self._database.write() as connection:
            known = _sold(connection, last)
            note_changes(connection, known, last, self._clock())
            _replace(connection, last)
        return len(last) - len(known)

    def patch(self, item_id: str, changes: Mapping[str, Any]) -> Item | None:
        """Change an item as ``Item.patched`` does; return it, or None when it is unknown or withdrawn."""
        key = item_key(item_id)
        with self._database.write() as connection:
            item = _sold(connection, [key]).get(key)
            if item is not None:
                patched = item.patched(changes)
                note_changes(connection, {key: item}, {key: patched}, self._clock())
                _replace(connection, {key: patched})
                item = patched
        return item

    def patch_many(self, changes: Mapping[str, Mapping[str, Any]], at_us: int) -> tuple[int, frozenset[str]]:
        """Change items by id, as ``patch`` does, all or none; at ``at_us``, in microseconds since 1970.

        Return how many are another now, and those of the ids that are unknown or withdrawn. An item that already is
        as it is to be is not written again.
        """
        wanted = {item_key(item_id): changed for item_id, changed in changes.items()}
        with self._database.write() as connection:
            known = _sold(connection, wanted)
            patched = {key: item.patched(wanted[key]) for key, item in known.items()}
            fresh = {
                key: replace(item, updated_at_us=at_us) for key, item in patched.items() if item != known[key]
            }
            note_changes(connection, {key: known[key] for key in fresh}, fresh, self._clock())
            _replace(connection, fresh)
        return len(fresh), frozenset(item_id for item_id in changes if item_key(item_id) not in known)

    def withdraw(self, item_id: str, at_us: int) -> None:
        """Delete what is known of the item, and keep, whether it was known or not, that it must not be shown."""
        gone, key = Item(item_id, in_stock=False, updated_at_us=at_us, withdrawn=True), item_key(item_id)
        with self._database.write() as connection:
            known = _sold(connection, [key])
            # It may come back at another price: who looked before saw this one.
            unpriced = {name: replace(item, price=None) for name, item in known.items()}
            note_changes(connection, known, unpriced, self._clock())
            _replace(connection, {key: gone})

    def newest_revision(self) -> int:
        """Return the revision of the item that changed last, 0 without any."""
        with self._database.read() as connection:
            return int(connection.execute(select(func.coalesce(func.max(table.c.revision), 0))).scalar_one())

    def changes_since(self, revision: int = 0, limit: int = BATCH_SIZE) -> ItemChanges:
        """Return the next items that changed after ``revision``."""
        found = select(*_FIELDS, table.c.revision).where(table.c.revision > revision)
        with self._database.read() as connection:
            rows = connection.execute(found.order_by(table.c.revision).limit(limit)).all()
            items = tuple(_legible(rows))
        return ItemChanges(items, rows[-1].revision if rows else revision)


def every_item(catalogue: Catalogue) -> Iterator[Item]:
    """Yield all items, withdrawn ones too, read in batches."""
    changes = catalogue.changes_since()
    while changes.items:
        yield from changes.items
        changes = catalogue.changes_since(changes.revision)


def _sold(connection: Connection, keys: Collection[str]) -> dict[str, Item]:
    sold = select(*_FIELDS).where(table.c.withdrawn.is_(False))
    rows = (connection.execute(sold.where(table.c.item_key.in_(part))) for part in parts_of(list(keys)))
    return {item_key(item.item_id): item for part in rows for item in _legible(part.all())}


def _legible(rows: Sequence[Row[*tuple[Any, ...]]]) -> Iterator[Item]:
    """Yield the items of rows; a row that another program wrote, and that is no item, is left out."""
    for row in rows:
        values = {name: getattr(row, name) for name in _NAMES}
        wrong = [name for name, value in values.items() if not _FITS[name](value)]
        if wrong:
            _log.warning("item_unreadable", fields=wrong)
        else:
            yield Item(**values | {"categories": tuple(values["categories"])})


def _is_text(value: object) -> bool:
    return value is None or isinstance(value, str)


def _is_moment(value: object) -> bool:
    return value is None or (type(value) is int and 0 <= value < END_US)


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float) and (not isinstance(value, float) or isfinite(value))


def _is_attribute(value: object) -> bool:
    return all(map(_is_plain, value)) if isinstance(value, list) else _is_plain(value)


_FITS: dict[str, Callable[[Any], bool]] = {
    "item_id": lambda value: isinstance(value, str),
    "title": _is_text,
    "url": _is_text,
    "image_url": _is_text,
    "price": lambda value: value is None or (type(value) in (int, float) and isfinite(value)),
    "categories": lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value),
    "in_stock": lambda value: isinstance(value, bool),
    "available_from_us": _is_moment,
    "available_until_us": _is_moment,
    "attributes": lambda value: isinstance(value, dict) and all(map(_is_attribute, value.values())),
    "group_id": _is_text,
    "updated_at_us": lambda value: value is not None and _is_moment(value),
    "withdrawn": lambda value: isinstance(value, bool),
}
"""What the value of each field may be: another program may have written it."""


def _replace(connection: Connection, items: Mapping[str, Item]) -> None:
    """Write ``items``, by key, each with a revision of its own; the caller holds the only connection that writes."""
    if not items:
        return
    newest = connection.execute(select(func.coalesce(func.max(table.c.revision), 0))).scalar_one()
    spelled: dict[str, str] = {}
    for part in parts_of(list(items)):
        found = select(table.c.item_key, table.c.item_id).where(table.c.item_key.in_(part))
        spelled |= {row.item_key: row.item_id for row in connection.execute(found)}
        connection.execute(delete(table).where(table.c.item_key.in_(part)))
    rows = [
        {
            **vars(item),
            "item_id": spelled.get(key) or canonical_item_id(item.item_id),
            "item_key": key,
            "categories": list(item.categories),
            "revision": newest + number,
        }
        for number, (key, item) in enumerate(items.items(), start=1)
    ]
    connection.execute(insert(table), rows)
