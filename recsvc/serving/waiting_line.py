"""How many requests may make a list at once, and how many may wait for it."""

from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from threading import Lock, Semaphore
from typing import Generic, Protocol, TypeVar

import structlog

from recsvc.errors import OverloadedError

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """The first request for a key does the work; the others meanwhile wait for its result or its error.

    ``landed`` counts the works that are done: what began after a look into a cache can see whether that look is
    out of date.
    """

    def __init__(self, wait_seconds: float) -> None:
        self._wait_seconds = wait_seconds
        self._flights: dict[Hashable, Future[T]] = {}
        self._lock = Lock()
        self.landed = 0

    def do(self, key: Hashable, work: Callable[[], T]) -> T:
        """Return the result of ``work``; raises what it raises, or OverloadedError after too long a wait."""
        with self._lock:
            flight = self._flights.get(key)
            leads = flight is None
            if flight is None:
                flight = self._flights[key] = Future()
        if leads:
            self._fly(key, flight, work)
        try:
            return flight.result(self._wait_seconds)
        except TimeoutError:
            raise OverloadedError(f"the list took longer than {self._wait_seconds:g} s: ask again") from None

    def _fly(self, key: Hashable, flight: "Future[T]", work: Callable[[], T]) -> None:
        try:
            flight.set_result(work())
        except BaseException as error:
            flight.set_exception(error)
            raise
        finally:
            with self._lock:
                self.landed += 1
                del self._flights[key]


MAX_QUEUED = 1000

_log = structlog.get_logger(__name__)


class Refresher:
    """One thread that works off a queue: a key is in it once, and what does not fit is left out."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="refresher")
        self._queued: set[Hashable] = set()
        self._lock = Lock()

    def submit(self, key: Hashable, work: Callable[[], object]) -> None:
        """Do ``work`` soon."""
        with self._lock:
            if key in self._queued or len(self._queued) >= MAX_QUEUED:
                return
            self._queued.add(key)
        self._executor.submit(copy_context().run, self._do, key, work)

    def close(self) -> None:
        """Leave out what is queued."""
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _do(self, key: Hashable, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - the next request for the list meets the error itself
            _log.warning("refresh_failed", error=type(error).__name__)
        finally:
            with self._lock:
                self._queued.discard(key)


class Slots(Protocol):
    """So many may do something at a time; a semaphore, or a shop's part of one."""

    def acquire(self, blocking: bool = ..., timeout: float | None = ...) -> bool:
        """Return whether a slot was got."""

    def release(self) -> None:
        """Give a slot back."""


class WaitingLine:
    """Lets ``slots`` in at a time and ``max_waiting`` wait; beyond that it refuses at once.

    A line without an end would make every answer late; a short one makes most of them quick. ``n_left`` counts those
    who gave their slot back. ``shared`` are the slots where others have them too.
    """

    def __init__(
        self, slots: int, max_waiting: int, wait_seconds: float, shared: Slots | None = None
    ) -> None:
        self._n_slots = slots
        self._slots: Slots = Semaphore(slots) if shared is None else shared
        self._n_entered = 0
        self.n_left = 0
        self._max_waiting = max_waiting
        self._wait_seconds = wait_seconds
        self._lock = Lock()
        self.waiting = 0

    @property
    def is_full(self) -> bool:
        """Whether all slots are held."""
        return self._n_entered - self.n_left >= self._n_slots

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold a slot during the block; raises OverloadedError when the line is full or does not move."""
        if not self._slots.acquire(blocking=False):
            self._wait()
        with self._lock:
            self._n_entered += 1
        try:
            yield
        finally:
            with self._lock:
                self.n_left += 1
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
