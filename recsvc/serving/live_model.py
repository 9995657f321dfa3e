"""The model that a worker answers from, replaced while requests go on."""

from dataclasses import dataclass
from threading import Event, Thread

import structlog

from recsvc.errors import NoModelError
from recsvc.model.artifact import Manifest
from recsvc.model.registry import Registry
from recsvc.ranking.recommender import Recommender

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, eq=False)
class LiveVersion:
    """A version that answers can be made with."""

    manifest: Manifest
    recommender: Recommender


class LiveModel:
    """Follows ``CURRENT`` of a registry.

    A request takes ``current()`` once and keeps it, so no answer mixes two versions. A version that cannot
    be loaded is logged once and tried again at each look; the one in use goes on.
    """

    def __init__(self, registry: Registry, poll_seconds: float, *, diversity: float = 0.0) -> None:
        self._diversity = diversity
        self._registry = registry
        self._poll_seconds = poll_seconds
        self._version: LiveVersion | None = None
        self._problem: str | None = None
        self._stop = Event()
        self._thread = Thread(target=self._follow, name="live-model", daemon=True)

    def current(self) -> LiveVersion:
        """Return the version to answer from; raises NoModelError until one has been loaded."""
        if self._version is None:
            raise NoModelError(self._problem or "no model has been loaded yet")
        return self._version

    @property
    def problem(self) -> str | None:
        """Why the version that should be live is not, or None."""
        return self._problem

    def start(self) -> None:
        """Load the live version, if there is one, and look for newer ones from now on."""
        self.refresh()
        self._thread.start()

    def stop(self) -> None:
        """Stop looking."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def refresh(self) -> None:
        """Look once; replace the model when another version has become the live one."""
        try:
            version = self._registry.current_version()
            if self._version is None or version != self._version.manifest.model_version:
                published = self._registry.load(version)
                self._version = LiveVersion(published.manifest, Recommender(published.model, self._diversity))
                _log.info("model_loaded", model_version=version)
            self._problem = None
        except Exception as error:  # noqa: BLE001 - the thread must outlive whatever a file can hold
            if str(error) != self._problem:
                _log.error("model_refused", detail=str(error))
            self._problem = str(error)

    def _follow(self) -> None:
        while not self._stop.wait(self._poll_seconds):
            self.refresh()
