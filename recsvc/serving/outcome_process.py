"""Outcomes of many events at once are counted by a process of their own, so that no request waits for that.

Counting is work of Python: in a thread of a worker it would hold up each answer of that worker, as an interpreter does
one thing at a time. ``python -m recsvc.serving.outcome_process`` is told on its standard input what to count, and ends
when that is closed, as it is when the worker dies.
"""

import json
import os
import subprocess
import sys
import time
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from threading import BoundedSemaphore, Event, Thread
from typing import Any

import structlog

from recsvc.errors import StoreError
from recsvc.logs import SHOP, configure_logging
from recsvc.metrics import Metrics
from recsvc.outcomes.share import Windows
from recsvc.processes.own_program import own_program
from recsvc.serving.list_ids import ListIds
from recsvc.serving.outcome_follower import POLL_SECONDS, Manners, OutcomeFollower
from recsvc.store.store import open_store

MANY = 50
"""For fewer events and shoppers that wait, none is started: they take the thread some hundredths of a second."""

IDLE_SECONDS = 60.0
"""A process that found nothing to count for so long ends."""

IDLE_BESIDE_SECONDS = 2.0
"""The same where other shops wait for their turn."""

AGAIN_SECONDS = 30.0
"""After one that failed, none is started for so long; the thread counts meanwhile."""

NICENESS, RESTS = 10, 1.0
"""Requests come first: where there is one processor, or a limit on it, half of the time is theirs in any case."""

_END_SECONDS = 10.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Task:
    """What a process is told.

    Attributes:
        database_url: of the store.
        windows: how long before an order a click or a view may have been.
        log_level: of the service.
        shop: whose store it is, where the service has several.
    """

    database_url: str
    windows: Windows
    log_level: str
    shop: str | None = None

    def to_line(self) -> bytes:
        """Return the task as a line of JSON; it may hold a password, so it stands on no command line."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def of_line(cls, line: str) -> "Task":
        """Return the task in a line."""
        told: dict[str, Any] = json.loads(line)
        return cls(told["database_url"], Windows(**told["windows"]), told["log_level"], told["shop"])


class OutcomeProcess:
    """Starts the process where there is much to count; one thread asks.

    ``turns`` says how many may run at a time, where others have such processes too; one that waits for its turn lets
    what is pending wait: nobody else counts it meanwhile.
    """

    def __init__(self, task: Task, turns: BoundedSemaphore | None = None) -> None:
        self._task = task
        self._turns = turns
        self._process: subprocess.Popen[bytes] | None = None
        self._not_before = 0.0

    def takes(self, n_pending: int) -> bool:
        """Return whether a process counts what is pending, so that nobody else need."""
        if self._process is not None:
            status = self._process.poll()
            if status is None:
                return True
            self.stop()
            if status:
                self._not_before = time.monotonic() + AGAIN_SECONDS
                _log.warning("outcome_process_ended", status=status)
        if n_pending < MANY or time.monotonic() < self._not_before:
            return False
        if self._turns is not None and not self._turns.acquire(blocking=False):
            return True
        try:
            self._start()
        except OSError as error:  # no memory, or too many processes
            self._end_turn()
            self._not_before = time.monotonic() + AGAIN_SECONDS
            _log.warning("outcome_process_refused", error=type(error).__name__)
            return False
        return True

    def stop(self) -> None:
        """End the process, after the part that it counts."""
        process, self._process = self._process, None
        if process is None:
            return
        try:
            self._end(process)
        finally:
            self._end_turn()

    def _end_turn(self) -> None:
        if self._turns is not None:
            self._turns.release()

    def _end(self, process: "subprocess.Popen[bytes]") -> None:
        with suppress(OSError):
            if process.stdin is not None:
                process.stdin.close()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _start(self) -> None:
        program = own_program("recsvc.serving.outcome_process")
        self._process = process = subprocess.Popen(  # noqa: S603 - this very program
            program,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # who presses Ctrl-C means the service, whose end is its end
        )
        with suppress(OSError):  # it ended already, which is seen the next time
            if process.stdin is not None:
                process.stdin.write(self._task.to_line())
                process.stdin.flush()


def main() -> int:
    """Count until there is nothing to count any more, or standard input is closed."""
    task, ended = Task.of_line(sys.stdin.readline()), Event()
    configure_logging(task.log_level)
    SHOP.set(task.shop)
    os.nice(NICENESS)
    idle_seconds = IDLE_SECONDS if task.shop is None else IDLE_BESIDE_SECONDS
    try:
        metrics = Metrics()
    except FileNotFoundError:  # the service ended meanwhile, and what its workers share with it
        return 0
    with closing(open_store(task.database_url)) as store:
        follower = OutcomeFollower(
            store.outcomes, ListIds(store).origin_of, task.windows, metrics, Manners(rests=RESTS)
        )

        def end_with_worker() -> None:
            sys.stdin.read()
            ended.set()
            follower.stop()

        Thread(target=end_with_worker, daemon=True).start()
        idle_since = time.monotonic()
        while time.monotonic() - idle_since < idle_seconds:
            with suppress(StoreError):  # logged where it happened
                if follower.catch_up():
                    idle_since = time.monotonic()
            if ended.wait(POLL_SECONDS):
                break
    return 0


if __name__ == "__main__":
    sys.exit(main())
