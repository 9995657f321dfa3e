"""A training run on Spark, top to bottom; everything from a usable history on is that of a run in one process."""

import csv
import fcntl
import gzip
import io
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame

from recsvc.errors import RecsvcError, SettingsError
from recsvc.model.registry import REPORTS
from recsvc.plain_file import open_to_add
from training.job import REJECTED, TrainingJob, read_shown
from training.measured_run import MeasuredRun, Outcome
from training.orders import CleaningRules, CleaningSummary
from training.orders.catalogue_ids import catalogue_of_items, questions_of_items
from training.progress import Progress
from training.publish import version_name
from training.report import prune_reports, write_report
from training.sources.order_sources import OrderSources
from training.spark.arrays_on_disk import ArraysOnDisk
from training.spark.checkpoints import Checkpoints
from training.spark.counted import SparkRun
from training.spark.history import SparkHistory
from training.spark.orders import CleanedTables, OrderCleaning
from training.spark.purchases import SparkPurchases
from training.spark.session import SparkPlace, divide_for, spark_session

WORK = "spark"
"""The folder of finished stages below the models directory, where no other is named."""

ARRAYS = ".spark-arrays-"
"""What the folder of the arrays of users begins with; it is deleted at the end of a run."""

MOST_REJECTED = 1_000_000
"""So many refused rows are written beside the report; all of them are in the working directory."""


@dataclass(frozen=True)
class SparkJob:
    """What to train from, where to publish, and where the work is done.

    Attributes:
        job: as for a run in one process.
        place: where Spark is.
        directory: of finished stages; any path that all workers and this process reach. None: below the models
            directory, which will do where the workers are on this machine.
    """

    job: TrainingJob
    place: SparkPlace
    directory: str | None = None

    def run(self, progress: Progress, on_cleaned: Callable[[CleaningSummary, Path], None]) -> Outcome:
        """Train, measure, and publish what the gate accepts; see ``TrainingJob.run``.

        Raises:
            SettingsError: Spark cannot work as it is set up.
            RecsvcError: as a run in one process.
        """
        if self.directory is None and not self.place.is_on_loopback:
            raise SettingsError(
                f"the workers of {self.place.master} do not see the models directory of this machine: name a "
                "directory that they and this machine reach, as --spark-dir hdfs://…, s3a://… or a shared folder"
            )
        job = self.job
        job.fetch_versions(progress)
        job.models_dir.mkdir(parents=True, exist_ok=True)
        directory = self.directory or str((job.models_dir / WORK).absolute())
        with (
            _alone(job.models_dir),
            spark_session(self.place) as session,
            tempfile.TemporaryDirectory(prefix=ARRAYS, dir=job.models_dir) as arrays,
        ):
            run = SparkRun(Checkpoints(session, directory), ArraysOnDisk(Path(arrays)), progress)
            try:
                return self._run(run, on_cleaned)
            except PySparkException as error:
                raise SparkFailedError(_told(error, directory)) from error

    def _run(self, run: SparkRun, on_cleaned: Callable[[CleaningSummary, Path], None]) -> Outcome:
        job, progress, version = self.job, run.progress, version_name(self.job.now)
        rules = CleaningRules.of(job.settings)
        cleaning = OrderCleaning(self._sources(), rules, job.now, job.settings.columns, job.settings.encoding)
        with progress.step("Clean orders"):
            cleaned = cleaning.run(run.checkpoints)
        if not cleaned.summary.n_purchases:
            self._report(cleaned, version, on_cleaned)
            cleaned.check(rules)
        divide_for(run.checkpoints.session, self.place, cleaned.summary.n_rows)
        with progress.step("Index purchases"):
            purchases = SparkPurchases.of(cleaned, run.checkpoints)
        bought = list(purchases.items.ids)
        asked = questions_of_items(bought, job.catalogue)
        questions = (*cleaned.summary.questions, *asked)
        cleaned = replace(cleaned, summary=replace(cleaned.summary, questions=questions))
        self._report(cleaned, version, on_cleaned)
        cleaned.check(rules)
        catalogue = catalogue_of_items(bought, job.catalogue)
        exposures = read_shown(job.sources, job.settings, progress)
        history = SparkHistory.of(cleaned, purchases, catalogue, job.settings, run)
        return MeasuredRun(job.target(version), history, exposures, progress).finish()

    def _sources(self) -> OrderSources:
        """Return the sources as workers find them: those of a cluster have another working directory."""
        sources = self.job.sources
        if self.place.is_local:
            return sources
        files = (file if "://" in file else str(Path(file).absolute()) for file in sources.files)
        return replace(sources, files=tuple(files))

    def _report(
        self, cleaned: CleanedTables, version: str, on_cleaned: Callable[[CleaningSummary, Path], None]
    ) -> None:
        directory = self.job.models_dir / REPORTS / version
        write_report(cleaned.summary, directory)
        prune_reports(directory, keep=2 * self.job.settings.keep_versions)
        write_rejected_rows(cleaned.rejected, directory / REJECTED)
        on_cleaned(cleaned.summary, directory / REJECTED)


@contextmanager
def _alone(models_dir: Path) -> Iterator[None]:
    """Let no other run on Spark work here meanwhile; delete the arrays of one that was killed.

    Two runs would write the same stages, each over the other's. Raises SparkBusyError.
    """
    with open_to_add(models_dir / ".spark-lock") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SparkBusyError(
                f"another run on Spark works in {models_dir}: wait for its end, or name another --models-dir"
            ) from None
        for left in models_dir.glob(f"{ARRAYS}*"):
            shutil.rmtree(left)
        yield


class SparkBusyError(RecsvcError):
    """Another run on Spark works in the same models directory."""


class SparkFailedError(RecsvcError):
    """Spark gave up in the middle: a worker ran out of memory, a disk is full, the master is gone."""


def write_rejected_rows(rejected: DataFrame, path: Path) -> None:
    """Write the first refused rows as ``training.orders.write_rejected`` does."""
    columns = ("file", "row", "reason", "also")
    rows = rejected.orderBy("line").select(*columns).limit(MOST_REJECTED).toLocalIterator()
    with gzip.open(path, "wb", compresslevel=1) as file, io.TextIOWrapper(file, "utf-8", newline="") as text:
        written = csv.writer(text, lineterminator="\n")
        written.writerow(columns)
        written.writerows(islice(rows, MOST_REJECTED))


def _told(error: PySparkException, directory: str) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    shown = " ".join(lines[:3])[:600] or type(error).__name__
    return (
        f"Spark gave up: {shown}. What was finished is in {directory}: the same command goes on from there. "
        "Where memory was too small: --spark-conf spark.executor.memory=…, or spark.driver.memory=… in local mode"
    )
