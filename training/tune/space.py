"""Which settings are tried, and between what bounds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution

from training.settings import TrainingSettings

Values = Mapping[str, float]
"""Setting -> value; whole numbers are int."""

SIGNIFICANT_DIGITS = 3


@dataclass(frozen=True)
class Dimension:
    """One setting, tried on a logarithmic scale.

    Attributes:
        name: of the setting.
        low, high: bounds; int where the setting is a whole number.
        needs_dates: whether it means nothing without dates.
    """

    name: str
    low: float
    high: float
    needs_dates: bool = False

    def distribution(self, present: float) -> BaseDistribution:
        """Return what is drawn from, wide enough to hold the ``present`` value."""
        low, high = min(self.low, present), max(self.high, present)
        if isinstance(self.low, int):
            return IntDistribution(int(low), int(high), log=True)
        return FloatDistribution(float(low), float(high), log=True)

    def rounded(self, drawn: float) -> float:
        """Return ``drawn`` as people would write it."""
        return int(drawn) if isinstance(self.low, int) else float(f"{drawn:.{SIGNIFICANT_DIGITS}g}")


FIRST_STAGE = (
    Dimension("factors", 16, 192),
    Dimension("iterations", 5, 30),
    Dimension("regularization", 0.5, 50.0),
    Dimension("alpha", 0.5, 30.0),
    Dimension("half_life_days", 20.0, 720.0, needs_dates=True),
    Dimension("recent_half_life_days", 5.0, 120.0, needs_dates=True),
    Dimension("neighbours", 20, 400),
)
"""What candidates and their features come from."""

RANKER = (
    Dimension("trees", 50, 600),
    Dimension("leaves", 7, 127),
    Dimension("learning_rate", 0.01, 0.2),
)
"""What orders the candidates."""


def values_of(settings: TrainingSettings, space: Iterable[Dimension]) -> dict[str, float]:
    """Return the values that ``settings`` have in ``space``."""
    return {dimension.name: getattr(settings, dimension.name) for dimension in space}


def with_values(settings: TrainingSettings, values: Values) -> TrainingSettings:
    """Return ``settings`` with other ``values``."""
    return settings.model_copy(update=dict(values))
