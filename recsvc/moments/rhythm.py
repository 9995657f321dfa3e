"""The rhythm of shoppers: what is kept of the times of their orders, and what another order changes in it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from recsvc.model.arrays import RHYTHM

Floats = NDArray[np.float64]

NEWEST_WEIGHT = 0.5
"""How much the newest gap counts in ``recent_log_gap``."""

SHORTEST_GAP_DAYS = 0.25
"""Orders of two days that are less than this apart, one before and one after the day begins, are this far apart."""


@dataclass(frozen=True, eq=False)
class Rhythms:
    """The orders of shoppers up to the last one of each; all float64, shape (n,).

    The days with an order count, not the orders: three orders on one day are one.

    Attributes:
        orders: days with an order, at least 1.
        tenure_days: from the first to the last of them.
        log_gaps, log_gaps_squared, recent_log_gap: as in ``RHYTHM``.
    """

    orders: Floats
    tenure_days: Floats
    log_gaps: Floats
    log_gaps_squared: Floats
    recent_log_gap: Floats

    @classmethod
    def of_columns(cls, columns: NDArray[np.float32]) -> tuple["Rhythms", Floats]:
        """Return the rhythms in rows of ``Model.user_rhythm``, and days since the last orders, float64, shape (n,)."""
        by_name = dict(zip(RHYTHM, np.asarray(columns, np.float64).T, strict=True))
        age_days = by_name.pop("age_days")
        return cls(**by_name), age_days

    @classmethod
    def first_orders(cls, n: int = 1) -> "Rhythms":
        """Return ``n`` shoppers who have ordered once."""
        return cls(np.ones(n), *(np.zeros(n) for _ in range(4)))

    @classmethod
    def joined(cls, parts: Sequence["Rhythms"]) -> "Rhythms":
        """Return the rhythms of all ``parts``."""
        return cls(*(np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(cls)))

    def __len__(self) -> int:
        """Return the number of shoppers."""
        return len(self.orders)

    def columns(self, age_days: Floats) -> NDArray[np.float32]:
        """Return the rows of ``Model.user_rhythm``; float32, shape (n, n_rhythm)."""
        return np.stack(
            [age_days if name == "age_days" else getattr(self, name) for name in RHYTHM], axis=1
        ).astype(np.float32)

    def at(self, rows: NDArray[np.int64]) -> "Rhythms":
        """Return those of some shoppers."""
        return Rhythms(*(getattr(self, name)[rows] for name in RHYTHM if name != "age_days"))

    def after(self, gap_days: Floats) -> "Rhythms":
        """Return the rhythms after one more order of each shopper, ``gap_days`` after the last; float64, shape (n,)."""
        gap_days = np.maximum(gap_days, SHORTEST_GAP_DAYS)
        log_gap = np.log(gap_days)
        recent = self.recent_log_gap + NEWEST_WEIGHT * (log_gap - self.recent_log_gap)
        return Rhythms(
            self.orders + 1,
            self.tenure_days + gap_days,
            self.log_gaps + log_gap,
            self.log_gaps_squared + log_gap**2,
            np.where(self.orders == 1, log_gap, recent),
        )
