"""Work that many ask for at once, done once."""

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

from recsvc.errors import OverloadedError

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """The first to ask for a key does the work; whoever asks meanwhile waits for its result or its error.

    ``landed`` counts the works that are done: one that began after a look elsewhere can see whether that
    look is still worth something.
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
