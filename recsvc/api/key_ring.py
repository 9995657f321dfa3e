"""The keys of clients in memory: checked without asking the database, a second old at most while it answers."""

import hashlib
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from recsvc.store.api_keys import ApiKey, Scope, read_token
from recsvc.store.store import Position, Store

_log = structlog.get_logger(__name__)

Clock = Callable[[], int]
"""Nanoseconds since 1970."""


REMINDER = "keys-demanded"
"""In the models directory: says that there were keys."""

MAX_AGE_SECONDS = 60.0
"""Keys that are older open lists alone: one of them may have been revoked."""


class KeyRing:
    """Follows the keys of a store; while it is away, the keys that were known stay valid for what is not secret.

    Attributes:
        is_known: whether the keys have been read at least once.
        is_empty: whether no key was ever made; one that was revoked or has expired still counts.
        widget_origins: the web sites of all valid keys of the scope ``widget``.

    ``reminder`` is a file outside the store that is made with the first key. A store without keys beside such a file is
    another one than before, empty or from a copy: keys go on being demanded.
    """

    def __init__(self, clock: Clock = time.time_ns, reminder: Path | None = None) -> None:
        self._clock = clock
        self._reminder = reminder
        self._is_other_store = self._is_said = False
        self._known = _Known(())
        self._known_at = -math.inf
        self.is_known = False
        self.is_empty = True
        self.widget_origins: frozenset[str] = frozenset()

    @property
    def is_old(self) -> bool:
        """Whether the keys were read so long ago that a revocation may have been missed."""
        return time.monotonic() - self._known_at > MAX_AGE_SECONDS

    def find(self, text: str) -> ApiKey | None:
        """Return the valid key that a client sent as ``text``, or None."""
        return self._valid(self._known.find(text))

    def knows(self, key_id: str) -> bool:
        """Return whether a key of that id was ever made here; that says nothing of whoever sends it."""
        return key_id in self._known.by_id

    def find_by_id(self, key_id: str) -> ApiKey | None:
        """Return the key of that id if it is still valid, or None; whoever asks has proved whose it is."""
        return self._valid(self._known.by_id.get(key_id))

    def _valid(self, key: ApiKey | None) -> ApiKey | None:
        return key if key is not None and key.is_valid(self._clock() // 1000) else None

    def follow(self, store: Store, position: Position) -> bool:  # noqa: ARG002 - keys have no position
        """Read the keys, of which there are few; raises StoreError."""
        asked_at, found = time.monotonic(), store.keys.all()
        if not self.is_known or found != self._known.keys:
            self._known = _Known(found)
        self.is_empty = not self._remembers(is_keyed=bool(found)) and not found
        self.widget_origins = self._origins_of_widgets()
        self.is_known = True
        self._known_at = asked_at
        return True

    def _origins_of_widgets(self) -> frozenset[str]:
        now_us = self._clock() // 1000
        widgets = (key for key in self._known.keys if Scope.WIDGET in key.scopes and key.is_valid(now_us))
        return frozenset(origin for key in widgets for origin in key.origins)

    @property
    def problem(self) -> str | None:
        """What is wrong with the keys, or None."""
        if not self._is_other_store:
            return None
        return (
            "keys were made before, but the store has none now: it is another one. Restore the right one, make keys in "
            f"this one, or remove {REMINDER} from the models directory"
        )

    def _remembers(self, *, is_keyed: bool) -> bool:
        """Return whether there were keys before; make sure that those of now are remembered."""
        if self._reminder is None:
            return False
        was_keyed = self._reminder.exists()
        if is_keyed and not was_keyed:
            try:
                self._reminder.touch()
            except OSError as error:  # as where the service may only read the models
                if not self._is_said:
                    _log.warning("keys_not_remembered", detail=str(error))
                self._is_said = True
        self._is_other_store = was_keyed and not is_keyed
        return was_keyed


class _Known:
    """The keys at one moment, and which of them a text was found to be.

    Only texts that are keys are remembered, by their hash: at most as many as there are keys, and no secret.
    """

    def __init__(self, keys: Sequence[ApiKey]) -> None:
        self.keys = keys
        self.by_id = {key.key_id: key for key in keys}
        self._by_hash: dict[bytes, ApiKey] = {}

    def find(self, text: str) -> ApiKey | None:
        digest = hashlib.blake2b(text.encode()).digest()
        return self._by_hash.get(digest) or self._verify(text, digest)

    def _verify(self, text: str, digest: bytes) -> ApiKey | None:
        token = read_token(text)
        key = token and self.by_id.get(token.key_id)
        if not token or not key or not key.holds(token.secret):
            return None
        self._by_hash[digest] = key
        return key
