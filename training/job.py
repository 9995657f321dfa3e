"""A training run, top to bottom: orders in, a live version out, or the reasons why not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from recsvc.model.mirror import open_current
from recsvc.model.registry import REPORTS
from recsvc.tracing.tracing import OFF, Tracing
from training.history.catalogue import NO_CATALOGUE, ShopCatalogue
from training.history.exposures import NO_EXPOSURES, Exposures
from training.measured_run import MeasuredRun, Outcome, RunTarget
from training.orders import CleaningRules, CleaningSummary, Orders, check_orders, clean_orders, write_rejected
from training.orders.catalogue_ids import catalogue_of_orders, with_catalogue_questions
from training.progress import Progress
from training.publish import version_name
from training.report import prune_reports, write_report
from training.settings import TrainingSettings
from training.sources.order_sources import OrderSources, exposures_of, identities_of, read_orders
from training.whole_history import LocalHistory

REJECTED = "rejected.csv.gz"


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
        self.fetch_versions(progress)
        version = version_name(self.now)
        report_dir = self.models_dir / REPORTS / version

        def report(orders: Orders) -> None:
            summary = with_catalogue_questions(orders, self.catalogue).summary
            write_report(summary, report_dir)
            prune_reports(report_dir, keep=2 * self.settings.keep_versions)
            write_rejected(orders.rejected, report_dir / REJECTED)
            on_cleaned(summary, report_dir / REJECTED)

        orders = read_and_clean(self.sources, self.settings, self.now, progress, report)
        catalogue = catalogue_of_orders(orders, self.catalogue)
        exposures = read_shown(self.sources, self.settings, progress)
        with LocalHistory.opened(orders, catalogue, self.settings) as history:
            return MeasuredRun(self.target(version), history, exposures, progress).finish()

    def target(self, version: str) -> RunTarget:
        """Return what the run is for, whatever does the work."""
        return RunTarget(
            version,
            self.models_dir,
            self.settings,
            self.now,
            self.force,
            self.activate,
            self.models_url,
            lambda: identities_of(self.sources).tombstones,
            self.tracing,
        )

    def fetch_versions(self, progress: Progress) -> None:
        """Have the versions of the object store at hand, if there is one: a run goes on from the live one."""
        if self.models_url is not None:
            with progress.step("Fetch the versions"):
                open_current(self.models_dir, self.models_url)


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
