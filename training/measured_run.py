"""A run from a usable history on: measured, judged, published or put aside, and reported."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from recsvc.errors import ModelError
from recsvc.identity.tombstones import Tombstones
from recsvc.model.artifact import Manifest, PublishedModel
from recsvc.model.mirror import MirroredRegistry, open_registry
from recsvc.model.registry import REPORTS, Registry, Release
from recsvc.ranking.recommender import Recommender
from recsvc.tracing.registries import traced_registry
from recsvc.tracing.tracing import OFF, Tracing
from training.evaluation.steady import with_changes
from training.fit.als_choice import ALS, AlsSettings
from training.gate import LiveReference, Verdict, judge
from training.gate.live import EVALUATION, ORDERS
from training.history.exposures import Exposures
from training.history.interactions import KnownHistory
from training.learning import Given, LastFit, Learned
from training.measuring import Measured, Measuring
from training.progress import Progress, Silent
from training.publish import describe, forget, knows_erased, publish
from training.ranker.keeping import Before, since
from training.report import Run, opening_of, sample_shoppers, write_page
from training.settings import TrainingSettings
from training.whole_history import WholeHistory

REFUSED = "refused"
GATE = "gate"
SIMILAR = "similar"
CLICKS = "clicks"


@dataclass(frozen=True, eq=False)
class Outcome:
    """How a run ended.

    Attributes:
        manifest: of the version that was published, or refused.
        verdict: what the gate said.
        directory: the folder of the version.
        page: the report for people.
        opening: what was measured, in a sentence or two.
        live_before: name of the version that was live when the run began; None without one.
        is_live: whether the version answers from now on.
        clicks: what became of what lists showed and what was clicked, in a sentence; empty where there was nothing.
        report_problem: why the report is not in the object store as well; None where it is, or there is none.
    """

    manifest: Manifest
    verdict: Verdict
    directory: Path
    page: Path
    opening: tuple[str, ...]
    live_before: str | None
    is_live: bool
    clicks: str = ""
    report_problem: str | None = None


@dataclass(frozen=True)
class RunTarget:
    """What a run is for, whatever does the work.

    Attributes:
        version: its name.
        models_dir, models_url, settings, now, force, activate: those of the job.
        tombstones: returns who has been erased by now.
        tracing: of what is asked of the object store.
    """

    version: str
    models_dir: Path
    settings: TrainingSettings
    now: datetime
    force: bool
    activate: bool
    models_url: str | None
    tombstones: Callable[[], Tombstones]
    tracing: Tracing = OFF


_Kept = tuple[Manifest, Path]
"""A version, and its folder."""


class MeasuredRun:
    """The part of a run that follows when the orders are usable."""

    def __init__(
        self,
        target: RunTarget,
        history: WholeHistory,
        exposures: Exposures,
        progress: Progress,
    ) -> None:
        self._target = target
        self._version = target.version
        self._history = history
        self._exposures = exposures
        self._progress = progress
        self._registry = traced_registry(target.tracing, open_registry(target.models_dir, target.models_url))
        self._behind = ThreadPoolExecutor(1)
        self._last_fit: Future[Learned] | None = None

    def finish(self) -> Outcome:
        """Measure, judge, publish or put aside, and report."""
        # Each fit sets the number of BLAS threads for itself; set here as well, it does not depend on their order.
        with threadpool_limits(1, "blas"), self._behind:
            return self._finished()

    def _finished(self) -> Outcome:
        live, earlier = live_version(self._registry), self._registry.versions()
        before = self._before(live)
        measured = self._measured(live, before)
        learned = self._learned_on(measured, before, live)
        if isinstance(measured, Measured) and live is not None:
            evaluation = with_changes(measured.evaluation, live.model, learned.model, self._progress)
            measured = replace(measured, evaluation=evaluation)
        verdict = self._judged(measured, live)
        metrics = {ORDERS: self._history.profile().as_dict(), GATE: verdict.as_dict()}
        if isinstance(measured, Measured):
            metrics[EVALUATION] = measured.evaluation.to_json()
        manifest, directory = (
            self._published(learned, metrics)
            if verdict.accepted
            else self._put_aside(measured, learned, metrics)
        )
        versions = [entry.manifest for entry in earlier if entry.manifest is not None]
        run = self._seen_from_its_end(measured, verdict, learned, versions, live)
        with self._progress.step("Write the report"):
            page = write_page(run, self._target.models_dir / REPORTS / self._version)
            problem = self._push_report(page.parent)
        said = opening_of(run.evaluation, run.not_measured)
        is_live = verdict.accepted and self._target.activate
        return Outcome(
            manifest, verdict, directory, page, said, run.live, is_live, learned.clicks.sentence, problem
        )

    def _push_report(self, directory: Path) -> str | None:
        """Write the report to the object store, if there is one; return why that failed: nothing depends on it."""
        if not isinstance(self._registry, MirroredRegistry):
            return None
        try:
            self._registry.storage.push_report(directory, keep=2 * self._target.settings.keep_versions)
        except ModelError as error:
            return f"the report lies here alone: {error}"
        return None

    def _before(self, live: PublishedModel | None) -> Before | None:
        """Return what to go on from: nothing where the live version knows someone who has been erased since."""
        tombstones = self._target.tombstones()
        if live is None or knows_erased(live.model, tombstones):
            return None
        return Before.of(live, self._target.settings, self._target.now)

    def _measured(self, live: PublishedModel | None, before: Before | None) -> Measured | str:
        split = self._history.split()
        if isinstance(split, str):
            return split
        measuring = Measuring.of(
            split, self._target.settings, self._progress, self._history.catalogue, als_of(live)
        )
        measuring = replace(measuring, exposures=self._exposures)
        learned = measuring.learned()
        if split.drawn_from is not None:
            # The version to go live is fitted on the whole history while a part of it is measured. The fit needs
            # nothing from the measurement; it is thrown away if the gate refuses.
            last = LastFit(self._history, self._target.settings, Silent(), before, self._exposures)
            self._last_fit = self._behind.submit(last.learn_on, learned, split)
        return measuring.measured(learned, live)

    def _judged(self, measured: Measured | str, live: PublishedModel | None) -> Verdict:
        return judge(
            measured if isinstance(measured, str) else measured.evaluation,
            self._history.profile(),
            None if live is None else LiveReference.of(live, self._history),
            self._target.settings,
            forced=self._target.force,
        )

    def _learned_on(
        self, measured: Measured | str, before: Before | None, live: PublishedModel | None
    ) -> Learned:
        """Return the version to go live, if the gate lets it."""
        if isinstance(measured, str):
            given = Given(held=als_of(live), exposures=self._exposures)
            return self._history.learned(given, self._progress)
        if self._last_fit is not None:
            with self._progress.step("Fit what goes live"):
                return self._last_fit.result()
        last = LastFit(self._history, self._target.settings, self._progress, before, self._exposures)
        return last.learn_on(measured.learned, measured.split)

    def _published(self, learned: Learned, metrics: dict[str, Any]) -> _Kept:
        settings = self._target.settings
        release = self._release(learned, self._history, metrics)
        with self._progress.step("Publish"):
            manifest = publish(
                self._registry,
                learned.model,
                release,
                keep=settings.keep_versions,
                activate=self._target.activate,
            )
            self._forget_erased()
        return manifest, self._registry.directory / self._version

    def _forget_erased(self) -> None:
        """Delete older versions that know an erased user: a rollback to them is no longer possible."""
        tombstones = self._target.tombstones()
        for registry in (self._registry, Registry(self._target.models_dir / REFUSED)):
            forget(registry, tombstones)

    def _put_aside(self, measured: Measured | str, learned: Learned, metrics: dict[str, Any]) -> _Kept:
        """Keep the refused version as it was measured, in a folder where no service looks."""
        registry = Registry(self._target.models_dir / REFUSED)
        known: KnownHistory = self._history
        if isinstance(measured, Measured):
            learned, known = measured.learned, measured.known
        with self._progress.step("Put aside"):
            manifest = registry.publish(learned.model, self._release(learned, known, metrics), activate=False)
            registry.prune(self._target.settings.keep_versions, self._version)
        return manifest, registry.directory / self._version

    def _seen_from_its_end(
        self,
        measured: Measured | str,
        verdict: Verdict,
        learned: Learned,
        versions: list[Manifest],
        live: PublishedModel | None,
    ) -> Run:
        seed = self._target.settings.seed
        return Run(
            version=self._version,
            created=self._target.now,
            summary=self._history.summary,
            facts=self._history.facts(),
            evaluation=None if isinstance(measured, str) else measured.evaluation,
            not_measured=measured if isinstance(measured, str) else None,
            verdict=verdict,
            rankers=learned.rankers,
            als=learned.als,
            clicks=learned.clicks.sentence,
            versions=versions,
            shoppers=()
            if isinstance(measured, str)
            else sample_shoppers(measured.learned.model, measured.split, seed=seed),
            live=None if live is None else live.manifest.model_version,
            activate=self._target.activate,
        )

    def _release(self, learned: Learned, known: KnownHistory, metrics: dict[str, Any]) -> Release:
        rankers = since(learned.rankers, self._target.now)
        of_rankers = {name: ranker.as_dict() for name, ranker in rankers.items()}
        similar = {SIMILAR: learned.alternatives.as_dict()}
        clicks = {CLICKS: dict(learned.clicks.figures)} if learned.clicks.figures else {}
        figures = of_rankers | similar | {ALS: learned.als.as_dict()} | clicks | metrics
        release = describe(self._version, learned.model, known, self._target.settings, figures)
        guests = self._history.guests
        return replace(release, guests=sorted(guests.nobody), shoppers=sorted(guests.somebody))


def live_version(registry: Registry) -> PublishedModel | None:
    """Return the live version; None when there is none that can be read, its rankers included."""
    try:
        live = registry.load()
        Recommender(live.model)
    except ModelError:
        return None
    return live


def als_of(live: PublishedModel | None) -> AlsSettings | None:
    """Return the settings of ALS that the live version chose; None where it does not say."""
    return None if live is None else AlsSettings.read(live.manifest.metrics.get(ALS))
