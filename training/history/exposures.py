"""What lists showed, and what was clicked of it, counted by day, placement, position and item."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from training.history.interactions import DAY_SECONDS

SCHEMA = {
    "day": pl.Int32,
    "placement": pl.Int32,
    "position": pl.Int32,
    "item": pl.Int32,
    "shown": pl.Float32,
    "seen": pl.Float32,
    "clicks": pl.Float32,
}


LIST_SCHEMA = {
    "day": pl.Int32,
    "list": pl.Int64,
    "shopper": pl.Int32,
    "placement": pl.Int32,
    "position": pl.Int32,
    "item": pl.Int32,
    "clicked": pl.Boolean,
}


@dataclass(frozen=True, eq=False)
class Exposures:
    """How often each item was shown and clicked, each list once a shopper.

    Attributes:
        counts: one row for each day (days since 1970, UTC, on which the last of it happened), placement (index),
            position (1 for the first) and item (index) with how often it was ``shown``, was known to be ``seen`` or
            was clicked, and ``clicks``.
        placements, item_ids: what the indices mean; ids as the store has them.
        first_clicks: int32, shape (n_shoppers,): the day on which each shopper who clicked did so first.
        clicked_lists: the items of lists of users in which any was clicked: one row for each, with the ``list``
            (a number), the ``shopper`` (index) and whether it was ``clicked``.
        shopper_ids: what the indices of shoppers mean.
        unused: events that teach nothing, by the reason, with how many they are.
    """

    counts: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SCHEMA))
    placements: Sequence[str] = ()
    item_ids: Sequence[str] = ()
    first_clicks: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    unused: Mapping[str, int] = field(default_factory=dict)
    clicked_lists: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=LIST_SCHEMA))
    shopper_ids: Sequence[str] = ()

    def before(self, moment: int) -> "Exposures":
        """Return what was known at ``moment``, in unix seconds, but for that day: some of it may be later."""
        end = moment // DAY_SECONDS
        return replace(
            self,
            counts=self.counts.filter(pl.col("day") < end),
            first_clicks=self.first_clicks[self.first_clicks < end],
            clicked_lists=self.clicked_lists.filter(pl.col("day") < end),
        )

    def newest(self, days: int) -> "Exposures":
        """Return the counts of the last ``days`` of which anything is known."""
        newest = self.counts["day"].max() if self.counts.height else 0
        return replace(self, counts=self.counts.filter(pl.col("day") > newest - days))  # type: ignore[operator]  # an Int32 column has an int maximum

    def left_out(self, reason: str) -> "Exposures":
        """Return nothing of it: all is unused, for this ``reason``."""
        unused = {**self.unused, reason: self.n_shown} if self.n_shown else self.unused
        return Exposures(unused=unused)

    @property
    def n_clicks(self) -> int:
        """Number of clicks."""
        return round(float(self.counts["clicks"].sum()))

    @property
    def n_shown(self) -> int:
        """Number of items that were shown."""
        return round(float(self.counts["shown"].sum()))


NO_EXPOSURES = Exposures()
