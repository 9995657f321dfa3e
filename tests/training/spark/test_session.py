"""The session of a run, or why there is none."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from recsvc.errors import SettingsError
from training.spark import session as session_module
from training.spark.session import SparkPlace, check_java, spark_session

pytestmark = [pytest.mark.spark, pytest.mark.timeout(1200)]

PROGRAM = (sys.executable, "-m", "training")


def program(path: Path, says: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}' >&2\n")
    path.chmod(0o755)
    return path


def test_without_java_the_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SettingsError, match=r"no java on the PATH\. Install one, such as openjdk-17"):
        check_java()


def test_a_home_without_java_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(SettingsError, match=f"JAVA_HOME is {tmp_path}"):
        check_java()


@pytest.mark.parametrize(
    ("says", "major"), [('openjdk version "11.0.2"', 11), ('java version "1.8.0_51"', 8)]
)
def test_an_old_java_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, major: int
) -> None:
    program(tmp_path / "bin" / "java", says)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(SettingsError, match=rf"needs Java 17 or newer, and .*/bin/java is {major}:"):
        check_java()


def test_a_master_that_is_not_there_is_told_of_at_once() -> None:
    with socket.socket() as taken:  # bound, and nobody listens: refused at once
        taken.bind(("127.0.0.1", 0))
        master = f"spark://127.0.0.1:{taken.getsockname()[1]}"
        with (
            pytest.raises(SettingsError, match=f"the master {master} does not answer"),
            spark_session(SparkPlace(master)),
        ):
            pass


def test_a_master_that_never_speaks_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "WAIT_SECONDS", 0.2)
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:  # fill the queue: a connection more is not answered
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        try:
            with (
                pytest.raises(SettingsError, match=r"does not answer .*timed out"),
                spark_session(SparkPlace(f"spark://127.0.0.1:{full.getsockname()[1]}")),
            ):
                pass
        finally:
            for one in waiting:
                one.close()


def test_another_time_zone_is_refused() -> None:
    place = SparkPlace("local[1]", {"spark.sql.session.timeZone": "Europe/Berlin"})
    with pytest.raises(SettingsError, match="'Europe/Berlin', and a run needs 'UTC'"), spark_session(place):
        pass


def test_a_worker_without_the_package_is_told_of_by_name(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("customer,sku\nada,tea\n")
    ended = subprocess.run(
        [*PROGRAM, "run", "--engine", "spark", "--spark-master", "local[1]", "--orders", "orders.csv"],
        cwd=tmp_path,
        env=os.environ | {"PYSPARK_PYTHON": str(Path(sys.executable).resolve())},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert re.search(
        r"error: the Python of a worker has no module '\w+': install recsvc\[spark\]", ended.stderr
    )
    assert ended.returncode == 2


def test_spark_listens_on_loopback_alone(spark: SparkSession) -> None:
    process = Path(f"/proc/{spark._jvm.java.lang.ProcessHandle.current().pid()}")
    rows = [
        line.split()
        for name in ("tcp", "tcp6")
        for line in (process / "net" / name).read_text().splitlines()[1:]
    ]
    listening = {f"socket:[{row[9]}]": row[1].rpartition(":")[0] for row in rows if row[3] == "0A"}
    open_files = [str(link.readlink()) for link in (process / "fd").iterdir()]
    addresses = {listening[one] for one in open_files if one in listening}
    assert addresses
    assert addresses <= {"0100007F", "0000000000000000FFFF00000100007F"}
