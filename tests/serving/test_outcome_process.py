"""The process that counts outcomes of many events at once."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from support.events import event
from support.load import wait_for
from support.models import release, small_model
from support.processes import Service

from recsvc.model.registry import Registry
from recsvc.outcomes.share import Dimension, Windows
from recsvc.processes.own_program import own_program
from recsvc.serving.outcome_process import MANY, OutcomeProcess, Task
from recsvc.store.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(f"sqlite:///{tmp_path}/recsvc.db")) as opened:
        yield opened


@pytest.fixture
def process(tmp_path: Path) -> Iterator[OutcomeProcess]:
    made = OutcomeProcess(Task(f"sqlite:///{tmp_path}/recsvc.db", Windows(), "error"))
    yield made
    made.stop()


def bought(store: Store, n: int) -> None:
    store.events.append([event(at=one, unit_price=1.0, user_id=f"u{one}") for one in range(n)])


def n_orders(store: Store) -> int:
    return sum(row.figures[4] for row in store.outcomes.sums(Dimension.SHOP, 0, 30_000))


def test_many_events_are_counted_by_a_process_and_few_are_not(store: Store, process: OutcomeProcess) -> None:
    bought(store, 200)
    assert not process.takes(MANY - 1)
    assert n_orders(store) == 0
    assert process.takes(MANY)
    assert wait_for(lambda: n_orders(store) == 200, 30)
    assert process.takes(1), "it goes on as long as it is there"
    bought(store, 201)
    assert wait_for(lambda: store.outcomes.lag().n_pending == 0, 10)
    process.stop()
    assert not process.takes(1)


def test_one_that_cannot_begin_leaves_the_counting_to_the_thread(tmp_path: Path) -> None:
    process = OutcomeProcess(Task("mysql://nowhere", Windows(), "error"))
    with capture_logs() as logs:
        assert process.takes(MANY)
        assert wait_for(lambda: not process.takes(MANY), 30)
        assert not process.takes(10**6), "not again at once"
    assert [line["event"] for line in logs] == ["outcome_process_ended"]


def counters_of(pid: int) -> list[int]:
    """Return the processes that a process has started to count."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            with suppress(OSError):
                if b"outcome_process" in Path(f"/proc/{child}/cmdline").read_bytes():
                    found.append(int(child))
    return found


def is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_an_interrupt_at_the_terminal_is_for_the_service_alone(process: OutcomeProcess) -> None:
    assert process.takes(MANY)
    assert wait_for(lambda: len(counters_of(os.getpid())) == 1, 20)
    [counter] = counters_of(os.getpid())
    assert os.getpgid(counter) != os.getpgrp()
    assert os.getsid(counter) != os.getsid(0)


def test_a_service_has_one_for_many_events_and_it_ends_with_its_worker(tmp_path: Path) -> None:
    Registry(tmp_path / "models").publish(small_model(), release("1"))
    service = Service(tmp_path / "models", tmp_path / "log", workers=1)
    try:
        [worker] = service.workers()
        day = {"type": "purchase", "item_id": "tea", "unit_price": 1.0}
        batch = [{**day, "user_id": f"u{one}", "event_id": str(one)} for one in range(400)]
        assert service.post("/v1/events", {"events": batch})[0] == 202
        assert wait_for(lambda: len(counters_of(worker)) == 1, 20)
        [counter] = counters_of(worker)
        shown = lambda: service.get("/v1/performance")[1]  # noqa: E731
        assert wait_for(lambda: shown()["shop"]["orders"] == 400, 30)
        assert shown()["pending_events"] == 0
        assert "password" not in Path(f"/proc/{counter}/cmdline").read_text()
        os.kill(worker, signal.SIGKILL)
        assert wait_for(lambda: not is_there(counter), 20)
        assert wait_for(lambda: service.get("/health/ready")[0] == 200, 20)
    finally:
        assert service.stop() == 0


def test_one_that_begins_when_the_service_has_ended_says_nothing(tmp_path: Path) -> None:
    task = Task(f"sqlite:///{tmp_path}/recsvc.db", Windows(), "info")
    done = subprocess.run(
        own_program("recsvc.serving.outcome_process"),
        input=task.to_line(),
        env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "gone")},
        check=False,
        capture_output=True,
    )
    assert (done.returncode, done.stderr) == (0, b"")
