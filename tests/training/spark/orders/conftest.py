"""One session of Spark for all tests of cleaning."""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest

collect_ignore_glob = [] if find_spec("pyspark") else ["test_*.py"]


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    from training.spark.session import SparkPlace, spark_session  # noqa: PLC0415 - where PySpark is installed only

    conf = {"spark.sql.shuffle.partitions": "2", "spark.driver.memory": "1g"}
    with spark_session(SparkPlace("local[2]", conf)) as session:
        yield session
