"""A training run, top to bottom: orders in, a live version out, or the reasons why not."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from recsvc.errors import ModelError
from recsvc.model.artifact import Manifest, PublishedModel
from recsvc.model.mirror import MirroredRegistry, open_current, open_registry
from recsvc.model.registry import REPORTS, Registry, Release
from recsvc.ranking.recommender import Recommender
from recsvc.tracing.registries import traced_registry
from recsvc.tracing.tracing import OFF, Tracing
from training.evaluation.steady import with_changes
from training.fit.als_choice import ALS, AlsSettings
from training.fit.counts import Counts
from training.gate import LiveReference, Verdict, judge
from training.gate.live import EVALUATION, ORDERS
from training.gate.order_profile import OrderProfile
from training.history.catalogue import NO_CATALOGUE, ShopCatalogue
from training.history.exposures import NO_EXPOSURES, Exposures
from training.history.interactions import Interactions
from training.history.sampling import is_large, thrifty, users_of
from training.learning import Given, LastFit, Learned, learn
from training.measuring import Measured, Measuring, split_for_measuring
from training.orders import CleaningRules, CleaningSummary, Orders, check_orders, clean_orders, write_rejected
from training.orders.catalogue_ids import catalogue_of_orders, with_catalogue_questions
from training.progress import Progress, Silent
from training.publish import describe, forget, knows_erased, publish, version_name
from training.ranker.keeping import Before, since
from training.report import (
    OrderFacts,
    Run,
    opening_of,
    prune_reports,
    sample_shoppers,
    write_page,
    write_report,
)
from training.settings import TrainingSettings
from training.sources.order_sources import OrderSources, exposures_of, identities_of, read_orders

REFUSED = "refused"
REJECTED = "rejected.csv.gz"
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
class TrainingJob:
    """What to train from, and where to publish.

    Attributes:
        sources: where the orders are.
        models_dir: the registry; the report of each run lies in ``reports/<version>`` below it, what the gate
            refused in ``refused/<version>``.
        settings: how to read, clean and fit.
        now: the moment of the run; later orders are impossible.
        force: whether the version is published whatever the gate says.
        catalogue: what the shop says of its items.
        activate: whether the version goes live at once; `recsvc models activate` makes it live later.
        models_url: the object store that the versions are in; ``models_dir`` then holds a copy. None for no store.
        tracing: of what is asked of that store.
    """

    sources: OrderSources
    models_dir: Path
    settings: TrainingSettings
    now: datetime
    force: bool = False
    catalogue: ShopCatalogue = NO_CATALOGUE
    activate: bool = True
    models_url: str | None = None
    tracing: Tracing = OFF

    def run(self, progress: Progress, on_cleaned: Callable[[CleaningSummary, Path], None]) -> Outcome:
        """Train, measure, and publish what the gate accepts.

        ``on_cleaned`` is told what the cleaning found and where the refused rows lie, also when that is why
        the run ends. Raises DataError when the orders are not usable, ModelError when nothing can be
        published; the live version then stays as it was.
        """
        self._fetch_versions(progress)
        version = version_name(self.now)
        report_dir = self.models_dir / REPORTS / version

        def report(orders: Orders) -> None:
            summary = with_catalogue_questions(orders, self.catalogue).summary
            write_report(summary, report_dir)
            prune_reports(self.models_dir / REPORTS, keep=2 * self.settings.keep_versions)
            write_rejected(orders.rejected, report_dir / REJECTED)
            on_cleaned(summary, report_dir / REJECTED)

        orders = read_and_clean(self.sources, self.settings, self.now, progress, report)
        catalogue = catalogue_of_orders(orders, self.catalogue)
        exposures = read_shown(self.sources, self.settings, progress)
        return _Training(replace(self, catalogue=catalogue), version, orders, exposures, progress).finish()

    def _fetch_versions(self, progress: Progress) -> None:
        """Have the versions of the object store at hand, if there is one: a run goes on from the live one."""
        if self.models_url is not None:
            with progress.step("Fetch the versions"):
                open_current(self.models_dir, self.models_url)


_Kept = tuple[Manifest, Path]
"""A version, and its folder."""


class _Training:
    """The part of a run that follows when the orders are usable."""

    def __init__(
        self, job: TrainingJob, version: str, orders: Orders, exposures: Exposures, progress: Progress
    ) -> None:
        self._job = job
        self._version = version
        self._orders = orders
        self._exposures = exposures
        self._progress = progress
        self._registry = traced_registry(job.tracing, open_registry(job.models_dir, job.models_url))
        self._users = users_of(orders)
        counting = thrifty(job.settings) if is_large(len(self._users), job.settings) else job.settings
        n_lines = orders.lines.height + orders.guest_lines.height
        self._behind = ThreadPoolExecutor(1)
        self._indexed = self._behind.submit(Interactions.of, orders.lines, orders.guest_lines, job.catalogue)
        self._counted = self._behind.submit(lambda: Counts.of(self._known, counting))
        self._facts = self._behind.submit(lambda: OrderFacts.of(self._known, n_lines))
        self._last_fit: Future[Learned] | None = None

    @property
    def _known(self) -> Interactions:
        return self._indexed.result()

    def finish(self) -> Outcome:
        """Measure, judge, publish or put aside, and report.

        The whole history is indexed and counted meanwhile: measuring leaves a core to spare.
        """
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
        metrics = {ORDERS: OrderProfile.of(self._known).as_dict(), GATE: verdict.as_dict()}
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
            page = write_page(run, self._job.models_dir / REPORTS / self._version)
            problem = self._push_report(page.parent)
        said = opening_of(run.evaluation, run.not_measured)
        is_live = verdict.accepted and self._job.activate
        return Outcome(
            manifest, verdict, directory, page, said, run.live, is_live, learned.clicks.sentence, problem
        )

    def _push_report(self, directory: Path) -> str | None:
        """Write the report to the object store, if there is one; return why that failed: nothing depends on it."""
        if not isinstance(self._registry, MirroredRegistry):
            return None
        try:
            self._registry.storage.push_report(directory, keep=2 * self._job.settings.keep_versions)
        except ModelError as error:
            return f"the report lies here alone: {error}"
        return None

    def _before(self, live: PublishedModel | None) -> Before | None:
        """Return what to go on from: nothing where the live version knows someone who has been erased since."""
        tombstones = identities_of(self._job.sources).tombstones
        if live is None or knows_erased(live.model, tombstones):
            return None
        return Before.of(live, self._job.settings, self._job.now)

    def _measured(self, live: PublishedModel | None, before: Before | None) -> Measured | str:
        split = split_for_measuring(self._orders, self._users, self._job.settings)
        if isinstance(split, str):
            return split
        measuring = Measuring.of(split, self._job.settings, self._progress, self._job.catalogue, als_of(live))
        measuring = replace(measuring, exposures=self._exposures)
        learned = measuring.learned()
        if split.drawn_from is not None:
            # The version to go live is fitted on the whole history while a part of it is measured. The fit needs
            # nothing from the measurement; it is thrown away if the gate refuses.
            last = LastFit(self._counted, self._job.settings, Silent(), before, self._exposures)
            self._last_fit = self._behind.submit(last.learn_on, learned, split)
        return measuring.measured(learned, live)

    def _judged(self, measured: Measured | str, live: PublishedModel | None) -> Verdict:
        return judge(
            measured if isinstance(measured, str) else measured.evaluation,
            OrderProfile.of(self._known),
            None if live is None else LiveReference.of(live, self._known),
            self._job.settings,
            forced=self._job.force,
        )

    def _learned_on(
        self, measured: Measured | str, before: Before | None, live: PublishedModel | None
    ) -> Learned:
        """Return the version to go live, if the gate lets it."""
        if isinstance(measured, str):
            given = Given(held=als_of(live), exposures=self._exposures)
            return learn(self._orders, self._known, self._job.settings, self._progress, given)
        if self._last_fit is not None:
            with self._progress.step("Fit what goes live"):
                return self._last_fit.result()
        last = LastFit(self._counted, self._job.settings, self._progress, before, self._exposures)
        return last.learn_on(measured.learned, measured.split)

    def _published(self, learned: Learned, metrics: dict[str, Any]) -> _Kept:
        settings = self._job.settings
        release = self._release(learned, self._known, metrics)
        with self._progress.step("Publish"):
            manifest = publish(
                self._registry,
                learned.model,
                release,
                keep=settings.keep_versions,
                activate=self._job.activate,
            )
            self._forget_erased()
        return manifest, self._registry.directory / self._version

    def _forget_erased(self) -> None:
        """Delete older versions that know an erased user: a rollback to them is no longer possible."""
        tombstones = identities_of(self._job.sources).tombstones
        for registry in (self._registry, Registry(self._job.models_dir / REFUSED)):
            forget(registry, tombstones)

    def _put_aside(self, measured: Measured | str, learned: Learned, metrics: dict[str, Any]) -> _Kept:
        """Keep the refused version as it was measured, in a folder where no service looks."""
        registry = Registry(self._job.models_dir / REFUSED)
        known = self._known
        if isinstance(measured, Measured):
            learned, known = measured.learned, measured.known
        with self._progress.step("Put aside"):
            manifest = registry.publish(learned.model, self._release(learned, known, metrics), activate=False)
            registry.prune(self._job.settings.keep_versions)
        return manifest, registry.directory / self._version

    def _seen_from_its_end(
        self,
        measured: Measured | str,
        verdict: Verdict,
        learned: Learned,
        versions: list[Manifest],
        live: PublishedModel | None,
    ) -> Run:
        seed = self._job.settings.seed
        return Run(
            version=self._version,
            created=self._job.now,
            summary=self._orders.summary,
            facts=self._facts.result(),
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
            activate=self._job.activate,
        )

    def _release(self, learned: Learned, known: Interactions, metrics: dict[str, Any]) -> Release:
        rankers = since(learned.rankers, self._job.now)
        of_rankers = {name: ranker.as_dict() for name, ranker in rankers.items()}
        similar = {SIMILAR: learned.alternatives.as_dict()}
        clicks = {CLICKS: dict(learned.clicks.figures)} if learned.clicks.figures else {}
        figures = of_rankers | similar | {ALS: learned.als.as_dict()} | clicks | metrics
        release = describe(self._version, learned.model, known, self._job.settings, figures)
        guests = self._orders.guests
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


def read_and_clean(
    sources: OrderSources,
    settings: TrainingSettings,
    now: datetime,
    progress: Progress,
    report: Callable[[Orders], None] = lambda _orders: None,
) -> Orders:
    """Return cleaned orders; ``report`` gets them before they are refused because they are too few or too damaged.

    Raises:
        DataError: the orders are not usable.
    """
    rules = CleaningRules.of(settings)
    with progress.step("Read orders"):
        raw = read_orders(sources, settings.columns, settings.encoding)
    with progress.step("Clean orders"):
        orders = clean_orders(raw, rules, now)
    report(orders)
    check_orders(orders, rules)
    return orders


def read_shown(sources: OrderSources, settings: TrainingSettings, progress: Progress) -> Exposures:
    """Return what the lists of the service showed; nothing without a store, or where the settings say so."""
    if not settings.learn_from_clicks or sources.store is None or not sources.store.exists:
        return NO_EXPOSURES
    with progress.step("Read what lists showed"):
        return exposures_of(sources)
