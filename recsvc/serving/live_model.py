"""The model that a worker answers from, replaced while requests go on."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

import structlog

from recsvc.errors import DamagedModelError, ModelError, NoModelError
from recsvc.identity.nobody import BY_NAME, Guests
from recsvc.metrics import Metrics
from recsvc.model.artifact import Manifest, PublishedModel
from recsvc.model.registry import Registry
from recsvc.moments.shop_rhythm import ShopRhythm
from recsvc.ranking.recommender import Recommender
from recsvc.repeating import Repeating
from recsvc.serving.trial import Trial, try_out

NAMES_KEPT_SECONDS = 10.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, eq=False)
class LiveVersion:
    """A version that answers can be made with."""

    manifest: Manifest
    recommender: Recommender
    shop_rhythm: ShopRhythm | None = None

    @cached_property
    def guests(self) -> Guests:
        """Who is nobody, as the history that the version was learned from tells."""
        manifest = self.manifest
        if not manifest.guests and not manifest.shoppers:
            return BY_NAME
        return Guests(frozenset(manifest.guests), frozenset(manifest.shoppers))

    @classmethod
    def of(cls, published: PublishedModel, diversity: float) -> "LiveVersion":
        """Return what answers from ``published``."""
        shop_rhythm = ShopRhythm.of_text(published.model.moments)
        return cls(published.manifest, Recommender(published.model, diversity), shop_rhythm)


def _as_it_is(recommender: Recommender) -> Recommender:
    return recommender


class LiveModel:
    """Follows ``CURRENT`` of a registry.

    A request takes ``current()`` once and keeps it, so no answer mixes two versions. A version that cannot
    be loaded is logged once and tried again at each look; the one in use goes on. What a version is tried with is
    ``trial``, in a process of its own, or else this process itself. Answers are made by what ``around`` makes of its
    recommender.
    """

    def __init__(  # noqa: PLR0913 - the registry, and five ways to go on from it
        self,
        registry: Registry,
        poll_seconds: float,
        metrics: Metrics | None = None,
        *,
        diversity: float = 0.0,
        trial: Trial | None = None,
        around: Callable[[Recommender], Recommender] = _as_it_is,
    ) -> None:
        self._around = around
        self._trial = trial
        self._diversity = diversity
        self._registry = registry
        self._metrics = metrics or Metrics()
        self._previous: LiveVersion | None = None
        self._swapped_at = 0.0
        self._names: tuple[float, list[str]] = (0.0, [])
        self.load_seconds = 0.0
        self.version: LiveVersion | None = None
        self._problem: str | None = None
        self._show()
        self._following = Repeating("live-model", poll_seconds, self.refresh)

    def current(self) -> LiveVersion:
        """Return the version to answer from; raises NoModelError until one has been loaded."""
        if self.version is None:
            raise NoModelError(self._problem or "no model has been loaded yet")
        return self.version

    def guests(self) -> Guests:
        """Return who is nobody, as the live version knows; by name alone until one has been loaded."""
        return BY_NAME if self.version is None else self.version.guests

    def previous(self, within_seconds: float) -> LiveVersion | None:
        """Return the version before the live one, if that came less than ``within_seconds`` ago."""
        if time.monotonic() - self._swapped_at >= within_seconds:
            self._previous = None  # nobody will ask for it again, and it takes memory
        return self._previous

    def versions(self) -> list[str]:
        """Return the versions that lists may have been made with by any worker."""
        read_at, names = self._names
        if time.monotonic() - read_at > NAMES_KEPT_SECONDS:
            names = [entry.model_version for entry in self._registry.versions()]
            self._names = (time.monotonic(), names)
        known = {*names, *(live.manifest.model_version for live in (self.version, self._previous) if live)}
        with suppress(ModelError):
            known.add(self._registry.current_version())  # another worker may have taken it up already
        return sorted(known)

    def age_seconds(self) -> float:
        """Return how long ago the live version was made; 0 without one."""
        if self.version is None:
            return 0.0
        return time.time() - datetime.fromisoformat(self.version.manifest.created).timestamp()

    @property
    def problem(self) -> str | None:
        """Why the version that should be live is not, or None."""
        return self._problem

    def start(self) -> None:
        """Load the live version, if there is one, and look for newer ones from now on."""
        self.refresh()
        self._following.start()

    def stop(self) -> None:
        """Stop looking."""
        self._following.stop()

    def refresh(self) -> None:
        """Look once; replace the model when another version has become the live one."""
        try:
            version = self._registry.current_version()
            if self.version is None or version != self.version.manifest.model_version:
                self._take_up(version)
            self._problem = None
        except Exception as error:  # noqa: BLE001 - the thread must outlive whatever a file can hold
            problem = self.in_public(str(error))
            if problem != self._problem:
                _log.error("model_refused", detail=str(error))
                self._metrics.model_refusals.inc()
            self._problem = problem
            self._go_on_with_another()

    def in_public(self, detail: str) -> str:
        """Return ``detail`` without where the models lie: answers that need no key show it."""
        directory = self._registry.directory
        return detail.replace(str(directory), directory.name or "models")

    def _go_on_with_another(self) -> None:
        """Take up the newest version that can be loaded, where none is: a restart must not end the service."""
        if self.version is not None:
            return
        for entry in self._registry.versions():
            with suppress(Exception):
                self._take_up(entry.model_version)
                _log.warning("model_before_used", model_version=entry.model_version)
                return

    def _show(self) -> None:
        watch = self._metrics.watch
        age, seconds = "Since the live version was made.", "Time to check and take up the live version."
        watch("recsvc_model_age_seconds", age, self.age_seconds, combine="max")
        watch("recsvc_model_load_seconds", seconds, lambda: self.load_seconds, combine="max")
        refused = "1 while the version that should be live is not."
        watch("recsvc_model_refused", refused, lambda: self._problem is not None, combine="max")

    def load(self, version: str) -> LiveVersion:
        """Return the version of this name, tried out; raises NoModelError, UnknownVersionError or DamagedModelError."""
        fresh = self.load_for_a_look(version)
        try:
            try_out(fresh.recommender)
        except DamagedModelError as error:
            raise DamagedModelError(f"{self._registry.directory / version}: {error}") from error
        return fresh

    def load_for_a_look(self, version: str) -> LiveVersion:
        """Return a version that no shopper gets lists from, tried in a process of its own alone; raises as ``load``."""
        if self._trial is not None:
            self._trial(self._registry.directory, version)
        loaded = LiveVersion.of(self._registry.load(version), self._diversity)
        return replace(loaded, recommender=self._around(loaded.recommender))

    def _take_up(self, version: str) -> None:
        started = time.monotonic()
        fresh = self.load(version)
        self._previous, self._swapped_at = self.version, time.monotonic()
        self.version = fresh
        self.load_seconds = time.monotonic() - started
        self._metrics.model_swaps.inc()
        self._metrics.show_live(version)
        _log.info("model_loaded", model_version=version, seconds=round(self.load_seconds, 3))


class SecondVersion:
    """The one version beside the live one that is kept loaded, for the shoppers of an experiment.

    ``wanted`` says which, and is answered at once; a thread loads it.
    """

    def __init__(self, live_model: LiveModel, poll_seconds: float) -> None:
        self._live_model = live_model
        self._name: str | None = None
        self._loaded: LiveVersion | None = None
        self.problem: str | None = None
        self._loading = Repeating("second-version", poll_seconds, self.refresh)

    def wanted(self, name: str | None) -> LiveVersion | None:
        """Return the version of this name if it is there by now; no other one is kept from now on."""
        self._name = name
        live = self._live_model.version
        if name is None:
            self._loaded = self.problem = None
        elif live is not None and live.manifest.model_version == name:
            self._loaded = live  # it stays when another one becomes live
        elif self._loaded is not None and self._loaded.manifest.model_version != name:
            self._loaded = None
        return self._loaded

    @property
    def version(self) -> LiveVersion | None:
        """The version that is wanted, where it is there."""
        return self._loaded

    def start(self) -> None:
        """Load what is wanted, and look for it from now on."""
        self.refresh()
        self._loading.start()

    def stop(self) -> None:
        """Stop looking."""
        self._loading.stop()

    def refresh(self) -> None:
        """Load what is wanted and not there."""
        name = self._name
        if name is None or self._loaded is not None:
            return
        try:
            fresh = self._live_model.load(name)
        except Exception as error:  # noqa: BLE001 - the thread must outlive whatever a file can hold
            problem = self._live_model.in_public(str(error))
            if problem != self.problem:
                _log.error("second_version_refused", detail=str(error))
            self.problem = problem
            return
        if self._name == name:
            self._loaded, self.problem = fresh, None
            _log.info("second_version_loaded", model_version=name)
