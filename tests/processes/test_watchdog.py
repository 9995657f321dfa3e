"""Which worker is ended, on a clock and a machine of our own; ``test_processes`` has real ones."""

import os
import signal
from pathlib import Path

import pytest

from recsvc.processes.heartbeats import Heartbeats
from recsvc.processes.watchdog import Activity, Watchdog, activity_of

WORKER = 4_000_000


class Machine:
    """A worker that beats or not, and what the system says of it."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        Heartbeats.create(path, 1)
        self.heartbeats = Heartbeats(path)
        monkeypatch.setattr(os, "getpid", lambda: WORKER)
        self.heartbeats.claim(lambda _pid: False)
        monkeypatch.undo()
        self.now, self.cpu, self.states = 0.0, 0.0, frozenset("S")
        self.ended: list[tuple[int, int]] = []
        monkeypatch.setattr(os, "kill", lambda pid, number: self.ended.append((pid, number)))
        self.watchdog = Watchdog(self.heartbeats, 15, self._activity, lambda: self.now)

    def _activity(self, pid: int) -> Activity | None:
        return Activity(os.getpid(), self.cpu, self.states) if pid == WORKER else None

    def passes(self, looks: int, *, every: float = 1.0, cpu: float = 0.0, beats: bool = False) -> bool:
        """Let time pass, and return whether the worker was ended."""
        for _ in range(looks):
            self.now += every
            self.cpu += cpu
            if beats:
                self.heartbeats.beat(0)
            self.watchdog.look()
        return bool(self.ended)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path / "heartbeats", monkeypatch)


def test_a_worker_that_is_stopped_or_waits_for_nothing_that_comes_is_ended(machine: Machine) -> None:
    machine.states = frozenset("T")
    assert not machine.passes(15)
    assert machine.passes(1)
    assert machine.ended == [(WORKER, signal.SIGKILL)]
    assert machine.heartbeats.n_replaced == 1


def test_a_worker_in_an_endless_loop_is_ended(machine: Machine) -> None:
    machine.states = frozenset("RS")
    assert machine.passes(17, cpu=1.0)


def test_a_worker_that_gets_no_processor_is_left_alone(machine: Machine) -> None:
    machine.states = frozenset("RS")
    assert not machine.passes(1000, cpu=0.01)


def test_a_worker_that_waits_for_a_disk_or_a_debugger_is_left_alone(machine: Machine) -> None:
    for state in "Dt":
        machine.states = frozenset("S" + state)
        assert not machine.passes(1000)


def test_time_in_which_the_main_process_did_not_run_is_no_silence(machine: Machine) -> None:
    assert not machine.passes(5)
    assert not machine.passes(1, every=3600)
    assert not machine.passes(5)


def test_a_worker_that_beats_now_and_then_is_left_alone(machine: Machine) -> None:
    for _ in range(10):
        assert not machine.passes(14)
        assert not machine.passes(1, beats=True)


def test_a_process_that_is_not_of_this_service_is_left_alone(machine: Machine) -> None:
    machine.watchdog._activity = lambda _pid: Activity(1, 0.0, frozenset("T"))
    assert not machine.passes(100)


def test_the_system_tells_what_a_process_does() -> None:
    found = activity_of(os.getpid())
    assert found is not None
    assert (found.parent, found.is_held_up) == (os.getppid(), True)  # this very thread runs
    assert activity_of(2**22 + 1) is None
