from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import pytest

from recsvc.errors import SettingsError
from training.engines import SPARK, Engine
from training.job import TrainingJob
from training.settings import TrainingSettings
from training.sources.order_sources import OrderSources


def job() -> TrainingJob:
    sources = OrderSources(("orders.csv",), None, None, from_store=False)
    return TrainingJob(sources, Path("models"), TrainingSettings(), datetime(2026, 7, 1, tzinfo=UTC))


def test_a_run_is_done_by_this_process_unless_somebody_says_otherwise() -> None:
    wanted = job()
    assert Engine().runs(wanted) is wanted


@pytest.mark.skipif(find_spec("pyspark") is not None, reason="PySpark is installed here")
def test_without_pyspark_the_extra_is_named() -> None:
    with pytest.raises(
        SettingsError, match=r"--engine spark needs the package p\w+.*pip install 'recsvc\[spark\]'"
    ):
        Engine(SPARK).runs(job())
