"""The sources of candidates, whom they are for, and what comes of them."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import ALL_TIME, Model
from recsvc.ranking.query import History
from recsvc.ranking.subset import Subset

PER_SOURCE = {
    "als": 80,
    "forward_all": 80,
    "forward_new": 80,
    "audience": 60,
    "similar": 60,
    "similar_recent": 60,
    "similar_even": 60,
    "together": 50,
    "week_sales": 40,
    "month_sales": 50,
    "all_sales": 30,
    "category": 40,
}
"""How many items each source proposes."""

MAX_MORE = 100
"""Where items must not be shown, a source proposes as many more as these keep it from, at most so many."""

MAX_OWN_ITEMS = 300
"""At most so many of the shopper's own items are candidates, the most and most recently bought."""

SOURCES = tuple(PER_SOURCE)

SALES_DAYS = {"week_sales": 7, "month_sales": 28, "all_sales": ALL_TIME}
"""Sources that are the sales of so many days."""


@dataclass(frozen=True, eq=False)
class Shopper:
    """Whom a list is for.

    Attributes:
        user_index: None for someone the model does not know.
        history: what the shopper bought, and showed interest in.
        hidden: int32, shape (n,): items that must not be shown.
        taste: float32, shape (n_factors,): folded in; None where the factors of the model still hold.
        allowed: the items that may be shown, hidden ones among them; None: all.
        looked_at: int32, shape (n,): newcomers that they look at, where nothing is known but that.
    """

    user_index: int | None
    history: History
    hidden: NDArray[np.int32]
    taste: NDArray[np.float32] | None = None
    allowed: Subset | None = None
    looked_at: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))

    def taste_in(self, model: Model) -> NDArray[np.float32] | None:
        """Return the shopper's factors; None for someone of whom nothing is known."""
        if self.taste is None and self.user_index is not None:
            return np.asarray(model.user_factors[self.user_index])
        return self.taste

    def may_see(self, items: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Return which of ``items`` may be shown; bool, shape (n,)."""
        shown = ~np.isin(items, self.hidden)
        return shown if self.allowed is None else shown & self.allowed.whole[items]


@dataclass(frozen=True, eq=False)
class Candidates:
    """Items that some source proposes, with the scores of all sources.

    Attributes:
        items: int32, shape (n,): distinct item indices, ascending.
        scores: float32, shape (n, len(SOURCES)).
    """

    items: NDArray[np.int32]
    scores: NDArray[np.float32]


def sales(model: Model, days: int) -> NDArray[np.float32]:
    """Return orders with each item in the last ``days``; float32, shape (n_items,).

    Ever, where the history is undated or too short for such a window.
    """
    return np.asarray(model.popularity[_window(model, days)])


def mean_sales(model: Model, days: int) -> np.float32:
    """Return the mean of ``sales`` over the catalogue."""
    return np.float32(model.mean_popularity[_window(model, days)])


def _window(model: Model, days: int) -> int:
    windows: list[int] = model.popularity_windows_days.tolist()
    return windows.index(days) if days in windows else 0
