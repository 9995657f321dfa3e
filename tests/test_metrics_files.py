"""Metrics where space is short."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from support.models import release, small_model
from support.processes import Service, becomes_true

from recsvc.errors import SettingsError
from recsvc.model.registry import Registry
from recsvc.processes.shared_files import shared_files


@pytest.fixture
def small_tmpfs(tmp_path: Path) -> Iterator[Path]:
    """A directory in memory with room for 3 MB."""
    directory = tmp_path / "small"
    directory.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(directory)]
    if os.getuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a tmpfs")
    yield directory
    subprocess.run(["umount", "--lazy", str(directory)], check=True)


def fill(directory: Path) -> None:
    with (directory / "filler").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


MANY = """
import sys
from pathlib import Path
from recsvc import metrics_files
from recsvc.metrics import Metrics
metrics = Metrics(Path(sys.argv[1]), 0)
for number in range(2000):
    metrics.invalidations.labels(f"scope-{number}").inc()
for number in range(2000):
    metrics.invalidations.labels(f"scope-{number}").inc()
page = metrics.page().decode()
print(sum(line.startswith('recsvc_invalidations_total{') and line.endswith(' 2.0') for line in page.splitlines()))
"""


def test_counts_that_find_no_space_are_left_out_and_end_no_worker(small_tmpfs: Path) -> None:
    with shared_files(1, small_tmpfs) as files:
        fill(small_tmpfs)
        command = [sys.executable, "-c", MANY, str(files.metrics)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert 100 < int(done.stdout.splitlines()[-1]) < 2000
    assert (done.stdout + done.stderr).count("metrics_not_written") == 1


def test_a_service_goes_on_where_space_ran_out_after_it_started(small_tmpfs: Path, tmp_path: Path) -> None:
    Registry(tmp_path / "models").publish(small_model(), release("1"))
    service = Service(tmp_path / "models", tmp_path / "log", workers=2, shared_dir=small_tmpfs)
    try:
        fill(small_tmpfs)
        for number in range(40):
            assert service.get(f"/v1/recommend?user_id=user-{number}")[0] == 200
        first = service.workers()[0]
        os.kill(first, 9)
        assert becomes_true(lambda: service.log.read_text().count("Started worker-") == 3)
        assert {service.get("/health/ready")[0] for _ in range(20)} == {200}
        # A worker writes what it counted twice a second.
        assert becomes_true(lambda: "recsvc_requests_total" in service.text("/metrics"))
        assert service.log.read_text().count("Unexpected exit") == 1
    finally:
        service.stop()


def test_a_start_without_the_space_says_how_much_is_needed_and_where(small_tmpfs: Path) -> None:
    fill(small_tmpfs)
    said = rf"2 workers share need 2\.1 MB in {small_tmpfs}, where 0\.0 MB are free"
    with pytest.raises(SettingsError, match=said), shared_files(2, small_tmpfs):
        pass
    assert [path.name for path in small_tmpfs.iterdir()] == ["filler"]
