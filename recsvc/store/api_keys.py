"""Keys of clients: what each may do, how it is recognised, and how it is kept in SQL."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog
from sqlalchemy import Row, insert, select, update

from recsvc.store.database import Database
from recsvc.store.tables import api_keys

_log = structlog.get_logger(__name__)

PREFIX = "rk"
_ID_BYTES, _SECRET_BYTES = 6, 32
_TOKEN = re.compile(rf"{PREFIX}_([0-9a-f]{{{2 * _ID_BYTES}}})_([A-Za-z0-9_-]{{43}})")


class Scope(StrEnum):
    """What a key opens."""

    READ = "read"
    EVENTS = "events"
    WIDGET = "widget"
    SUPPORT = "support"
    MERCHANDISE = "merchandise"
    AUDIENCE = "audience"
    ADMIN = "admin"


@dataclass(frozen=True)
class ApiKey:
    """A key as it is kept, without its secret.

    Attributes:
        key_id: the part of the key that may be shown.
        digest: of the secret, 32 bytes.
        scopes: what the key opens; ``admin`` opens everything.
        name: says to people whose key it is.
        origins: web sites whose pages may use the key; empty for any.
        created_at_us: in microseconds since 1970.
        expires_at_us: the key is refused from then on; None for never.
        revoked_at_us: the key is refused since then; None where it was not revoked.
    """

    key_id: str
    digest: bytes
    scopes: frozenset[Scope]
    name: str
    origins: tuple[str, ...]
    created_at_us: int
    expires_at_us: int | None = None
    revoked_at_us: int | None = None

    def holds(self, secret: str) -> bool:
        """Return whether ``secret`` is the key's; the check of any wrong secret takes equally long."""
        return hmac.compare_digest(digest_of(self.key_id, secret), self.digest)

    def is_valid(self, at_us: int) -> bool:
        """Return whether the key is neither revoked nor expired at ``at_us``, in microseconds since 1970."""
        return self.revoked_at_us is None and (self.expires_at_us is None or at_us < self.expires_at_us)

    def opens(self, scope: Scope) -> bool:
        """Return whether the key may be used for ``scope``."""
        return scope in self.scopes or Scope.ADMIN in self.scopes


@dataclass(frozen=True)
class Token:
    """A key as a client sends it: ``rk_<id>_<secret>``."""

    key_id: str
    secret: str

    @classmethod
    def new(cls) -> "Token":
        """Draw a token at random."""
        return cls(secrets.token_hex(_ID_BYTES), secrets.token_urlsafe(_SECRET_BYTES))

    def __str__(self) -> str:
        return f"{PREFIX}_{self.key_id}_{self.secret}"

    def __repr__(self) -> str:
        return f"Token({self.key_id!r})"


def read_token(text: str) -> Token | None:
    """Return the token that ``text`` spells, or None where it spells none."""
    found = _TOKEN.fullmatch(text)
    return Token(*found.groups()) if found else None


def digest_of(key_id: str, secret: str) -> bytes:
    """Return the 32 bytes by which a secret is recognised.

    The hash is fast: slow ones make it expensive to try the passwords that people choose, but a secret of 256 random
    bits cannot be guessed at any speed. The id is hashed along, so that a digest is worth nothing in another row.
    """
    return hashlib.blake2b(
        secret.encode(), digest_size=32, key=key_id.encode(), person=b"recsvc key"
    ).digest()


_FIELDS = tuple(api_keys.c[name] for name in ApiKey.__dataclass_fields__)


class Keys:
    """The keys of clients, in SQL; every method raises StoreError when the database fails."""

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
            keys = [_to_key(row) for row in connection.execute(oldest_first)]
        return [key for key in keys if key is not None]

    def revoke(self, key_id: str, at_us: int) -> bool:
        """Make the key useless for good; return whether there is a key of that id."""
        with self._database.write() as connection:
            mine = api_keys.c.key_id == key_id
            connection.execute(
                update(api_keys).where(mine, api_keys.c.revoked_at_us.is_(None)).values(revoked_at_us=at_us)
            )
            return connection.execute(select(api_keys.c.key_id).where(mine)).first() is not None


def _to_key(row: Row[Any]) -> ApiKey | None:
    """Return the key in a row; None where another program wrote something that is no key, and so opens nothing."""
    fields = row._asdict()
    moments = [fields[name] for name in ("created_at_us", "expires_at_us", "revoked_at_us")]
    try:
        texts = [fields["key_id"], fields["name"], *fields["origins"]]
        is_timed = type(moments[0]) is int and {int, type(None)} >= {*map(type, moments[1:])}
        if {*map(type, texts)} != {str} or not is_timed:
            raise TypeError("a key has a value of another type than its column")
        scopes = frozenset(Scope(scope) for scope in fields["scopes"])
        return ApiKey(
            texts[0], bytes(memoryview(fields["digest"])), scopes, texts[1], tuple(texts[2:]), *moments
        )
    except (ValueError, TypeError):
        _log.warning("key_unreadable")
        return None
