"""A few threads that do the repeated work of many, such as that of all shops of a worker."""

import heapq
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import count
from threading import Condition, Lock, Thread, current_thread

THREAD_PREFIX = "recsvc-"
TICK_SECONDS = 0.02
"""What is due within it is begun together: the threads are woken less often."""

LATE_SECONDS = 0.1
"""Work that waits for a thread so long gets one more."""

IDLE_SECONDS = 10.0
"""A thread that had nothing to do for so long ends."""

_CREW: ContextVar["Crew | None"] = ContextVar("crew", default=None)


@dataclass(eq=False)
class _Work:
    every_seconds: float
    do: Callable[[], None]
    is_going_on: bool = False
    is_over: bool = False


class Crew:
    """Does each work again and again, ``every_seconds`` after its last end, never twice at a time.

    There are as many threads as work that goes on at one moment needs: most of it takes a millisecond, so that a few
    do. Work that takes long, such as loading a model or waiting for a database that hangs, lets no other work wait for
    longer than ``LATE_SECONDS``.
    """

    def __init__(self) -> None:
        lock = Lock()
        self._planned, self._ready_or_closed, self._ended = Condition(lock), Condition(lock), Condition(lock)
        self._due: list[tuple[float, int, _Work]] = []
        self._ready: deque[tuple[float, _Work]] = deque()
        self._numbers = count()
        self._n_idle = 0
        self._is_closed = False
        self._threads: set[Thread] = set()
        self._caller = Thread(target=self._call, name=f"{THREAD_PREFIX}crew-caller", daemon=True)

    @contextmanager
    def hired(self) -> Iterator[None]:
        """Let the repeated work that is made during the block be done by this crew."""
        token = _CREW.set(self)
        try:
            yield
        finally:
            _CREW.reset(token)

    @property
    def n_threads(self) -> int:
        """How many threads do work, or wait for some."""
        return len(self._threads)

    def start(self) -> None:
        """Work from now on."""
        self._caller.start()

    def close(self) -> None:
        """End all threads, after the work that goes on."""
        with self._planned:
            self._is_closed, threads = True, [self._caller, *self._threads]
            self._planned.notify()
            self._ready_or_closed.notify_all()
        for thread in threads:
            if thread.is_alive():
                thread.join()

    def add(self, every_seconds: float, do: Callable[[], None]) -> Callable[[], None]:
        """Do ``do``, which raises nothing, ``every_seconds`` from now and then again.

        Returns what ends that, after the work that goes on.
        """
        work = _Work(every_seconds, do)
        with self._planned:
            self._plan(work)

        def stop() -> None:
            with self._ended:
                work.is_over = True
                self._ended.wait_for(lambda: not work.is_going_on)

        return stop

    def _plan(self, work: _Work) -> None:
        heapq.heappush(self._due, (time.monotonic() + work.every_seconds, next(self._numbers), work))
        if self._due[0][2] is work:
            self._planned.notify()

    def _call(self) -> None:
        """Say what is due, and see that there are threads enough."""
        with self._planned:
            while not self._is_closed:
                now = time.monotonic()
                while self._due and self._due[0][0] <= now:
                    self._ready.append((now, heapq.heappop(self._due)[2]))
                    self._ready_or_closed.notify()
                if self._ready and not self._n_idle and self._needs_another(now):
                    self._threads.add(
                        thread := Thread(target=self._run, name=f"{THREAD_PREFIX}crew", daemon=True)
                    )
                    thread.start()
                next_at = self._due[0][0] - now if self._due else LATE_SECONDS
                self._planned.wait(min(max(next_at, TICK_SECONDS), LATE_SECONDS))

    def _needs_another(self, now: float) -> bool:
        return not self._threads or now - self._ready[0][0] >= LATE_SECONDS

    def _run(self) -> None:
        with self._ended:
            while (work := self._next()) is not None:
                work.is_going_on = True
                self._ended.release()
                try:
                    work.do()
                finally:
                    self._ended.acquire()
                    work.is_going_on = False
                    if work.is_over:
                        self._ended.notify_all()
                    else:
                        self._plan(work)
            self._threads = {thread for thread in self._threads if thread is not current_thread()}

    def _next(self) -> _Work | None:
        """Return work that is due; None at the end, and where there was none for long."""
        while True:
            self._n_idle += 1
            self._ready_or_closed.wait_for(lambda: bool(self._ready) or self._is_closed, IDLE_SECONDS)
            self._n_idle -= 1
            if self._is_closed or not self._ready:
                return None
            _, work = self._ready.popleft()
            if not work.is_over:
                return work


def hired_crew() -> Crew | None:
    """Return who does the repeated work that is made now; None: each has a thread of its own."""
    return _CREW.get()
