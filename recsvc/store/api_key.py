"""Keys with which clients prove who they are: what they may do, and how they are recognised."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from enum import StrEnum

PREFIX = "rk"
_ID_BYTES, _SECRET_BYTES = 6, 32
_TOKEN = re.compile(rf"{PREFIX}_([0-9a-f]{{{2 * _ID_BYTES}}})_([A-Za-z0-9_-]{{43}})")


class Scope(StrEnum):
    """What a key opens."""

    READ = "read"
    EVENTS = "events"
    ADMIN = "admin"


@dataclass(frozen=True)
class ApiKey:
    """What is kept of a key; the secret is not.

    Attributes:
        key_id: the part of the key that may be shown.
        digest: of the secret, 32 bytes.
        scopes: what it opens; ``admin`` opens everything.
        name: whose it is, for people.
        origins: web sites whose browsers may use it; empty for any.
        created_at_us: in microseconds since 1970.
        expires_at_us: it is refused from then on; None for never.
        revoked_at_us: it is refused since then; None where it was not revoked.
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
        """Return whether ``secret`` is that of the key; takes as long for any wrong one."""
        return hmac.compare_digest(digest_of(self.key_id, secret), self.digest)

    def is_valid(self, at_us: int) -> bool:
        """Return whether it opens anything at that time."""
        return self.revoked_at_us is None and (self.expires_at_us is None or at_us < self.expires_at_us)

    def opens(self, scope: Scope) -> bool:
        """Return whether it may be used for ``scope``."""
        return scope in self.scopes or Scope.ADMIN in self.scopes


@dataclass(frozen=True)
class Token:
    """A key as a client sends it: ``rk_<id>_<secret>``."""

    key_id: str
    secret: str

    @classmethod
    def new(cls) -> "Token":
        """Draw one."""
        return cls(secrets.token_hex(_ID_BYTES), secrets.token_urlsafe(_SECRET_BYTES))

    def __str__(self) -> str:
        return f"{PREFIX}_{self.key_id}_{self.secret}"

    def __repr__(self) -> str:
        return f"Token({self.key_id!r})"


def read_token(text: str) -> Token | None:
    """Return the token that ``text`` is, or None where it cannot be one."""
    found = _TOKEN.fullmatch(text)
    return Token(*found.groups()) if found else None


def digest_of(key_id: str, secret: str) -> bytes:
    """Return the 32 bytes by which a secret is recognised.

    A plain hash, not one that is slow on purpose: those make it expensive to try the passwords people choose, and a
    secret of 256 random bits cannot be guessed at any speed. The id is hashed along, so that a digest is worth nothing
    in another row.
    """
    return hashlib.blake2b(
        secret.encode(), digest_size=32, key=key_id.encode(), person=b"recsvc key"
    ).digest()
