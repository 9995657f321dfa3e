"""All that was learned of when the shoppers of a shop order, and the text that a model version keeps it in."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsvc.errors import DamagedModelError
from recsvc.moments.bg_nbd import BgNbd
from recsvc.moments.calendar import DAY_HOURS, Calendar
from recsvc.moments.curve import Curves
from recsvc.moments.hazard import Terms, UsualGaps
from recsvc.moments.rhythm import Rhythms

LEAST_REPEAT_BUYERS = 50
"""With fewer shoppers who ordered on two days or more, nothing is foreseen."""

LARGEST = 1e6
MOST_KNOTS = 20

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ShopRhythm:
    """What the orders of a shop say of when its shoppers order.

    Attributes:
        repeat_buyers: shoppers who ordered on two days or more.
        calendar: what days are like in this shop.
        terms: what the rate of orders is made of; None where too few shoppers ordered again.
        weights: of the terms, by name.
    """

    repeat_buyers: int
    calendar: Calendar = field(default_factory=Calendar)
    terms: Terms | None = None
    weights: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_learned(self) -> bool:
        """Whether orders can be foreseen."""
        return self.terms is not None

    def curves(
        self, rhythms: Rhythms, since_days: Floats, edges: Floats, now_days: float | None = None
    ) -> Curves:
        """Return the curves of n shoppers from now on.

        Args:
            rhythms: of the shoppers.
            since_days: float64, shape (n,): since the last order of each.
            edges: of the steps; float64, shape (n_steps + 1,), days ahead.
            now_days: the moment, in days since 1970, so that the calendar counts; None: all days are alike.

        Raises:
            ValueError: nothing is learned.
        """
        if self.terms is None:
            raise ValueError("curves of a shop whose rhythm is not learned; ask is_learned first")
        terms = self.terms

        def rates_at(ahead: Floats) -> Floats:
            return np.asarray(
                np.exp(terms.log_rates(self.weights, rhythms, since_days[:, np.newaxis] + ahead))
            )

        weights = None if now_days is None else self.calendar.weights(now_days, edges)
        return Curves.of(rates_at, edges, weights)

    def to_text(self) -> str:
        """Return the text that a model version keeps: JSON."""
        said: dict[str, Any] = {"repeat_buyers": self.repeat_buyers}
        if self.terms is not None:
            said |= {
                "calendar": asdict(self.calendar),
                "usual_gaps": asdict(self.terms.usual),
                "bg_nbd": asdict(self.terms.bg_nbd),
                "recency_knots": list(self.terms.recency_knots),
                "weights": dict(self.weights),
            }
        return json.dumps(said, indent=1) + "\n"

    @classmethod
    def of_text(cls, text: str) -> "ShopRhythm | None":
        """Return what a model version keeps; None for the empty text of one that keeps nothing.

        Raises:
            DamagedModelError: the text says something else.
        """
        if not text:
            return None
        try:
            return cls._read(json.loads(text))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
            raise DamagedModelError(f"moments.txt cannot be read: {error!r}") from error

    @classmethod
    def _read(cls, said: Mapping[str, Any]) -> "ShopRhythm":
        repeat_buyers = _whole(said["repeat_buyers"], 2**53)
        if said.keys() == {"repeat_buyers"}:
            return cls(repeat_buyers)
        terms = Terms(
            UsualGaps(**_numbers(said["usual_gaps"])),
            BgNbd(**_numbers(said["bg_nbd"])),
            tuple(_number(knot) for knot in said["recency_knots"][:MOST_KNOTS]),
        )
        positive = (*asdict(terms.bg_nbd).values(), terms.usual.spread, terms.usual.strength)
        if min(positive) <= 0:
            raise ValueError("a parameter that must be above 0 is not")
        weights = _numbers(said["weights"])
        if list(weights) != terms.names():
            raise ValueError("the weights are not those of the terms")
        return cls(repeat_buyers, _calendar(said["calendar"]), terms, weights)


def _calendar(said: Mapping[str, Any]) -> Calendar:
    days = tuple(_number(one) for one in said["day_weights"])
    if len(days) != 7 or min(days) < 0:
        raise ValueError("a week has not seven days")
    return Calendar(
        _number(said["known_until_days"]),
        _whole(said["day_starts_hour"], DAY_HOURS - 1),
        days,
        _number(said["log_level"]),
    )


def _number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise ValueError(f"{value!r} is no number")
    if abs(value) > LARGEST:
        raise ValueError(f"{value!r} is too large")
    return float(value)


def _whole(value: object, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError(f"{value!r} is no whole number in 0..{most}")
    return value


def _numbers(values: Mapping[str, object]) -> dict[str, float]:
    return {name: _number(value) for name, value in values.items()}
