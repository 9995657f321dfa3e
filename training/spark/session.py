"""The Spark session of a run, or a sentence that says why there is none."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pyarrow as pa
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from recsvc.errors import SettingsError

OLDEST_JAVA = 17
"""Spark 4 runs on no older one."""

LOCAL = "local[*]"
LOOPBACK = "127.0.0.1"
MASTER_PORT = 7077

WAIT_SECONDS = 15.0
"""So long a master may take to answer; Spark itself would try for a minute and then say little."""

WORKERS_WAIT_SECONDS = 120.0
"""So long it may take until a cluster gives the run its first worker."""

LOCAL_MEMORY = "4g"
BATCH_ROWS = 10_000

DEFAULTS = {
    "spark.app.name": "recsvc-train",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.maxRecordsPerBatch": str(BATCH_ROWS),
    "spark.sql.files.ignoreMissingFiles": "false",
}
"""What a run needs, unless the person says otherwise."""

OF_THE_RUN = {"spark.sql.session.timeZone": "UTC", "spark.sql.files.ignoreMissingFiles": "false"}
"""What nobody may set otherwise: results would change in silence."""

OF_LOCAL = {
    "spark.ui.enabled": "false",
    "spark.driver.bindAddress": LOOPBACK,
    "spark.driver.host": LOOPBACK,
    "spark.driver.memory": LOCAL_MEMORY,
}
"""Beside that where no other machine takes part: Spark would otherwise listen on all interfaces."""

_PARTITIONS = "spark.sql.shuffle.partitions"
ROWS_A_PART = 500_000

_VERSION = re.compile(r'version "(\d+)(?:\.(\d+))?')


@dataclass(frozen=True)
class SparkPlace:
    """Where a run works on Spark.

    Attributes:
        master: ``local[2]``, ``spark://host:port``, ``yarn``, ``k8s://…``; None: what ``spark-submit`` or
            ``spark-defaults.conf`` says, else all cores of this machine.
        conf: further settings of Spark, by their names.
    """

    master: str | None = None
    conf: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_local(self) -> bool:
        """Whether no other machine takes part, as far as is known."""
        return self.master is None or self.master.startswith("local")

    @property
    def is_on_loopback(self) -> bool:
        """Whether master and workers are processes of this machine."""
        return self.is_local or urlsplit(self.master or "").hostname in {LOOPBACK, "localhost"}


@contextmanager
def spark_session(place: SparkPlace) -> Iterator[SparkSession]:
    """Open a session that can work, and close it.

    Raises:
        SettingsError: there is no Java, or too old a one; the master does not answer; no worker joins; workers
            have another Python, or no recsvc.
    """
    check_java()
    _check_master(place)
    session = _started(place)
    try:
        _check_workers(session, place)
        divide_for(session, place, 0)
        yield session
    finally:
        with suppress(Py4JError, OSError):  # a JVM that is gone already has ended the session
            session.stop()


def parts_for(session: SparkSession, rows: int, rows_a_part: int) -> int:
    """Return in how many parts to divide ``rows``: each core has one, and none has many more than ``rows_a_part``."""
    cores = int(session.sparkContext.defaultParallelism)
    return max(cores, -(-rows // rows_a_part))


def divide_for(session: SparkSession, place: SparkPlace, rows: int) -> None:
    """Let shuffles have as many parts as ``rows`` are worth, unless the person says how many."""
    if _PARTITIONS not in place.conf:
        session.conf.set(_PARTITIONS, str(parts_for(session, rows, ROWS_A_PART)))


def check_java() -> None:
    """Raise SettingsError where no Java is found that Spark can run on."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which(Path(home) / "bin" / "java" if home else "java")
    if java is None:
        where = f"JAVA_HOME is {home}, where there is no bin/java" if home else "there is no java on the PATH"
        raise SettingsError(
            f"Spark needs Java {OLDEST_JAVA} or newer: {where}. Install one, such as openjdk-17-jre-headless"
        )
    found = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - the Java of this machine
    version = _VERSION.search(found.stderr + found.stdout)
    if version is None:
        raise SettingsError(f"{java} -version does not say its version: {found.stderr.strip()[:200]!r}")
    major = int(version[2] or 0) if version[1] == "1" else int(version[1])
    if major < OLDEST_JAVA:
        raise SettingsError(
            f"Spark needs Java {OLDEST_JAVA} or newer, and {java} is {major}: "
            "install a newer one, or let JAVA_HOME name it"
        )


