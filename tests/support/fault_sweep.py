"""Lets the first call of an operation fail, then the second, and so on until it passes; looks what is left each time.

``FaultSweeper`` starts this file as a program under libfiu; it answers lines ``{"operation": name, "seed": n}`` with
lines of JSON. Each attempt is made in a forked process of its own, as after a restart.
"""

import faulthandler
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from recsvc.errors import RecsvcError
from recsvc.logs import configure_logging
from support.fault_points import PRELOAD, Fault, failing

HANG_SECONDS = 30
MAX_PROBLEMS = 5
LAST_STEPS = 30
_SHM = "/dev/shm"  # noqa: S108 - a directory of one's own is made in it
_IN_MEMORY = _SHM if os.access(_SHM, os.W_OK) else None
"""A disk would be flushed thousands of times."""

ACKNOWLEDGED, REFUSED, KILLED, PASSED = "acknowledged", "refused", "killed", "passed"


class Operation(Protocol):
    """Something whose every step may fail; each method is called in a process of its own.

    Attributes:
        stride: of many steps that are alike, each seed lets every so many-th one fail, and all of the last ones.
    """

    stride: int

    def prepare(self, directory: Path) -> None:
        """Make in ``directory`` what it starts from."""

    def opened(self, directory: Path) -> Callable[[], None]:
        """Return what is to be done under faults; raising an error of recsvc is an honest refusal."""

    def state(self, directory: Path) -> list[str]:
        """Return what can be seen of ``directory`` after a restart, to be compared; raises where it is broken."""

    def traces(self, directory: Path) -> list[str]:
        """Return what must not be there once the operation was acknowledged."""


@dataclass(frozen=True)
class Attempt:
    """What came of one fault: acknowledged, refused, killed or the name of what else was raised."""

    fault: str
    ending: str
    problems: tuple[str, ...]


@dataclass
class Sweep:
    """What came of all faults."""

    n_attempts: int = 0
    endings: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def add(self, attempt: Attempt) -> None:
        self.n_attempts += 1
        self.endings[attempt.ending] = self.endings.get(attempt.ending, 0) + 1
        self.problems += [f"{attempt.fault}: {attempt.ending}: {one}" for one in attempt.problems]


def sweep(operation: Operation, seed: int) -> Sweep:
    """Let each step of ``operation`` fail in each way; the seed says which faults last, and who tries again."""
    rng = random.Random(seed)  # noqa: S311 - repeatable
    result = Sweep()
    with tempfile.TemporaryDirectory(prefix="recsvc-faults-", dir=_IN_MEMORY) as scratch:
        template = Path(scratch, "template")
        template.mkdir()
        _in_child(lambda: operation.prepare(template))
        states = (_state_after(operation, template, done=False), _state_after(operation, template, done=True))
        if states[0] == states[1]:
            raise AssertionError("the operation changes nothing that its state would show")
        n_steps = _n_steps(operation, template)
        for step in range(1, n_steps + 1):
            if step <= n_steps - LAST_STEPS and (step - seed) % operation.stride:
                continue
            fault = Fault(step, rng.random(), lasting=rng.random() < 0.5)
            attempt = _attempt(operation, fault, template, states, goes_on=rng.random() < 0.5)
            if attempt is not None:
                result.add(attempt)
            if len(result.problems) >= MAX_PROBLEMS:
                break
    return result


def _n_steps(operation: Operation, template: Path) -> int:
    def count(directory: Path) -> int:
        act = operation.opened(directory)
        with failing(Fault(0, 0)) as steps:
            act()
        return steps.count

    with _copied(template) as directory:
        return int(_in_child(lambda: count(directory)))


def _state_after(operation: Operation, template: Path, *, done: bool) -> list[str]:
    with _copied(template) as directory:
        _in_child(lambda: operation.opened(directory)() if done else operation.opened(directory) and None)
        return _in_child(lambda: operation.state(directory))


def _attempt(
    operation: Operation, fault: Fault, template: Path, states: tuple[list[str], list[str]], *, goes_on: bool
) -> Attempt | None:
    """Return what came of ``fault``; None when the operation passed before its step."""
    with _copied(template) as directory:
        try:
            ending, problems = _in_child(
                lambda: _under_fault(operation, fault, directory, states, goes_on=goes_on)
            )
        except _KilledError as error:
            ending, problems = KILLED, [] if error.signal == signal.SIGKILL else [str(error)]
        if ending == PASSED:
            return None
        try:
            problems += _in_child(lambda: _after_restart(operation, directory, states, ending))
        except (_KilledError, RuntimeError) as error:
            problems.append(f"after a restart: {error}")
        return Attempt(str(fault), ending, tuple(problems))


