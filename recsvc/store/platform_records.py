"""What a shop's own system last said of its orders and products, in SQL."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from sqlalchemy import Connection, delete, insert, select

from recsvc.identity.spelling import canonical_user_id
from recsvc.store.database import Database, parts_of
from recsvc.store.tables import platform_records as table

RecordKind: TypeAlias = Literal["order", "product", "state", "request"]
"""``state`` is how far a connection has come, ``request`` what a person is to do for a shopper."""


@dataclass(frozen=True)
class PlatformRecord:
    """What was last said of one order or product.

    Attributes:
        platform: the shop's own system, such as ``woocommerce``.
        kind: what it is.
        record_id: how the system calls it.
        created_at_us: when it was made, in microseconds since 1970; 0 where nobody said.
        modified_at_us: when the system last changed it.
        body: what else is to be remembered, as JSON; nothing in it names a shopper, so that an erasure is complete, but
            for an open request, which is forgotten with its shopper.
    """

    platform: str
    kind: RecordKind
    record_id: str
    created_at_us: int = 0
    modified_at_us: int = 0
    body: dict[str, Any] = field(default_factory=dict)


_FIELDS = tuple(table.c[name] for name in PlatformRecord.__dataclass_fields__)


class PlatformRecords:
    """Records of shops' own systems; every method raises StoreError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get_many(
        self, platform: str, kind: RecordKind, record_ids: Collection[str]
    ) -> dict[str, PlatformRecord]:
        """Return the records of ``record_ids`` that there are, by their ids."""
        with self._database.read() as connection:
            return _get_many(connection, platform, kind, record_ids)

    def get(self, platform: str, kind: RecordKind, record_id: str) -> PlatformRecord | None:
        """Return the record, or None."""
        return self.get_many(platform, kind, [record_id]).get(record_id)

    def created_since(
        self, platform: str, kind: RecordKind, created_at_us: int = 0
    ) -> Iterator[PlatformRecord]:
        """Yield the records of what was made at ``created_at_us`` or later, oldest first."""
        found = select(*_FIELDS).where(table.c.platform == platform, table.c.kind == kind)
        with self._database.read() as connection:
            rows = connection.execute(
                found.where(table.c.created_at_us >= created_at_us).order_by(
                    table.c.created_at_us, table.c.record_id
                )
            ).all()
        return (PlatformRecord(*row) for row in rows)

    def products_called(self, platform: str, item_ids: Collection[str]) -> list[PlatformRecord]:
        """Return the products, those that were deleted too, whose ``item_id`` is one of ``item_ids``."""
        found = select(*_FIELDS).where(table.c.platform == platform, table.c.kind == "product")
        called = table.c.body["item_id"].as_string()
        with self._database.read() as connection:
            return [
                PlatformRecord(*row)
                for part in parts_of(sorted(set(item_ids)))
                for row in connection.execute(found.where(called.in_(part)))
            ]

    def put(self, records: Sequence[PlatformRecord]) -> None:
        """Store ``records``, each in the place of what was known of it."""
        with self._database.write() as connection:
            _replace(
                connection, list({(one.platform, one.kind, one.record_id): one for one in records}.values())
            )

    def put_if_unchanged(
        self, changes: Sequence[tuple[PlatformRecord | None, PlatformRecord]]
    ) -> list[PlatformRecord]:
        """Store records of different ids, each if what was read before is still there; return those that are stored.

        Args:
            changes: what was read, None where there was nothing, and what is to be there.
        """
        with self._database.write() as connection:
            there = _now(connection, [new for _, new in changes])
            stored = [new for now, (before, new) in zip(there, changes, strict=True) if now == before]
            _replace(connection, stored)
        return stored


def are_unchanged(connection: Connection, records: Sequence[PlatformRecord]) -> bool:
    """Return whether all of ``records`` are still there as they are."""
    return all(now == one for now, one in zip(_now(connection, records), records, strict=True))


def _now(connection: Connection, records: Sequence[PlatformRecord]) -> list[PlatformRecord | None]:
    """Return what is there in the place of each of ``records``."""
    found: dict[tuple[str, str, str], PlatformRecord] = {}
    for platform, kind in {(one.platform, one.kind) for one in records}:
        ids = [one.record_id for one in records if (one.platform, one.kind) == (platform, kind)]
        there = _get_many(connection, platform, kind, ids)
        found |= {(platform, kind, name): one for name, one in there.items()}
    return [found.get((one.platform, one.kind, one.record_id)) for one in records]


def _get_many(
    connection: Connection, platform: str, kind: RecordKind, record_ids: Collection[str]
) -> dict[str, PlatformRecord]:
    found = select(*_FIELDS).where(table.c.platform == platform, table.c.kind == kind)
    return {
        row.record_id: PlatformRecord(*row)
        for part in parts_of(sorted(set(record_ids)))
        for row in connection.execute(found.where(table.c.record_id.in_(part)))
    }


def users_with_requests(connection: Connection) -> set[str]:
    """Return the users, in the one spelling, whom something open is asked for."""
    return {name for _, names in _open_requests(connection) for name in names}


def forget_requests(connection: Connection, user_ids: Collection[str], at_us: int) -> None:
    """Close what is asked for users who are erased, and name them no more: nothing is left to show."""
    gone = set(user_ids)
    for record, names in _open_requests(connection):
        if names & gone:
            body = {**record.body, "user_ids": []}
            _replace(connection, [replace(record, body=body, modified_at_us=at_us)])


def _open_requests(connection: Connection) -> list[tuple[PlatformRecord, set[str]]]:
    """Return what a person is still to do, each with the users that it is for."""
    rows = connection.execute(
        select(*_FIELDS).where(table.c.kind == "request", table.c.modified_at_us == 0)
    ).all()
    records = [PlatformRecord(*row) for row in rows]
    return [(one, {canonical_user_id(str(name)) for name in one.body["user_ids"]}) for one in records]


def _replace(connection: Connection, records: Sequence[PlatformRecord]) -> None:
    for platform, kind in {(one.platform, one.kind) for one in records}:
        ids = [one.record_id for one in records if (one.platform, one.kind) == (platform, kind)]
        for part in parts_of(ids):
            connection.execute(
                delete(table).where(
                    table.c.platform == platform, table.c.kind == kind, table.c.record_id.in_(part)
                )
            )
    if records:
        connection.execute(insert(table), [dict(vars(one)) for one in records])
