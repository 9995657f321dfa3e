"""One sender at a time, of all workers of all machines that share a store."""

import secrets
import time
from collections.abc import Callable

from recsvc.store.webhook_sender import Heart, WebhookSender

BEAT_SECONDS = 10.0
LEASE_SECONDS = 60.0
"""A sender without a sign of life for so long is gone; no clock of another machine is asked for that."""


class Lease:
    """The right to send. Who loses it while a webhook is on its way sends that one at most twice, under one id.

    Args:
        sender: the row that all see.
        monotonic: returns seconds that only grow.
    """

    def __init__(self, sender: WebhookSender, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._sender = sender
        self._monotonic = monotonic
        self._holder = secrets.token_hex(16)
        self._beaten_at: float | None = None
        self._seen: Heart | None = None
        self._seen_at = 0.0

    def is_held(self) -> bool:
        """Return whether this process may send now; it takes over where nobody else does. Raises StoreError."""
        now = self._monotonic()
        if self._beaten_at is not None:
            if now - self._beaten_at < BEAT_SECONDS:
                return True
            self._beaten_at = now if self._sender.beat(self._holder) else None
            return self._beaten_at is not None
        seen = self._sender.heart()
        if seen != self._seen:
            self._seen, self._seen_at = seen, now
        is_free = seen is None or seen.holder is None or now - self._seen_at >= LEASE_SECONDS
        if is_free and self._sender.take(self._holder, seen):
            self._beaten_at = now
        return self._beaten_at is not None

    def leave(self) -> None:
        """Let another one send at once; raises StoreError."""
        if self._beaten_at is not None:
            self._beaten_at = None
            self._sender.leave(self._holder)
