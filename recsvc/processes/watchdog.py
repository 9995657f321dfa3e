"""The main process ends workers that hang, so that the server starts others in their place.

A worker that is merely slow is left alone, however slow: its silence counts only as far as it had the chance to beat.
A machine that slept, a main process that was stopped or a container that was frozen let time go by in which nobody ran;
a busy machine lets a worker wait for a processor or a disk. Neither is silence.
"""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from recsvc.processes.heartbeats import Beat, Heartbeats
from recsvc.repeating import Repeating

LOOK_SECONDS = 1.0

_PROC = Path("/proc")
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Activity:
    """What the system knows of a process.

    Attributes:
        parent: its parent's process id.
        cpu_seconds: how long it has been on a processor, all its threads together.
        states: one letter for each thread (proc(5)): R wants a processor, D waits for a disk, T is stopped, S sleeps.
    """

    parent: int
    cpu_seconds: float
    states: frozenset[str]

    @property
    def is_held_up(self) -> bool:
        """Whether one of its threads waits for the machine, or for a debugger."""
        return bool(self.states & {"R", "D", "t"})


def activity_of(pid: int) -> Activity | None:
    """Return what ``pid`` does now; None where it has ended."""
    try:
        _, parent, *times = _stat(_PROC / str(pid))
        states = frozenset(_stat(task)[0] for task in (_PROC / str(pid) / "task").iterdir())
    except (OSError, ValueError):
        return None
    return (
        None if states == {"Z"} else Activity(int(parent), sum(map(int, times)) / _TICKS_PER_SECOND, states)
    )


def _stat(directory: Path) -> tuple[str, str, str, str]:
    """Return state, parent, and the time in user and in system mode of a process or thread."""
    fields = (directory / "stat").read_text().rpartition(")")[2].split()  # a name may hold anything
    return fields[0], fields[1], fields[11], fields[12]


@dataclass
class _Watched:
    beat: Beat
    cpu_seconds: float
    silent_seconds: float = 0.0


class Watchdog:
    """Looks at the heartbeats of all workers once a second, from ``start`` on; without ``/proc``, never.

    Args:
        heartbeats: of the workers.
        hang_seconds: a worker that could have beaten for so long and did not is ended.
        activity: what a process does now.
        clock: seconds that do not jump.
    """

    def __init__(
        self,
        heartbeats: Heartbeats,
        hang_seconds: float,
        activity: Callable[[int], Activity | None] = activity_of,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._heartbeats = heartbeats
        self._hang_seconds = hang_seconds
        self._activity = activity
        self._clock = clock
        self._looked_at = clock()
        self._watched: dict[int, _Watched] = {}
        self._looking = Repeating("watchdog", LOOK_SECONDS, self.look)

    def start(self) -> None:
        """Watch from now on."""
        if self._activity(os.getpid()) is not None:
            self._looking.start()

    def stop(self) -> None:
        """Watch no more."""
        self._looking.stop()

    def look(self) -> None:
        """Look once, and end the worker that has been silent too long: one at a time."""
        now = self._clock()
        # A look that comes late says that this process did not run either.
        elapsed, self._looked_at = min(now - self._looked_at, 2 * LOOK_SECONDS), now
        for place, beat in enumerate(self._heartbeats.all()):
            activity = self._activity(beat.pid) if beat.pid else None
            if activity is None or activity.parent != os.getpid():
                self._watched.pop(place, None)
            elif self._silence(place, beat, activity, elapsed) >= self._hang_seconds:
                self._end(place, beat)
                return

    def _silence(self, place: int, beat: Beat, activity: Activity, elapsed: float) -> float:
        """Return how long a worker could have beaten and did not."""
        watched = self._watched.get(place)
        if watched is None or watched.beat != beat:
            watched = self._watched[place] = _Watched(beat, activity.cpu_seconds)
            return 0.0
        ran, watched.cpu_seconds = activity.cpu_seconds - watched.cpu_seconds, activity.cpu_seconds
        watched.silent_seconds += min(elapsed, ran) if activity.is_held_up else elapsed
        return watched.silent_seconds

    def _end(self, place: int, beat: Beat) -> None:
        silent = self._watched.pop(place).silent_seconds
        _log.error("worker_hung", pid=beat.pid, silent_seconds=round(silent, 1))
        self._heartbeats.count_replaced()
        os.kill(beat.pid, signal.SIGKILL)
