"""A service that is to be stopped goes on answering for a while, so that a proxy takes it out of its list first."""

import time
from pathlib import Path

import structlog

LOOK_SECONDS = 0.1

_log = structlog.get_logger(__name__)


class Drain:
    """Whether the service is about to be stopped, told by a file that all of its processes can see."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._is_on = False
        self._look_at = 0.0

    def begin(self) -> bool:
        """Tell all workers; return False where they cannot be told, as somebody has removed the directory."""
        try:
            if self._path is not None:
                self._path.touch()
        except OSError as error:
            _log.warning("drain_not_told", error=type(error).__name__)
            return False
        return True

    def is_on(self) -> bool:
        """Return whether it has begun, as it was a tenth of a second ago at most."""
        if self._path is None:
            return False
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + LOOK_SECONDS
            self._is_on = self._path.exists()
        return self._is_on
