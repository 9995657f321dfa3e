"""How many requests may make a list at once, and how many may wait for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Semaphore

from recsvc.errors import OverloadedError


class WaitingLine:
    """Lets ``slots`` in at a time and ``max_waiting`` wait; beyond that it refuses at once.

    A line without an end would make every answer late; a short one makes most of them quick.
    """

    def __init__(self, slots: int, max_waiting: int, wait_seconds: float) -> None:
        self._slots = Semaphore(slots)
        self._max_waiting = max_waiting
        self._wait_seconds = wait_seconds
        self._lock = Lock()
        self.waiting = 0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold a slot during the block; raises OverloadedError when the line is full or does not move."""
        if not self._slots.acquire(blocking=False):
            self._wait()
        try:
            yield
        finally:
            self._slots.release()

    def _wait(self) -> None:
        with self._lock:
            if self.waiting >= self._max_waiting:
                raise OverloadedError(f"{self.waiting} requests wait for a list already: ask again shortly")
            self.waiting += 1
        try:
            has_slot = self._slots.acquire(timeout=self._wait_seconds)
        finally:
            with self._lock:
                self.waiting -= 1
        if not has_slot:
            raise OverloadedError(
                f"no list could be begun within {self._wait_seconds:g} s: ask again shortly"
            )
