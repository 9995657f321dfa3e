"""Tests of training on Spark: collected only where PySpark is installed, as ``make check-spark`` sees to."""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest

HAS_SPARK = find_spec("pyspark") is not None

if HAS_SPARK:
    from training.spark.session import SparkPlace, spark_session

collect_ignore_glob = [] if HAS_SPARK else ["test_*.py", "*/test_*.py"]


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """One session for all tests: a second one in this process would be the same, and end it."""
    conf = {"spark.sql.shuffle.partitions": "2", "spark.driver.memory": "1g"}
    with spark_session(SparkPlace("local[2]", conf)) as session:
        yield session
