"""A shop to tune settings on, and a stage whose best settings are known."""

import math
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path

import numpy as np
import polars as pl

from support.orders import order_lines
from training.history.split import OrderLines
from training.settings import TrainingSettings
from training.tune.quality import Quality, Trial
from training.tune.space import Dimension
from training.tune.stage import Measure, Stage
from training.tune.tune import Tuning, tune
from training.tune.watch import Nobody, TuningLimits
from training.tune.windows import TuningWindow

SETTINGS = TrainingSettings(factors=4, iterations=3, neighbours=10, trees=5, threads=1)


def shop(n_users: int = 48, n_orders: int = 10) -> OrderLines:
    """Everybody orders every three weeks: what they always buy, and three items of one of two tastes."""
    rng = np.random.default_rng(0)
    lines = []
    for user, order in product(range(n_users), range(n_orders)):
        drawn = 2 * rng.choice(40, size=3, replace=False) + user % 2
        when = (21 * order + user % 7, f"{user}-{order}")
        lines += [(f"u{user:02}", f"i{item:02}", *when) for item in {user % 80, *drawn.tolist()}]
    return OrderLines(order_lines(*lines), order_lines().clear())


def undated(orders: OrderLines) -> OrderLines:
    nothing = pl.lit(None, dtype=pl.Int64).alias("ordered_at")
    return OrderLines(orders.lines.with_columns(nothing), orders.guest_lines)


def tuned(orders: OrderLines, study: Path, trials: int = 2, settings: TrainingSettings = SETTINGS) -> Tuning:
    return tune(orders, settings, study, TuningLimits(5, trials), Nobody())


class HillStage(Stage):
    """The nearer ``factors`` is to 32, the better; everybody is equally happy."""

    name, title = "hill", "a hill"

    def __init__(
        self, start: TrainingSettings = SETTINGS, on_window: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__(start, (Dimension("factors", 1, 256), Dimension("alpha", 0.1, 10.0)))
        self._on_window = on_window

    def measure(self, settings: TrainingSettings) -> Measure:
        height = round(1 - abs(math.log2(settings.factors / 32)) / 10, 4)

        def ask(window: TuningWindow) -> Quality:
            self._on_window()
            return {question.value: [height] * len(task) for question, task in window.tasks.items()}

        return ask


class Record(Nobody):
    """A watch that remembers."""

    def __init__(self) -> None:
        self.trials: list[Trial] = []
        self.known: list[int] = []

    def stage_begins(self, stage: Stage, trials: Sequence[Trial]) -> None:
        self.known.append(len(trials))

    def trial_ends(self, stage: Stage, trial: Trial, best: float | None) -> None:
        self.trials.append(trial)
