"""The one thread that asks the store what is new, and how requests ask it."""

import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Lock
from typing import Protocol, TypeVar

from recsvc.cache.breaker import Breaker
from recsvc.errors import StoreError
from recsvc.repeating import Repeating
from recsvc.store.store import Position, Store

POLL_SECONDS = 0.3
PAUSE_SECONDS = 1.0

T = TypeVar("T")


class GuardedStore:
    """A store that requests leave alone for ``PAUSE_SECONDS`` after it failed: they do not wait for it in vain."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._breaker = Breaker(PAUSE_SECONDS)

    def ask(self, read: Callable[[Store], T]) -> T | None:
        """Return what ``read`` reads; None where the store does not answer, or did not a moment ago."""
        if self._breaker.allows():
            try:
                found = read(self.store)
            except StoreError:
                self._breaker.failed()
            else:
                self.has_answered()
                return found
        return None

    def has_answered(self) -> None:
        """Let requests ask again at once."""
        self._breaker.succeeded()


class Part(Protocol):
    """What goes by the store: each takes up what is new to it, and keeps what it knows while the store is away."""

    def follow(self, store: Store, position: Position) -> bool:
        """Read on, at most until ``position``, and return whether nothing is left to read; raises StoreError."""


class StoreFollower:
    """Asks the store every ``POLL_SECONDS`` how far it has come, and lets each part read what is new.

    Args:
        guarded: the store that is followed.
        urgent: parts that ``refresh`` brings up to date too, while a request waits: they read little.
        others: parts that only the thread brings up to date.
    """

    def __init__(self, guarded: GuardedStore, urgent: Sequence[Part], others: Sequence[Part] = ()) -> None:
        self._guarded = guarded
        self._store = guarded.store
        self._urgent = urgent
        self._others = others
        self._lock = Lock()
        self._known_at = -math.inf
        self._following = Repeating("store-follower", POLL_SECONDS, self._try)

    def age_seconds(self) -> float:
        """Return how old the urgent parts are at most; infinite until the store has answered once."""
        return time.monotonic() - self._known_at

    def refresh(self) -> Position:
        """See at once what is new to the urgent parts; return how far the store has come. Raises StoreError."""
        asked_at, position = time.monotonic(), self._store.position()
        # Two threads may have asked; what is read after the older answer is at least as new.
        with self._lock:
            for part in self._urgent:
                part.follow(self._store, position)
            self._known_at = max(self._known_at, asked_at)
        self._guarded.has_answered()
        return position

    def try_refresh(self) -> None:
        """See at once what is new to the urgent parts, if the store tells."""
        self._guarded.ask(lambda _store: self.refresh())

    def look(self) -> bool:
        """Let all parts read on; return whether nothing is left to read. Raises StoreError."""
        position = self.refresh()
        is_current = [part.follow(self._store, position) for part in self._others]
        return all(is_current)

    def start(self) -> None:
        """Ask now, and from now on."""
        self._try()
        self._following.start()

    def stop(self) -> None:
        """Stop asking."""
        self._following.stop()

    def _try(self) -> None:
        with suppress(StoreError):  # logged where it happened
            self.look()
