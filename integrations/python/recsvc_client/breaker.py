"""Stops asking a service that is away, so that not each page waits for it."""

import random
import time
from collections.abc import Callable
from threading import Lock


class Breaker:
    """Lets requests pass until several in a row failed; then one at a time tries, ever more rarely.

    Args:
        failures: so many in a row open it.
        first_seconds, most_seconds: how long nobody asks then; twice as long after each try that failed, at most so
            long.
        clock: returns seconds that only grow.
    """

    def __init__(
        self,
        failures: int = 3,
        first_seconds: float = 1.0,
        most_seconds: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._failures, self._first, self._most, self._clock = failures, first_seconds, most_seconds, clock
        self._n_failed = self._n_openings = 0
        self._try_at = 0.0
        self._round = 0
        self.renew_lock()

    def renew_lock(self) -> None:
        """Take a new lock, in a process that was forked: another thread may have held the old one."""
        self._lock = Lock()

    @property
    def is_open(self) -> bool:
        """Whether only tries are let through."""
        return self._n_openings > 0

    def enter(self) -> int | None:
        """Return the ticket of a request that may be sent now, or None."""
        with self._lock:
            if self.is_open:
                now = self._clock()
                if now < self._try_at:
                    return None
                # Who tries next waits for as long as if this try had failed: it may never come back.
                self._round += 1
                self._try_at = now + self._wait()
            return self._round

    def succeeded(self, ticket: int) -> bool:
        """Note that a request was answered; return whether that closed the breaker."""
        with self._lock:
            if ticket != self._round:
                return False
            was_open, self._n_failed, self._n_openings = self.is_open, 0, 0
            return was_open

    def failed(self, ticket: int, retry_after_seconds: float | None = None) -> bool:
        """Note that a request was not answered; return whether that opened the breaker.

        Requests that were under way when it opened say nothing new.
        """
        with self._lock:
            if ticket != self._round:
                return False
            self._n_failed += 1
            if not self.is_open and self._n_failed < self._failures:
                return False
            was_open, self._n_openings = self.is_open, self._n_openings + 1
            self._round += 1
            self._try_at = self._clock() + max(self._wait(), min(retry_after_seconds or 0.0, self._most))
            return not was_open

    def _wait(self) -> float:
        seconds = min(self._first * 2.0 ** min(self._n_openings - 1, 20), self._most)
        return seconds * random.uniform(0.8, 1.2)  # noqa: S311 - so that processes do not all try at once
