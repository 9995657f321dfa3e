"""A circuit breaker: after a failure, leave the failing server alone for a while.

Our own, because pybreaker holds its lock during the guarded call: all threads of a worker would queue for
one round trip, and behind a hung server for one timeout after another.
"""

import time
from threading import Lock


class Breaker:
    """Closed, all calls go through; open, for ``pause_seconds`` after a failure, none; then one may try."""

    def __init__(self, pause_seconds: float) -> None:
        self._pause_seconds = pause_seconds
        self._open_until: float | None = None
        self._lock = Lock()

    @property
    def is_open(self) -> bool:
        """Whether the last call that went through failed."""
        return self._open_until is not None

    def allows(self) -> bool:
        """Return whether a call may go through now; when the pause is over, one caller may try."""
        if not self.is_open:
            return True
        now = time.monotonic()
        with self._lock:
            pause_is_over = self._open_until is None or now >= self._open_until
            if pause_is_over and self._open_until is not None:
                self._open_until = now + self._pause_seconds
        return pause_is_over

    def succeeded(self) -> bool:
        """Close; return whether it was open."""
        if not self.is_open:
            return False
        with self._lock:
            was_open, self._open_until = self._open_until is not None, None
        return was_open

    def failed(self) -> bool:
        """Open, or stay open; return whether it was closed."""
        with self._lock:
            was_closed = self._open_until is None
            self._open_until = time.monotonic() + self._pause_seconds
        return was_closed
