"""``recsvc demo`` as a process: however it is told to end, nothing that it started stays behind."""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest
from support.processes import free_port


def write_orders(path: Path) -> None:
    first = datetime(2026, 5, 1, tzinfo=UTC)
    rows = [
        f"{order},u{order % 12},i{(order * 7 + line) % 9},{(first + timedelta(hours=9 * order)):%Y-%m-%d %H:%M},1"
        for order in range(120)
        for line in range(2)
    ]
    path.write_text("\n".join(["order_id,user_id,item_id,ordered_at,quantity", *rows]))


def children(pid: int) -> list[int]:
    below = [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [*below, *(one for child in below for one in children(child))]


def runs(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGHUP, marks=pytest.mark.long)])
def test_what_a_demo_started_ends_with_it(tmp_path: Path, number: signal.Signals) -> None:
    write_orders(tmp_path / "orders.csv")
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "recsvc",
        "demo",
        "--orders",
        "orders.csv",
        "--port",
        str(port),
        "--no-browser",
    ]
    with (tmp_path / "log").open("w") as log:
        demo = subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=log, start_new_session=True)
    try:
        deadline = time.monotonic() + 240
        while "Serving until Ctrl-C" not in (tmp_path / "log").read_text():
            assert demo.poll() is None, (tmp_path / "log").read_text()
            assert time.monotonic() < deadline, (tmp_path / "log").read_text()
            time.sleep(0.2)
        started = children(demo.pid)
        assert len(started) >= 3  # the service and its workers
        (base,) = set(re.findall(r"Serving on (http://\S+?),", (tmp_path / "log").read_text()))
        assert urlopen(f"{base}/health/ready", timeout=10).status == 200
        demo.send_signal(number)
        demo.wait(timeout=60)
        deadline = time.monotonic() + 30
        while any(map(runs, started)):
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(demo.pid, signal.SIGKILL)
        demo.wait()
