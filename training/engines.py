"""Where a run does its work: in this process, or on Spark, whose packages not everybody has."""

from importlib import import_module
from types import ModuleType

from recsvc.errors import SettingsError

LOCAL, SPARK = "local", "spark"

_SPARK_JOB = "training.spark.job"
_OF_THE_EXTRA = frozenset({"pandas", "pyarrow", "py4j", "pyspark"})


def spark_job() -> ModuleType:
    """Return ``training.spark.job``, which nothing else imports: without the extra it cannot be.

    Raises:
        SettingsError: PySpark is not installed.
    """
    try:
        return import_module(_SPARK_JOB)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _OF_THE_EXTRA:
            raise
        raise SettingsError(
            f"--engine spark needs the package {error.name}, which is not installed here: "
            "pip install 'recsvc[spark]', on every machine that works for the run"
        ) from error
