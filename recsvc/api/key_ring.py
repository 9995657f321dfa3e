"""The keys of clients in memory: checked without asking the database, a second old at most while it answers."""

import hashlib
import math
import time
from collections.abc import Callable, Sequence

from recsvc.store.api_keys import ApiKey, read_token
from recsvc.store.store import Position, Store

Clock = Callable[[], int]
"""Nanoseconds since 1970."""


MAX_AGE_SECONDS = 60.0
"""Keys that are older open lists alone: one of them may have been revoked."""


class KeyRing:
    """Follows the keys of a store; while it is away, the keys that were known stay valid for what is not secret.

    Attributes:
        is_known: whether the keys have been read at least once.
        is_empty: whether no key was ever made; one that was revoked or has expired still counts.
    """

    def __init__(self, clock: Clock = time.time_ns) -> None:
        self._clock = clock
        self._known = _Known(())
        self._known_at = -math.inf
        self.is_known = False
        self.is_empty = True

    @property
    def is_old(self) -> bool:
        """Whether the keys were read so long ago that a revocation may have been missed."""
        return time.monotonic() - self._known_at > MAX_AGE_SECONDS

    def find(self, text: str) -> ApiKey | None:
        """Return the valid key that a client sent as ``text``, or None."""
        key = self._known.find(text)
        if key is None or not key.is_valid(self._clock() // 1000):
            return None
        return key

    def follow(self, store: Store, position: Position) -> bool:  # noqa: ARG002 - keys have no position
        """Read the keys, of which there are few; raises StoreError."""
        asked_at, found = time.monotonic(), store.keys.all()
        if not self.is_known or found != self._known.keys:
            self._known = _Known(found)
        self.is_empty = not found
        self.is_known = True
        self._known_at = asked_at
        return True


class _Known:
    """The keys at one moment, and which of them a text was found to be.

    Only texts that are keys are remembered, by their hash: at most as many as there are keys, and no secret.
    """

    def __init__(self, keys: Sequence[ApiKey]) -> None:
        self.keys = keys
        self._by_id = {key.key_id: key for key in keys}
        self._by_hash: dict[bytes, ApiKey] = {}

    def find(self, text: str) -> ApiKey | None:
        digest = hashlib.blake2b(text.encode()).digest()
        return self._by_hash.get(digest) or self._verify(text, digest)

    def _verify(self, text: str, digest: bytes) -> ApiKey | None:
        token = read_token(text)
        key = token and self._by_id.get(token.key_id)
        if not token or not key or not key.holds(token.secret):
            return None
        self._by_hash[digest] = key
        return key
