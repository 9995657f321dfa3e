"""Curves of what was measured, with the exponent of each segment, and what ``recsvc plan`` says beside it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.growth.point import Point
from benchmarks.growth.sweeps import Sweep
from recsvc.cli.plan import Budget, Constants, ShopSize
from recsvc.settings.settings import Settings

BENT = 0.25
"""Two segments whose exponents differ by so much have a bend between them."""

PAIRS = 2
"""Exponents that a bend lies between."""


@dataclass(frozen=True)
class Quantity:
    """What is drawn over the sizes.

    Attributes:
        name: for people, with its unit.
        of: what was measured; second, where there are two lines, the thinner one.
        beside: the second line, and its words; None for one line.
        planned: what ``recsvc plan --users N --items N`` says of it; None where it says nothing.
    """

    name: str
    of: Callable[[Point], float]
    beside: tuple[Callable[[Point], float], str, str] | None = None
    planned: Callable[[Budget], float] | None = None


QUANTITIES = (
    Quantity(
        "a training run, s",
        lambda point: point.train_seconds,
        (lambda point: point.train_cpu_seconds, "by the clock", "of processors"),
        lambda budget: budget.train_seconds,
    ),
    Quantity("its most memory, MiB", lambda point: point.train_peak_bytes / 2**20),
    Quantity(
        "a version's files, MiB",
        lambda point: point.version_bytes / 2**20,
        planned=lambda budget: budget.shop.version_bytes / 2**20,
    ),
    Quantity(
        "a serving worker, MiB",
        lambda point: point.worker_own_bytes / 2**20,
        (lambda point: point.worker_shared_bytes / 2**20, "its own", "shared"),
        lambda budget: (budget.worker_bytes - budget.settings.near_cache_bytes) / 2**20,
    ),
    Quantity(
        "Redis, one list a shopper, MiB",
        lambda point: point.redis_bytes / 2**20,
        planned=lambda budget: budget.redis_bytes / 2**20,
    ),
    Quantity("a list made now, ms of processor", lambda point: point.cold_p50_ms),
)


@dataclass(frozen=True)
class Curve:
    """One line: ``xs`` grow; ``exponents`` has one value a segment, NaN where a value is missing or 0."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]

    @property
    def exponents(self) -> tuple[float, ...]:
        """The slope of each segment where both axes are logarithms: 0 is flat, 1 doubles with the size."""
        return tuple(
            math.log(y2 / y1) / math.log(x2 / x1) if min(y1, y2) > 0 else math.nan
            for (x1, y1), (x2, y2) in pairwise(zip(self.xs, self.ys, strict=True))
        )

    @property
    def bend(self) -> float | None:
        """The value of ``xs`` at which the exponents of two segments differ most; None where it bends nowhere."""
        changes = [abs(after - before) for before, after in pairwise(self.exponents)]
        largest = max(changes, default=0.0)
        return self.xs[1 + changes.index(largest)] if largest >= BENT else None


def curve(sweep: Sweep, points: list[Point], of: Callable[[Point], float]) -> Curve:
    """Return what ``of`` gives over the sizes of ``sweep``."""
    return Curve(tuple(map(float, sweep.values)), tuple(of(point) for point in sweep.among(points)))


def planned(sweep: Sweep, of: Callable[[Budget], float], constants: Constants) -> Curve:
    """Return what ``recsvc plan`` says of shops of these sizes, of which it is told the shoppers and the items."""
    settings = Settings()
    budgets = (
        Budget(ShopSize.of_counts(size.users, size.items, constants), settings, 1, constants)
        for size in sweep.sizes
    )
    return Curve(tuple(map(float, sweep.values)), tuple(of(budget) for budget in budgets))
