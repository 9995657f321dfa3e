"""Lists made in the background, while the ones of the previous version are still given."""

from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import structlog

MAX_QUEUED = 1000

_log = structlog.get_logger(__name__)


class Refresher:
    """One thread; a key that is queued is not queued again, and what does not fit is left out."""

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
        self._executor.submit(self._do, key, work)

    def close(self) -> None:
        """Forget what is queued."""
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _do(self, key: Hashable, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - the next request for the list meets the error itself
            _log.warning("refresh_failed", error=type(error).__name__)
        finally:
            with self._lock:
                self._queued.discard(key)
