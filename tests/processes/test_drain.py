import time
from pathlib import Path

from recsvc.processes.drain import LOOK_SECONDS, Drain


def test_each_process_sees_that_it_has_begun(tmp_path: Path) -> None:
    main, worker = Drain(tmp_path / "draining"), Drain(tmp_path / "draining")
    assert not worker.is_on()
    main.begin()
    time.sleep(LOOK_SECONDS)
    assert worker.is_on()


def test_a_service_alone_never_drains() -> None:
    alone = Drain(None)
    alone.begin()
    assert not alone.is_on()


def test_where_the_directory_is_gone_the_service_ends_without_waiting(tmp_path: Path) -> None:
    assert not Drain(tmp_path / "removed" / "draining").begin()
