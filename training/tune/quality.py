"""How good the lists of a trial are, and whether those of another are better beyond noise."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from training.evaluation.bootstrap import Estimate, Resampling
from training.evaluation.task import Task
from training.tune.space import Values
from training.tune.windows import TuningWindow

DECIMALS = 4

Quality = Mapping[str, Sequence[float]]
"""The lists of one window: question -> (Recall@20 + NDCG@10) / 2 of each test user."""

Rows = NDArray[np.int64]


class Panel:
    """The test users in two halves: one chooses among trials, the other shows whether the choice was luck.

    The best of many trials looks better than it is on the users that chose it (the optimizer's curse: Smith,
    Winkler, Management Science 2006), so that its lead is measured on users who had no part in the choice.
    """

    def __init__(self, windows: Sequence[TuningWindow], seed: int) -> None:
        self._seed = seed
        users = sorted(
            {user for window in windows for task in window.tasks.values() for user in task.user_ids}
        )
        index = {user_id: i for i, user_id in enumerate(users)}
        self._n_users = len(users)
        self._choosing = np.asarray([zlib.crc32(user_id.encode()) % 2 == 0 for user_id in users])
        self._test_users = [
            {question.value: _rows(task, index) for question, task in window.tasks.items()}
            for window in windows
        ]

    def value(self, qualities: Sequence[Quality]) -> float:
        """Return the mean over windows, questions and choosing users; ``qualities`` may be of the first windows."""
        return sum(
            part.weight * float(_of(qualities, part)[part.rows].sum())
            for part in self._parts(len(qualities), self._choosing)
        )

    def lead(self, challenger: Sequence[Quality], holder: Sequence[Quality]) -> Estimate:
        """Return how far the challenger is ahead with the other half of the users, by a paired bootstrap."""
        n_users = int((~self._choosing).sum())
        contributions = np.zeros(self._n_users)
        for part in self._parts(len(challenger), ~self._choosing):
            ahead = _of(challenger, part) - _of(holder, part)
            np.add.at(contributions, part.users, n_users * part.weight * ahead[part.rows])
        return Resampling(self._seed).mean(contributions[~self._choosing])

    def _parts(self, n_windows: int, half: NDArray[np.bool_]) -> "Iterator[_Part]":
        """Yield the users of ``half``; weights let windows count alike, and questions within a window too."""
        for window, test_users in enumerate(self._test_users[:n_windows]):
            rows = {question: np.flatnonzero(half[users]) for question, users in test_users.items()}
            answered = {question: chosen for question, chosen in rows.items() if len(chosen)}
            for question, chosen in answered.items():
                weight = 1 / (n_windows * len(answered) * len(chosen))
                yield _Part(window, question, chosen, test_users[question][chosen], weight)


@dataclass(frozen=True, eq=False)
class _Part:
    window: int
    question: str
    rows: Rows
    users: Rows
    weight: float


def _rows(task: Task, index: Mapping[str, int]) -> Rows:
    return np.asarray([index[user_id] for user_id in task.user_ids], dtype=np.int64)


def _of(qualities: Sequence[Quality], part: _Part) -> NDArray[np.float64]:
    return np.asarray(qualities[part.window][part.question], dtype=np.float64)


class TrialOutcome(StrEnum):
    """How a trial ended."""

    MEASURED = "measured"
    PRUNED = "worse than most"
    IMPOSSIBLE = "no solution"
    OUT_OF_TIME = "out of time"


@dataclass(frozen=True, eq=False)
class Trial:
    """What was tried, and how good it is.

    Attributes:
        number: counted from 0 within its stage.
        values: the settings tried.
        outcome: how it ended.
        value: quality on the tuning windows; None unless measured on all of them.
        quality: of each shopper, one entry a window; empty unless measured on all of them.
    """

    number: int
    values: Values
    outcome: TrialOutcome
    value: float | None = None
    quality: tuple[Quality, ...] = ()


def best_of(trials: tuple[Trial, ...]) -> tuple[Trial, ...]:
    """Return the trials with a value, best first; of equals the first."""
    measured = [(trial.value, trial) for trial in trials if trial.value is not None]
    return tuple(trial for _, trial in sorted(measured, key=lambda pair: -pair[0]))