def _under_fault(
    operation: Operation, fault: Fault, directory: Path, states: tuple[list[str], list[str]], *, goes_on: bool
) -> tuple[str, list[str]]:
    act = operation.opened(directory)
    with failing(fault) as steps:
        ending = _ending_of(act)
    if steps.kind is None:
        return (PASSED, [])
    problems = []
    if ending == REFUSED and goes_on:  # the disk is well again, and the same process goes on
        if operation.state(directory) not in states:
            problems.append("a mix while the process goes on")
        ending = _ending_of(act)
        if ending != ACKNOWLEDGED:
            problems.append("the process does not recover")
    if ending == ACKNOWLEDGED:
        problems += operation.traces(directory)
    return ending, problems


def _after_restart(
    operation: Operation, directory: Path, states: tuple[list[str], list[str]], ending: str
) -> list[str]:
    if ending not in (ACKNOWLEDGED, REFUSED, KILLED):
        return ["neither an acknowledgement nor an honest refusal"]
    found = operation.state(directory)
    if ending == ACKNOWLEDGED and found != states[1]:
        return [f"acknowledged, and not there: {_difference(states[1], found)}"]
    if found not in states:
        return [f"neither the old state nor the new one: {_difference(states[1], found)}"]
    operation.opened(directory)()
    found = operation.state(directory)
    if found != states[1]:
        return [f"done again, it is not as done once: {_difference(states[1], found)}"]
    return operation.traces(directory)


def _difference(wanted: list[str], found: list[str]) -> str:
    return f"lacks {sorted(set(wanted) - set(found))[:5]}, has {sorted(set(found) - set(wanted))[:5]}"


def _ending_of(act: Callable[[], None]) -> str:
    try:
        act()
    except RecsvcError:
        return REFUSED
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        return f"{type(error).__name__}: {error}"
    return ACKNOWLEDGED


class _KilledError(Exception):
    """A child was ended by a signal."""

    def __init__(self, number: int) -> None:
        what = f"hung for {HANG_SECONDS} s" if number == signal.SIGALRM else signal.Signals(number).name
        super().__init__(f"the process ended: {what}")
        self.signal = number


@contextmanager
def _copied(template: Path) -> Iterator[Path]:
    directory = template.with_name("attempt")
    shutil.copytree(template, directory)
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


def _in_child(work: Callable[[], Any]) -> Any:
    """Return what ``work`` returns in a forked process, which leaves everything open as it ends."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        signal.alarm(HANG_SECONDS)
        faulthandler.dump_traceback_later(HANG_SECONDS - 5)
        try:
            answer = {"returned": work()}
        except BaseException as error:  # noqa: BLE001 - told to the parent
            answer = {"raised": f"{type(error).__name__}: {error}"}
        with os.fdopen(writer, "w") as file:
            json.dump(answer, file)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as file:
        text = file.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status:
        raise _KilledError(-status)
    answer = json.loads(text)
    if "raised" in answer:
        raise RuntimeError(answer["raised"])
    return answer["returned"]


class FaultSweeper:
    """The program below, running."""

    def __init__(self, log: Path) -> None:
        root = Path(__file__).parents[2]
        with log.open("w") as file:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "support.fault_sweep"],
                env={
                    **os.environ,
                    "LD_PRELOAD": str(PRELOAD),
                    "PYTHONPATH": f"{root}:{root / 'tests'}",
                },
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
            )
        self._log = log

    def sweep(self, operation: str, seed: int) -> Sweep:
        """Return what came of all faults in an operation."""
        self._process.stdin.write(json.dumps({"operation": operation, "seed": seed}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError(f"the sweep ended: {self._log.read_text()[-2000:]}")
        return Sweep(**json.loads(line))

    def close(self) -> None:
        """End it."""
        self._process.communicate(timeout=60)


def main() -> None:
    """Answer lines on standard input until it ends."""
    from support.registry_operations import REGISTRY_OPERATIONS  # noqa: PLC0415 - they import this file
    from support.store_operations import STORE_OPERATIONS  # noqa: PLC0415

    configure_logging("info")
    for line in sys.stdin:
        asked = json.loads(line)
        operation = (STORE_OPERATIONS | REGISTRY_OPERATIONS)[asked["operation"]]
        sys.stdout.write(json.dumps(vars(sweep(operation, asked["seed"]))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
