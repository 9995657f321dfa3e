"""Results of experiments for pages: the last ones at once, newer ones as soon as they are counted."""

import time
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass
from threading import Condition, Thread

import structlog

from recsvc.crew import hired_crew
from recsvc.errors import OverloadedError
from recsvc.outcomes.experiment import Experiment
from recsvc.outcomes.experiment_results import ExperimentResults
from recsvc.repeating import THREAD_PREFIX

FRESH_SECONDS = 60.0
"""Results of an experiment that runs are counted anew after so long, when somebody looks."""

ENDED_FRESH_SECONDS = 3600.0
"""The same of one that has ended: of its orders, some may still come back."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Posted:
    """The last results of an experiment.

    Attributes:
        results: what came of it; None where that is being counted for the first time.
        age_seconds: since they were counted.
        has_failed: whether the last try to count them failed.
    """

    results: ExperimentResults | None
    age_seconds: float = 0.0
    has_failed: bool = False


class ResultsBoard:
    """Counts results beside the requests, one experiment after the other, and only those that somebody looks at.

    Args:
        count: returns what came of the experiment of a name, or None; it may take seconds.
    """

    def __init__(self, count: Callable[[str], ExperimentResults | None]) -> None:
        self._count = count
        self._changed = Condition()
        self._posted: dict[str, tuple[float, Experiment, ExperimentResults]] = {}
        self._wanted: dict[str, None] = {}
        self._failed: set[str] = set()
        self._is_started = self._is_stopped = False
        self._is_lazy = hired_crew() is not None  # of many shops, few are looked at
        run = copy_context().run
        self._thread = Thread(target=run, args=(self._run,), name=f"{THREAD_PREFIX}results", daemon=True)

    def start(self) -> None:
        """Count what is looked at from now on, in a thread; of one of many shops it begins with the first look."""
        with self._changed:
            self._is_started = True
            self._begin_where_wanted()

    def stop(self) -> None:
        """End, after what is being counted."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def look(self, experiment: Experiment, *, has_ended: bool = False, wait_seconds: float = 0.0) -> Posted:
        """Return the last results of an experiment that has begun, and have old ones counted anew.

        Where there are none yet, they are waited for, ``wait_seconds`` at most.
        """
        name = experiment.name
        with self._changed:
            kept = self._of(experiment)
            fresh_seconds = ENDED_FRESH_SECONDS if has_ended else FRESH_SECONDS
            if kept is None or time.monotonic() - kept[0] >= fresh_seconds:
                self._wanted.setdefault(name)
                self._begin_where_wanted()
                self._changed.notify_all()
            if kept is None and wait_seconds > 0:
                self._changed.wait_for(
                    lambda: self._of(experiment) is not None or name not in self._wanted, wait_seconds
                )
                kept = self._of(experiment)
            if kept is None:
                return Posted(None, has_failed=name in self._failed)
            return Posted(kept[2], time.monotonic() - kept[0], name in self._failed)

    def _begin_where_wanted(self) -> None:
        is_due = bool(self._wanted) or not self._is_lazy
        if self._is_started and is_due and not self._is_stopped and self._thread.ident is None:
            self._thread.start()

    def _of(self, experiment: Experiment) -> tuple[float, Experiment, ExperimentResults] | None:
        """Return what is kept of this very experiment: one that was changed has no results yet."""
        kept = self._posted.get(experiment.name)
        return kept if kept is not None and kept[1] == experiment else None

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wanted or self._is_stopped)
                if self._is_stopped:
                    return
                name = next(iter(self._wanted))
            found, has_failed, is_busy = None, False, False
            try:
                found = self._count(name)
            except OverloadedError:  # others count now; whoever looks again asks again
                is_busy = True
            except Exception as error:  # noqa: BLE001 - whatever fails must not leave the others uncounted
                has_failed = True
                _log.error("results_failed", experiment=name, error=type(error).__name__, exc_info=error)
            with self._changed:
                self._wanted.pop(name, None)
                (self._failed.add if has_failed else self._failed.discard)(name)
                if found is not None:
                    self._posted[name] = (time.monotonic(), found.experiment, found)
                elif not has_failed and not is_busy:
                    self._posted.pop(name, None)
                self._changed.notify_all()
