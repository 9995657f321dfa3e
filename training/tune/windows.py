"""The windows that settings are tried on: all of them lie before what ``evaluate`` reports."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from recsvc.errors import TooLittleDataError
from training.evaluation.catalogue import Catalogue
from training.evaluation.task import Question, Task
from training.history.interactions import Interactions
from training.history.sampling import some_users
from training.history.split import OrderHistory, OrderLines, Split, SplitKind, split_orders, undated_split
from training.settings import TrainingSettings

N_WINDOWS = 3
LOOK_BACK = 4
"""At most so many windows before a window teach its rankers."""

MAX_USERS = 1_000
"""Test users of a window, at most."""


@dataclass(frozen=True, eq=False)
class Moment:
    """What was known at a moment, and what was bought next: user_id, item_id, is_new."""

    interactions: Interactions
    bought_next: pl.DataFrame

    @classmethod
    def of(cls, split: Split) -> "Moment":
        """Index what ``split`` lets a model see."""
        return cls(Interactions.of(split.train_lines, split.train_guest_lines), split.targets)


@dataclass(frozen=True, eq=False)
class TuningWindow:
    """A moment at which lists are measured, and earlier moments that the rankers learn from.

    Attributes:
        moment: what the models learn from.
        look_back: moments whose windows end when this one begins, or earlier; newest first.
        tasks: the questions to its test users.
    """

    moment: Moment
    look_back: tuple[Moment, ...]
    tasks: Mapping[Question, Task]


def orders_before_report(orders: OrderHistory, settings: TrainingSettings) -> OrderLines:
    """Return what is left when the part that ``evaluate`` reports on is cut off, of ``fit_users`` users at most.

    Raises:
        TooLittleDataError: there are too few shoppers to measure anything.
    """
    part = split_orders(orders, seed=settings.seed).training_part
    return some_users(part, settings.fit_users, settings.seed)


def tuning_windows(earlier: OrderHistory, settings: TrainingSettings) -> tuple[TuningWindow, ...]:
    """Return up to three windows, the newest first: each ends where the next begins.

    Without dates, or where the history is too short to be split in time, the windows are random: each holds
    back other orders.

    Raises:
        TooLittleDataError: not even one window has enough shoppers.
    """
    try:
        newest = split_orders(earlier, seed=settings.seed)
    except TooLittleDataError as error:
        raise TooLittleDataError(
            "these orders are too few to be tuned on: the end of the history is kept for `recsvc-train evaluate`, "
            f"and of what lies before it, {error}. The present settings are the ones to use until there are more"
        ) from error
    if newest.kind is SplitKind.TIME:
        return _one_after_the_other(newest, settings)
    return _random(earlier, settings)


def _one_after_the_other(newest: Split, settings: TrainingSettings) -> tuple[TuningWindow, ...]:
    splits = [newest, *_before(newest, N_WINDOWS + LOOK_BACK - 1, settings)]
    moments = [Moment.of(split) for split in splits]
    # A window without any before it has no rankers, and no shop goes live without; fewer windows are better.
    n_windows = max(1, min(N_WINDOWS, len(splits) - 1))
    return tuple(
        _window(splits[i], moments[i], moments[i + 1 : i + 1 + LOOK_BACK], settings) for i in range(n_windows)
    )


def _before(split: Split, at_most: int, settings: TrainingSettings) -> Iterator[Split]:
    for _ in range(at_most):
        try:
            split = split_orders(split.training_part, seed=settings.seed)
        except TooLittleDataError:
            return
        if split.kind is not SplitKind.TIME:
            return
        yield split


def _random(earlier: OrderHistory, settings: TrainingSettings) -> tuple[TuningWindow, ...]:
    windows = []
    for seed in range(settings.seed, settings.seed + N_WINDOWS):
        held_back = list(_held_back(earlier, seed))
        if held_back:
            moments = [Moment.of(split) for split in held_back]
            windows.append(_window(held_back[0], moments[0], moments[1:], settings))
    return tuple(windows)


def _held_back(earlier: OrderHistory, seed: int) -> Iterator[Split]:
    """Yield a random split, and one of what it leaves to learn from, where there are enough shoppers."""
    try:
        split = undated_split(earlier, seed=seed)
        yield split
        yield undated_split(split.training_part, seed=seed)
    except TooLittleDataError:
        return


def _window(
    split: Split, moment: Moment, look_back: list[Moment], settings: TrainingSettings
) -> TuningWindow:
    catalogue = Catalogue.of(moment.interactions)
    tasks = {question: Task.of(split, question, catalogue, MAX_USERS, settings.seed) for question in Question}
    return TuningWindow(
        moment, tuple(look_back), {question: task for question, task in tasks.items() if len(task)}
    )
