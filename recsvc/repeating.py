"""Work that is done again and again beside the requests."""

from collections.abc import Callable
from contextvars import copy_context
from threading import Event, Thread

import structlog

from recsvc.crew import THREAD_PREFIX, hired_crew

__all__ = ["THREAD_PREFIX", "Repeating"]

_log = structlog.get_logger(__name__)


class Repeating:
    """Does ``work`` every so often; what it raises is logged, and it is tried again.

    A thread of its own does it, or the crew in whose ``hired`` block it was made. It knows the context variables of
    where it was made, such as the shop that it is for.
    """

    def __init__(self, name: str, every_seconds: float, work: Callable[[], None]) -> None:
        self._name = name
        self._every_seconds = every_seconds
        self._work = work
        self._stop = Event()
        self._context = copy_context()
        self._crew = hired_crew()
        self._leave: Callable[[], None] | None = None
        self._thread = Thread(
            target=self._context.run, args=(self._run,), name=THREAD_PREFIX + name, daemon=True
        )

    def start(self) -> None:
        """Begin, ``every_seconds`` from now."""
        if self._crew is None:
            self._thread.start()
        else:
            self._leave = self._crew.add(self._every_seconds, lambda: self._context.run(self._do))

    def stop(self) -> None:
        """End, after the work that goes on."""
        self._stop.set()
        if self._leave is not None:
            self._leave()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._every_seconds):
            self._do()

    def _do(self) -> None:
        try:
            self._work()
        except Exception as error:  # noqa: BLE001 - what follows the world must outlive whatever it finds there
            _log.error("work_failed", work=self._name, error=type(error).__name__, exc_info=error)
