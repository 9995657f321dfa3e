"""The days on which each shopper ordered, and their rhythm after each of them."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from recsvc.moments.calendar import day_number, day_of_week
from recsvc.moments.rhythm import Rhythms
from training.history.interactions import DAY_SECONDS, Interactions

HOUR_SECONDS = 3600
QUIET_HOURS = 3
"""A day begins in the middle of so many hours with the fewest orders."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class OrderDays:
    """Days with an order of known shoppers, by shopper, then by time.

    Attributes:
        n_users: number of shoppers; not each need have a dated order.
        users: int64, shape (n,): whose they are.
        at_days: float64, shape (n,): moment of the first order of the day, in days since 1970.
        now_days: the end of what is known: the newest order of all, guests' included.
        day_starts_hour: the hour in UTC at which a day begins for this shop: when it sells least.
    """

    n_users: int
    users: NDArray[np.int64]
    at_days: Floats
    now_days: float
    day_starts_hour: int

    @classmethod
    def of(cls, interactions: Interactions, day_starts_hour: int | None = None) -> "OrderDays | None":
        """Return those of a history; None where it has no dates.

        ``day_starts_hour`` is that of the shop, where ``interactions`` are those of some of its shoppers.
        """
        if interactions.data_through is None or not interactions.is_dated:
            return None
        known = interactions.purchases.lazy().filter(pl.col("user_index").is_not_null())
        moments = known.select("user_index", "ordered_at").unique().collect()
        if day_starts_hour is None:
            hours = moments["ordered_at"].to_numpy() // HOUR_SECONDS % 24
            day_starts_hour = quietest_hour(np.bincount(hours, minlength=24))
        return cls.of_moments(moments, len(interactions.users), interactions.data_through, day_starts_hour)

    @classmethod
    def of_moments(
        cls, moments: pl.DataFrame, n_users: int, newest: int, day_starts_hour: int
    ) -> "OrderDays":
        """Return those of ``n_users`` shoppers.

        Args:
            moments: user_index, and ordered_at in unix seconds; in any order, a moment may be there again.
            n_users: number of shoppers.
            newest: the newest order of the shop, in unix seconds.
            day_starts_hour: the hour in UTC at which a day begins.
        """
        shifted = (pl.col("ordered_at") - day_starts_hour * HOUR_SECONDS) // DAY_SECONDS
        days = (
            moments.with_columns(shifted.alias("day"))
            .group_by("user_index", "day")
            .agg(pl.col("ordered_at").min())
            .sort("user_index", "day")
        )
        return cls(
            n_users,
            days["user_index"].to_numpy().astype(np.int64),
            days["ordered_at"].to_numpy() / DAY_SECONDS,
            newest / DAY_SECONDS,
            day_starts_hour,
        )

    @property
    def n_repeat_buyers(self) -> int:
        """Number of shoppers who ordered on two days or more."""
        return int((np.bincount(self.users, minlength=self.n_users) > 1).sum())

    def is_first(self) -> NDArray[np.bool_]:
        """Return which are the first of their shopper; shape (n,)."""
        return np.asarray(np.diff(self.users, prepend=-1) != 0)

    def ends(self) -> tuple[Floats, NDArray[np.bool_]]:
        """Return when the next order of each shopper came, or else the end; and which did come; shape (n,)."""
        is_last = np.diff(self.users, append=-1) != 0
        return np.where(is_last, self.now_days, np.append(self.at_days[1:], self.now_days)), ~is_last

    def rhythms(self) -> Rhythms:
        """Return the rhythm after each order."""
        n = len(self.users)
        starts = np.flatnonzero(self.is_first())
        place = np.arange(n) - np.repeat(starts, np.diff(np.append(starts, n)))
        found = Rhythms.first_orders(n)
        columns = {name: np.array(value) for name, value in vars(found).items()}
        # The n-th orders of all shoppers at once, one after the other: each goes on from the one before it.
        by_place = np.argsort(place, kind="stable")
        bounds = np.searchsorted(place[by_place], np.arange(1, int(place.max(initial=0)) + 2))
        for low, high in pairwise(bounds):
            rows = by_place[low:high]
            before = Rhythms(**{name: value[rows - 1] for name, value in columns.items()})
            after = before.after(self.at_days[rows] - self.at_days[rows - 1])
            for name, value in columns.items():
                value[rows] = getattr(after, name)
        return Rhythms(**columns)

    def user_rhythm(self) -> NDArray[np.float32]:
        """Return the array of this name: zeros for shoppers without a dated order."""
        last = np.flatnonzero(np.diff(self.users, append=-1) != 0)
        rhythms = self.rhythms().at(last)
        columns = rhythms.columns(np.maximum(self.now_days - self.at_days[last], 0))
        array = np.zeros((self.n_users, columns.shape[1]), dtype=np.float32)
        array[self.users[last]] = columns
        return array

    def day_weights(self) -> tuple[float, ...]:
        """Return how many orders come on each day of the week, Monday first, against the mean day."""
        day = day_of_week(day_number(self.at_days, self.day_starts_hour))
        counts = np.bincount(day, minlength=7) + 1.0
        return tuple((7 * counts / counts.sum()).tolist())


def quietest_hour(counts: NDArray[np.int64]) -> int:
    """Return the middle of the hours with the fewest orders, of equals the earliest; ``counts``: shape (24,)."""
    around = sum(np.roll(counts, shift) for shift in range(-(QUIET_HOURS // 2), QUIET_HOURS // 2 + 1))
    return int(np.argmin(around))
