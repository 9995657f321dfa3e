"""Which ids were erased, and which are now another's, as a transaction sees it."""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import Connection, select

from recsvc.identity.external_id import IdKind
from recsvc.identity.spelling import likely_spellings
from recsvc.identity.tombstones import tombstone
from recsvc.store.database import parts_of
from recsvc.store.tables import merges, salts, tombstones


def erased(connection: Connection, kind: IdKind, ids: Collection[str]) -> set[str]:
    """Return those of ``ids`` that were erased, users also in a likely earlier spelling."""
    if not ids:
        return set()
    salt, digests = salt_of(connection), defaultdict[bytes, set[str]](set)
    for external_id in ids:
        for spelling in likely_spellings(external_id) if kind == "user" else (external_id,):
            digests[tombstone(salt, kind, spelling)].add(external_id)
    gone = set[str]()
    for part in parts_of(list(digests)):
        found = select(tombstones.c.digest).where(tombstones.c.digest.in_(part))
        gone |= {one for digest in connection.scalars(found) for one in digests[bytes(digest)]}
    return gone


def merged(connection: Connection, kind: IdKind, ids: Collection[str]) -> dict[str, str]:
    """Return id -> user, for those of ``ids`` that were merged into a user."""
    if not ids:
        return {}
    found = select(merges.c.from_id, merges.c.to_user_id).where(
        merges.c.kind == kind, merges.c.from_id.in_(ids)
    )
    return {row.from_id: row.to_user_id for row in connection.execute(found)}


def salt_of(connection: Connection) -> bytes:
    """Return the key of the tombstones."""
    return bytes(connection.execute(select(salts.c.salt)).scalar_one())
