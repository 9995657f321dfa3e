"""How many requests of one shop run at a time while other shops of the worker are asked too."""

from collections import deque
from threading import Lock, local

MOST_INSIDE = 2
"""An interpreter does one thing at a time: whoever comes waits for all that are inside."""

PATIENCE_SECONDS = 0.05
"""Whoever waited so long goes in: those inside may wait for a database that hangs."""

ACTIVE_SECONDS = 1.0
"""A shop that nobody asked for so long leaves its part to the others."""


class Activity:
    """When shops were last asked for anything, in seconds of ``time.monotonic``."""

    def __init__(self) -> None:
        self._last: object = None
        self._last_at = self._before_at = float("-inf")

    def note(self, shop: object, now: float) -> None:
        """Take down that a shop is asked."""
        # Threads may overwrite each other's note: one that is lost is made up for by the next.
        if self._last is not shop:
            self._before_at, self._last = self._last_at, shop
        self._last_at = now

    def is_of_others(self, shop: object, now: float) -> bool:
        """Return whether any other shop was asked a moment ago."""
        at = self._before_at if self._last is shop else self._last_at
        return now - at < ACTIVE_SECONDS


class Turnstile:
    """Lets the requests of one shop in: all at once while it is alone, else ``MOST_INSIDE`` at a time.

    A thread that waits outside takes nothing from the requests of other shops; one that computes does.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._line: deque[Lock] = deque()
        self._n_inside = 0
        self._mine = local()

    def enter(self, *, is_free: bool) -> None:
        """Go in; unless it ``is_free`` to all, wait for that, ``PATIENCE_SECONDS`` at most."""
        with self._lock:
            turn = None
            if is_free or self._n_inside < MOST_INSIDE:
                self._n_inside += 1
            else:
                turn = Lock()
                turn.acquire()
                self._line.append(turn)
        if turn is not None and not turn.acquire(timeout=PATIENCE_SECONDS):
            with self._lock:
                if turn in self._line:
                    self._line.remove(turn)
                    self._n_inside += 1
        self._mine.is_inside = True

    def leave(self) -> None:
        """Go out, if this thread is inside, and let the next one in."""
        if not getattr(self._mine, "is_inside", False):
            return
        self._mine.is_inside = False
        with self._lock:
            self._n_inside -= 1
            if self._line and self._n_inside < MOST_INSIDE:
                self._n_inside += 1
                self._line.popleft().release()

    def step_out(self) -> None:
        """Go out for as long as something else bounds what this thread does."""
        self._mine.is_coming_back = getattr(self._mine, "is_inside", False)
        self.leave()

    def step_in(self, *, is_free: bool) -> None:
        """Come back, if this thread stepped out."""
        if getattr(self._mine, "is_coming_back", False):
            self._mine.is_coming_back = False
            self.enter(is_free=is_free)
