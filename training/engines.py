"""What does the work of a run: this process, or Spark, whose packages not everybody has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Protocol

from recsvc.errors import SettingsError
from training.job import TrainingJob
from training.measured_run import Outcome
from training.orders import CleaningSummary
from training.progress import Progress

LOCAL, SPARK = "local", "spark"

_OF_THE_EXTRA = frozenset({"pandas", "pyarrow", "py4j", "pyspark"})


class Runnable(Protocol):
    """A run that is ready to begin."""

    def run(self, progress: Progress, on_cleaned: Callable[[CleaningSummary, Path], None]) -> Outcome:
        """Train, measure, and publish what the gate accepts; see ``TrainingJob.run``."""


@dataclass(frozen=True)
class Engine:
    """What does the work.

    Attributes:
        name: ``LOCAL`` or ``SPARK``.
        master, directory, conf: where Spark is, where it keeps finished stages, and settings of it.
    """

    name: str = LOCAL
    master: str | None = None
    directory: str | None = None
    conf: Mapping[str, str] = field(default_factory=dict)

    def runs(self, job: TrainingJob) -> Runnable:
        """Return ``job`` as this engine does it.

        Raises:
            SettingsError: the engine is not installed.
        """
        if self.name == LOCAL:
            return job
        place = _of_spark("session").SparkPlace(self.master, self.conf)
        runnable: Runnable = _of_spark("job").SparkJob(job, place, self.directory)
        return runnable


def _of_spark(name: str) -> ModuleType:
    """Return a module of ``training.spark``, which nothing else imports: without the extra it cannot be."""
    try:
        return import_module(f"training.spark.{name}")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _OF_THE_EXTRA:
            raise
        raise SettingsError(
            f"--engine spark needs the package {error.name}, which is not installed here: "
            "pip install 'recsvc[spark]', on every machine that works for the run"
        ) from error
