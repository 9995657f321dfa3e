"""A training run, top to bottom: orders in, a live version out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from recsvc.model.artifact import Manifest
from recsvc.model.model import Model
from recsvc.model.registry import Registry
from training.fit_ranker import FittedRanker
from training.interactions import Interactions
from training.model_fit import fit_model
from training.orders import CleaningSummary, Orders, check_orders, clean_orders, write_rejected
from training.progress import Progress
from training.publish import describe, publish, version_name
from training.rankers import fit_rankers, with_rankers
from training.report import prune_reports, write_report
from training.settings import TrainingSettings
from training.sources.catalogue import NO_CATALOGUE, ShopCatalogue
from training.sources.files import read_order_files

REPORTS = "reports"
REJECTED = "rejected.csv.gz"


@dataclass(frozen=True)
class TrainingJob:
    """What to train from, and where to publish.

    Attributes:
        orders: paths and globs of order files.
        models_dir: the registry; the report of each run lies in ``reports/<version>`` below it.
        settings: how to read, clean and fit.
        now: the moment of the run; later orders are impossible.
        catalogue: what the shop says of its items.
    """

    orders: Sequence[str]
    models_dir: Path
    settings: TrainingSettings
    now: datetime
    catalogue: ShopCatalogue = NO_CATALOGUE

    def run(self, progress: Progress, on_cleaned: Callable[[CleaningSummary, Path], None]) -> Manifest:
        """Train and publish.

        ``on_cleaned`` is told what the cleaning found and where the refused rows lie, also when that is why
        the run ends. Raises DataError when the orders are not usable, ModelError when nothing can be
        published; the live version then stays as it was.
        """
        version = version_name(self.now)
        report_dir = self.models_dir / REPORTS / version

        def report(orders: Orders) -> None:
            write_report(orders.summary, report_dir)
            prune_reports(self.models_dir / REPORTS, keep=2 * self.settings.keep_versions)
            write_rejected(orders, report_dir / REJECTED)
            on_cleaned(orders.summary, report_dir / REJECTED)

        orders = read_and_clean(self.orders, self.settings, self.now, progress, report)
        known = Interactions.of(orders.lines, orders.guest_lines, self.catalogue)
        model, rankers = fit_ranked_model(orders.lines, orders.guest_lines, known, self.settings, progress)
        metrics = {name: ranker.as_dict() for name, ranker in rankers.items()}
        release = describe(version, model, known, self.settings, metrics)
        with progress.step("Publish"):
            return publish(Registry(self.models_dir), model, release, keep=self.settings.keep_versions)


def read_and_clean(
    paths: Sequence[str],
    settings: TrainingSettings,
    now: datetime,
    progress: Progress,
    report: Callable[[Orders], None] = lambda _orders: None,
) -> Orders:
    """Return cleaned orders; ``report`` is told of them before they are refused for being too few or too damaged.

    Raises:
        DataError: the orders are not usable.
    """
    rules = settings.cleaning_rules()
    with progress.step("Read orders"):
        raw = read_order_files(paths, settings.columns)
    with progress.step("Clean orders"):
        orders = clean_orders(raw, rules, now)
    report(orders)
    check_orders(orders, rules)
    return orders


def fit_ranked_model(
    lines: pl.DataFrame,
    guest_lines: pl.DataFrame,
    known: Interactions,
    settings: TrainingSettings,
    progress: Progress,
) -> tuple[Model, dict[str, FittedRanker]]:
    """Learn everything a version holds from order lines, and from ``known``, the same in indices."""
    rankers = fit_rankers(lines, guest_lines, settings, progress, known.catalogue)
    return with_rankers(fit_model(known, settings, progress), rankers), rankers
