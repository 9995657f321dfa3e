"""A training run, top to bottom: orders in, a live version out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from scipy import sparse

from recsvc.model.artifact import Manifest
from recsvc.model.model import Model
from recsvc.model.registry import Registry
from recsvc.model.sparse import SparseRows
from recsvc.model.vocabulary import TextColumn
from training.fit import fit_als, fit_similar, fit_together
from training.interactions import Interactions, UserItems
from training.orders import CleaningSummary, Orders, check_orders, clean_orders, write_rejected
from training.popularity import Popularity
from training.progress import Progress
from training.publish import publish, version_name
from training.report import prune_reports, write_report
from training.settings import TrainingSettings
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
    """

    orders: Sequence[str]
    models_dir: Path
    settings: TrainingSettings
    now: datetime

    def run(self, progress: Progress, on_cleaned: Callable[[CleaningSummary, Path], None]) -> Manifest:
        """Train and publish.

        ``on_cleaned`` is told what the cleaning found and where the refused rows lie, also when that is why
        the run ends. Raises DataError when the orders are not usable, ModelError when nothing can be
        published; the live version then stays as it was.
        """
        version = version_name(self.now)
        report_dir = self.models_dir / REPORTS / version
        orders = self._read(progress, report_dir, on_cleaned)
        interactions = Interactions.of(orders.lines, orders.guest_lines)
        model = fit_model(interactions, self.settings, progress)
        with progress.step("Publish"):
            registry = Registry(self.models_dir)
            manifest = publish(registry, version, model, interactions, self.settings)
            prune_reports(self.models_dir / REPORTS, keep=2 * self.settings.keep_versions)
        return manifest

    def _read(
        self, progress: Progress, report_dir: Path, on_cleaned: Callable[[CleaningSummary, Path], None]
    ) -> Orders:
        rules = self.settings.cleaning_rules()
        with progress.step("Read orders"):
            raw = read_order_files(self.orders, self.settings.columns)
        with progress.step("Clean orders"):
            orders = clean_orders(raw, rules, self.now)
        write_report(orders.summary, report_dir)
        write_rejected(orders, report_dir / REJECTED)
        on_cleaned(orders.summary, report_dir / REJECTED)
        check_orders(orders, rules)
        return orders


def fit_model(interactions: Interactions, settings: TrainingSettings, progress: Progress) -> Model:
    """Learn everything a version holds from ``interactions``."""
    user_items = UserItems.of(interactions, alpha=settings.alpha, half_life_days=settings.half_life_days)
    with progress.step("Fit ALS", settings.iterations) as done:
        factors = fit_als(user_items.confidence, settings, done)
    with progress.step("Fit co-purchase neighbours"):
        similar = fit_similar(user_items.confidence, settings)
        together = fit_together(interactions.baskets(), settings)
    popularity = Popularity.of(interactions)
    return Model(
        users=interactions.users,
        items=interactions.items,
        titles=TextColumn.of(interactions.titles),
        user_factors=factors.users,
        item_factors=factors.items,
        item_gramian=factors.item_gramian,
        history=_rows(user_items.confidence),
        history_orders=user_items.orders,
        history_age_days=user_items.age_days,
        similar=similar,
        together=together,
        popularity_windows_days=popularity.windows_days,
        popularity=popularity.orders,
        trending=popularity.trending,
    )


def _rows(matrix: sparse.csr_matrix) -> SparseRows:
    indptr, indices = matrix.indptr.astype("int64"), matrix.indices.astype("int32")
    return SparseRows(indptr, indices, matrix.data, int(matrix.shape[1]))
