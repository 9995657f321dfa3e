"""Exports of many shapes, cleaned on Spark as the local engine cleans them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from support.cleaned_tables import assert_same, cleaned_locally, cleaned_on_spark, of_files
from support.shapes.history import base_history
from support.shapes.kinds import SHAPES
from support.shapes.shape import Shape
from support.shapes.writing import write

from recsvc.errors import RecsvcError
from training.orders import Orders
from training.spark.orders import OrderCleaning

pytestmark = pytest.mark.spark
NOW = datetime(2026, 11, 29, tzinfo=UTC)


SHORT = {(one.arrangement, one.format): one.name for one in reversed(SHAPES)}
"""The first shape of each arrangement in each format; all others are ``long``."""


def cases() -> list[Any]:
    of_files = [one for one in SHAPES if one.format != "sqlite"]
    short = frozenset(SHORT.values())
    return [
        pytest.param(one, id=one.name, marks=() if one.name in short else pytest.mark.long)
        for one in of_files
    ]


@pytest.mark.parametrize("shape", cases())
def test_shape_is_cleaned_as_by_the_local_engine(shape: Shape, spark: SparkSession, tmp_path: Path) -> None:
    cleaning = of_files(NOW, write(shape, base_history(), tmp_path))
    local = cleaned_or_refused(cleaning)
    if isinstance(local, RecsvcError):
        with pytest.raises(type(local)) as found:
            cleaned_on_spark(spark, cleaning, tmp_path / "work")
        assert str(found.value) == str(local)
    else:
        assert_same(local, cleaned_on_spark(spark, cleaning, tmp_path / "work"))


def cleaned_or_refused(cleaning: OrderCleaning) -> Orders | RecsvcError:
    try:
        return cleaned_locally(cleaning)
    except RecsvcError as problem:
        return problem
