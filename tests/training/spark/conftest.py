"""Tests of training on Spark: collected only where PySpark is installed, as ``make check-spark`` sees to."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("pyspark") else ["test_*.py"]
