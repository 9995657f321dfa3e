"""Keys in SQL."""

from typing import Any

from sqlalchemy import Row, insert, select, update

from recsvc.store.api_key import ApiKey, Scope
from recsvc.store.database import Database
from recsvc.store.tables import api_keys

_FIELDS = tuple(api_keys.c[name] for name in ApiKey.__dataclass_fields__)


class SqlKeys:
    """Keeps the contract of ``Keys``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, key: ApiKey) -> None:
        """Store a new key."""
        row = vars(key) | {"scopes": sorted(key.scopes), "origins": list(key.origins)}
        with self._database.write() as connection:
            connection.execute(insert(api_keys).values(**row))

    def all(self) -> list[ApiKey]:
        """Return every key that was ever made, oldest first."""
        oldest_first = select(*_FIELDS).order_by(api_keys.c.created_at_us, api_keys.c.key_id)
        with self._database.read() as connection:
            return [_to_key(row) for row in connection.execute(oldest_first)]

    def revoke(self, key_id: str, at_us: int) -> bool:
        """Make a key useless for good; return whether there is one of that id."""
        with self._database.write() as connection:
            mine = api_keys.c.key_id == key_id
            connection.execute(
                update(api_keys).where(mine, api_keys.c.revoked_at_us.is_(None)).values(revoked_at_us=at_us)
            )
            return connection.execute(select(api_keys.c.key_id).where(mine)).first() is not None


def _to_key(row: Row[Any]) -> ApiKey:
    fields = row._asdict()
    return ApiKey(
        **fields
        | {
            "digest": bytes(fields["digest"]),
            "scopes": frozenset(Scope(one) for one in fields["scopes"]),
            "origins": tuple(fields["origins"]),
        }
    )
