"""The one thread that asks the store what is new, and how requests ask it."""

import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Lock
from typing import Protocol, TypeVar

import structlog

from recsvc.cache.breaker import Breaker
from recsvc.errors import StoreError, UnreadableRowError
from recsvc.repeating import Repeating
from recsvc.store.store import Position, Store

POLL_SECONDS = 0.3
PAUSE_SECONDS = 1.0

T = TypeVar("T")

_log = structlog.get_logger(__name__)


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
            except UnreadableRowError:
                return None  # of this question alone
            except StoreError:
                self._breaker.failed()
            else:
                self.has_answered()
                return found
        return None

    def has_answered(self) -> None:
        """Let requests ask again at once."""
        self._breaker.succeeded()


class UnguardedStore(GuardedStore):
    """A store for programs whose lists must not be made without it."""

    def ask(self, read: Callable[[Store], T]) -> T | None:
        """Return what ``read`` reads; raises StoreError where the store does not answer."""
        return read(self.store)


class Part(Protocol):
    """What goes by the store: each takes up what is new to it, and keeps what it knows while the store is away."""

    def follow(self, store: Store, position: Position) -> bool:
        """Read on, at most until ``position``, and return whether nothing is left to read; raises StoreError."""


class StoreFollower:
    """Asks the store every ``POLL_SECONDS`` how far it has come, and lets each part read what is new.

    Args:
        guarded: the store that is followed.
        urgent: parts that ``refresh`` brings up to date too, while a request waits.
        others: parts that only the thread brings up to date.
        first: parts that only the thread brings up to date, before all others: they wait for nothing large.
        on_answer: called when the store has answered, while nobody waits for what is read.
    """

    def __init__(
        self,
        guarded: GuardedStore,
        urgent: Sequence[Part],
        others: Sequence[Part] = (),
        first: Sequence[Part] = (),
        on_answer: Callable[[], None] = lambda: None,
    ) -> None:
        self._guarded = guarded
        self._store = guarded.store
        self._first, self._urgent, self._others = first, urgent, others
        self._on_answer = on_answer
        self._lock = Lock()
        self._known_at = -math.inf
        self._has_more = self._is_stopped = False
        self._following = Repeating("store-follower", POLL_SECONDS, self._try)

    def age_seconds(self) -> float:
        """Return how old the urgent parts are at most; infinite until the store has answered once."""
        return time.monotonic() - self._known_at

    def refresh(self) -> Position:
        """See at once what is new to the urgent parts; return how far the store has come. Raises StoreError."""
        asked_at, position = time.monotonic(), self._store.position()
        self._take_up(position, asked_at)
        return position

    def _take_up(self, position: Position, asked_at: float) -> bool:
        # Two threads may have asked; what is read after the older answer is at least as new.
        with self._lock:
            is_current = self._follow(self._urgent, position)
            self._known_at = max(self._known_at, asked_at)
        self._guarded.has_answered()
        self._on_answer()
        return is_current

    def try_refresh(self) -> None:
        """See at once what is new to the urgent parts, if the store tells."""
        self._guarded.ask(lambda _store: self.refresh())

    def look(self) -> bool:
        """Let all parts read on, each a bounded part; return whether nothing is left to read. Raises StoreError."""
        asked_at, position = time.monotonic(), self._store.position()
        try:
            self._follow(self._first, position)
        finally:
            self._has_more = not self._take_up(position, asked_at)
            is_current = self._follow(self._others, position)
        return is_current and not self._has_more

    def start(self) -> None:
        """Ask now, and from now on."""
        self._try()
        self._following.start()

    def stop(self) -> None:
        """Stop asking."""
        self._is_stopped = True
        self._following.stop()

    def _follow(self, parts: Sequence[Part], position: Position) -> bool:
        """Let each of ``parts`` read on, also where one before it failed; return whether nothing is left to read.

        Raises the first StoreError.
        """
        is_current, lost = True, None
        for part in parts:
            try:
                is_current = part.follow(self._store, position) and is_current
            except StoreError as error:
                lost = lost or error
            except Exception as error:  # noqa: BLE001 - a part that meets what it cannot read stops no other
                _log.error(
                    "follower_failed", part=type(part).__name__, error=type(error).__name__, exc_info=error
                )
        if lost is not None:
            raise lost
        return is_current

    def _try(self) -> None:
        """Look until the urgent parts have read everything: what is first, and who was erased, once a batch."""
        with suppress(StoreError):  # logged where it happened
            self.look()
            while self._has_more and not self._is_stopped:
                self.look()