def _check_master(place: SparkPlace) -> None:
    """Raise SettingsError where the master of a standalone cluster does not answer."""
    if place.master is None or not place.master.startswith("spark://"):
        return
    problems = []
    for address in place.master.removeprefix("spark://").split(","):
        host, _, port = address.rpartition(":")
        try:
            with socket.create_connection((host, int(port or MASTER_PORT)), WAIT_SECONDS):
                return
        except (OSError, ValueError) as error:
            problems.append(f"{address}: {error}")
    raise SettingsError(
        f"the master {place.master} does not answer ({'; '.join(problems)}): see whether it runs, "
        "and whether its address is the one that its log says"
    )


def _started(place: SparkPlace) -> SparkSession:
    if place.is_on_loopback:
        # Spark would start the first python3 on the PATH, which is another one than this.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder
    master = place.master
    if master is None and not _is_submitted():
        master = LOCAL
    if master is not None:
        builder = builder.master(master)
    for name, value in _conf(place).items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except (PySparkException, Py4JError, OSError) as error:
        raise SettingsError(f"Spark does not start with master {master}: {_first_line(error)}") from error


def _is_submitted() -> bool:
    """Return whether ``spark-submit`` or the settings of a cluster say where to work."""
    return "SPARK_ENV_LOADED" in os.environ or "PYSPARK_GATEWAY_PORT" in os.environ


def _conf(place: SparkPlace) -> dict[str, str]:
    bound = OF_LOCAL if place.is_local and not _is_submitted() else {}
    if not bound and place.is_on_loopback:
        bound = {name: value for name, value in OF_LOCAL.items() if name != "spark.driver.memory"}
    refused = sorted(name for name, value in OF_THE_RUN.items() if place.conf.get(name, value) != value)
    if refused:
        raise SettingsError(
            f"{refused[0]} is {place.conf[refused[0]]!r}, and a run needs {OF_THE_RUN[refused[0]]!r}: leave it out"
        )
    return DEFAULTS | bound | dict(place.conf)


def _check_workers(session: SparkSession, place: SparkPlace) -> None:
    """Raise SettingsError unless a worker joins in time, and can run what this package sends it."""
    if not place.is_local:
        _wait_for_workers(session, place)
    try:
        found = session.range(1).mapInArrow(_probe, "works boolean").collect()
    except PySparkException as error:
        raise SettingsError(_of_workers(str(error))) from error
    if [row["works"] for row in found] != [True]:
        raise SettingsError(f"a worker of Spark answers {found!r} where nothing but True was asked for")


def _wait_for_workers(session: SparkSession, place: SparkPlace) -> None:
    status, until = session.sparkContext._jsc.sc(), time.monotonic() + WORKERS_WAIT_SECONDS
    while status.getExecutorMemoryStatus().size() < 2:  # the driver is one of them
        if time.monotonic() > until:
            raise SettingsError(
                f"the cluster {place.master} gave no worker within {WORKERS_WAIT_SECONDS:.0f} s: see whether workers "
                "run, and whether they have the cores and the memory that are asked for (spark.executor.memory)"
            )
        time.sleep(0.1)


def _probe(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Answer that this module can be imported where it runs."""
    for _ in batches:
        yield pa.RecordBatch.from_pydict({"works": [True]})


def _of_workers(said: str) -> str:
    missing = re.search(r"No module named '([^']+)'", said)
    if missing is not None:
        return (
            f"the Python of a worker has no module {missing[1]!r}: install recsvc[spark] there, in the version that "
            "is installed here, and let PYSPARK_PYTHON name that Python"
        )
    if "PYTHON_VERSION_MISMATCH" in said:
        return (
            "workers run another Python than this process: let PYSPARK_PYTHON name one of the same minor version; "
            f"Spark says: {_mismatch(said)}"
        )
    return f"a worker of Spark cannot run Python: {_first_line(said)}"


def _mismatch(said: str) -> str:
    return next((line.strip() for line in said.splitlines() if "PYTHON_VERSION_MISMATCH" in line), "")


def _first_line(error: object) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
