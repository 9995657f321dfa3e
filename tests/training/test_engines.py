from importlib.util import find_spec

import pytest

from recsvc.errors import SettingsError
from training.engines import spark_job


@pytest.mark.skipif(find_spec("pyspark") is not None, reason="PySpark is installed here")
def test_without_pyspark_the_extra_is_named() -> None:
    with pytest.raises(
        SettingsError, match=r"--engine spark needs the package p\w+.*pip install 'recsvc\[spark\]'"
    ):
        spark_job()
