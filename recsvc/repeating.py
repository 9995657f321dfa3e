"""Work that is done again and again beside the requests."""

from collections.abc import Callable
from threading import Event, Thread

import structlog

THREAD_PREFIX = "recsvc-"

_log = structlog.get_logger(__name__)


class Repeating:
    """Does ``work`` every so often in a thread of its own; what it raises is logged, and it is tried again."""

    def __init__(self, name: str, every_seconds: float, work: Callable[[], None]) -> None:
        self._name = name
        self._every_seconds = every_seconds
        self._work = work
        self._stop = Event()
        self._thread = Thread(target=self._run, name=THREAD_PREFIX + name, daemon=True)

    def start(self) -> None:
        """Begin, ``every_seconds`` from now."""
        self._thread.start()

    def stop(self) -> None:
        """End, after the work that goes on."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._every_seconds):
            try:
                self._work()
            except Exception as error:  # noqa: BLE001 - what follows the world must outlive whatever it finds there
                _log.error("work_failed", work=self._name, error=type(error).__name__, exc_info=error)
