"""The keys of clients in memory: checked without a question to the database, and never older than a second."""

import hashlib
import time
from collections.abc import Callable, Sequence

from recsvc.errors import StoreError
from recsvc.repeating import Repeating
from recsvc.store.api_keys import ApiKey, Keys, read_token

FOLLOW_SECONDS = 0.5

Clock = Callable[[], int]
"""Nanoseconds since 1970."""


class KeyRing:
    """Follows ``keys`` in a thread of its own; while the database is away, the keys that were known go on to be valid.

    Attributes:
        is_known: whether the keys have been read at least once.
        is_empty: whether no key was ever made; one that was revoked or has expired still counts.
    """

    def __init__(self, keys: Keys, clock: Clock = time.time_ns) -> None:
        self._keys = keys
        self._clock = clock
        self._known = _Known(())
        self._following = Repeating("keys", FOLLOW_SECONDS, self.refresh)
        self.is_known = False
        self.is_empty = True

    def find(self, text: str) -> ApiKey | None:
        """Return the valid key that a client sent as ``text``, or None."""
        key = self._known.find(text)
        if key is None or not key.is_valid(self._clock() // 1000):
            return None
        return key

    def refresh(self) -> None:
        """Read the keys now; when the database fails, which it has logged, those that were known stay."""
        try:
            found = self._keys.all()
        except StoreError:
            return
        if not self.is_known or found != self._known.keys:
            self._known = _Known(found)
        self.is_empty = not found
        self.is_known = True

    def start(self) -> None:
        """Read the keys, and follow what becomes of them from now on."""
        self.refresh()
        self._following.start()

    def stop(self) -> None:
        """Follow them no longer."""
        self._following.stop()


class _Known:
    """The keys at some moment, and which of them a text was found to be.

    Only texts that are keys are remembered, by their hash: as many at most as there are keys, and no secret.
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
