"""Who changed what, when, in SQL: the audit log of the console."""

import json
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Row, delete, func, insert, select

from recsvc.store.database import Database
from recsvc.store.tables import END_US
from recsvc.store.tables import audit as table

KEPT_US = 365 * 86_400 * 1_000_000
MAX_ENTRIES = 100_000
MAX_BODY_BYTES = 256 * 2**10
"""A longer body is not kept; that something was done still is."""

_MAX_NUMBER = 2**63 - 1

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class AuditEntry:
    """One thing that somebody did.

    Attributes:
        at_us: when, in microseconds since 1970.
        key_id, key_name: whose key it was; an id of None where no key was needed.
        action: what was done, in a word, such as ``rules-changed``.
        subject: what it was done to: a placement, an item, a version, the digest of a shopper's id, never the id.
        body: what is needed to undo it, as values of JSON.
        number: of the entry, in the order in which they were made; 0 before it is stored.
    """

    at_us: int
    key_id: str | None
    key_name: str
    action: str
    subject: str
    body: dict[str, Any] | None = None
    number: int = 0


class Audit:
    """The entries of a year, ``MAX_ENTRIES`` at most; every method raises StoreError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, entry: AuditEntry) -> int:
        """Store an entry, and delete those that are too old or too many; return its number."""
        row = {name: getattr(entry, name) for name in _NAMES if name != "number"}
        if entry.body is not None and len(json.dumps(entry.body)) > MAX_BODY_BYTES:
            row["body"] = None
        with self._database.write() as connection:
            number = connection.execute(insert(table).values(**row).returning(table.c.number)).scalar_one()
            connection.execute(
                delete(table).where(
                    (table.c.at_us < entry.at_us - KEPT_US) | (table.c.number <= number - MAX_ENTRIES)
                )
            )
        return int(number)

    def newest(self, limit: int, before: int | None = None, subject: str | None = None) -> list[AuditEntry]:
        """Return the newest entries, newest first: those ``before`` a number, of one ``subject``, or all."""
        wanted = select(*_FIELDS).order_by(table.c.number.desc()).limit(limit)
        if before is not None:
            wanted = wanted.where(table.c.number < before)
        if subject is not None:
            wanted = wanted.where(table.c.subject == subject)
        with self._database.read() as connection:
            found = [_to_entry(row) for row in connection.execute(wanted)]
        return [entry for entry in found if entry is not None]

    def get(self, number: int) -> AuditEntry | None:
        """Return the entry of that number, or None."""
        if not 0 < number <= _MAX_NUMBER:
            return None
        with self._database.read() as connection:
            row = connection.execute(select(*_FIELDS).where(table.c.number == number)).first()
        return None if row is None else _to_entry(row)

    def count(self) -> int:
        """Return how many entries there are."""
        with self._database.read() as connection:
            return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


_NAMES = tuple(AuditEntry.__dataclass_fields__)
_FIELDS = tuple(table.c[name] for name in _NAMES)
_TEXTS = ("key_name", "action", "subject")


def _to_entry(row: Row[Any]) -> AuditEntry | None:
    """Return the entry in a row; None where another program wrote something else."""
    fields = row._asdict()
    is_legible = (
        all(isinstance(fields[name], str) for name in _TEXTS)
        and isinstance(fields["key_id"], str | None)
        and isinstance(fields["body"], dict | None)
        and type(fields["at_us"]) is int
        and 0 <= fields["at_us"] < END_US
    )
    if not is_legible:
        _log.warning("audit_unreadable")
        return None
    return AuditEntry(**fields)
