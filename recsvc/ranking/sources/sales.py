"""What sells, whoever the user is."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import ALL_TIME, Model
from recsvc.ranking.query import Source
from recsvc.ranking.scores import Scores, SharedScores
from recsvc.ranking.sources.base import CandidateSource
from recsvc.ranking.user_state import UserState


def sales(model: Model, days: int) -> NDArray[np.float32]:
    """Return orders with each item in the last ``days``; float32, shape (n_items,).

    Ever, where the history is undated or too short for such a window.
    """
    return np.asarray(model.popularity[window(model, days)])


def mean_sales(model: Model, days: int) -> np.float32:
    """Return the mean of ``sales`` over the catalogue."""
    return np.float32(model.mean_popularity[window(model, days)])


def positive(mean: np.float32) -> np.float32:
    """Return a mean by which one can divide: 1 where it is 0."""
    return mean if mean > 0 else np.float32(1)


def window(model: Model, days: int) -> int:
    """Return which row of ``popularity`` counts the sales of the last ``days``, as ``sales`` does."""
    return model.window_of_days.get(days, 0)


class SalesSource(CandidateSource):
    """Orders with the item in the last ``days``."""

    public_name = Source.POPULAR
    is_personal = False
    days: ClassVar[int]

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self._scores = SharedScores(sales(model, self.days))
        self._mean = positive(mean_sales(model, self.days))

    def scores(self, user: UserState) -> Scores:  # noqa: ARG002  # they are the same for all
        """Return the sales."""
        return self._scores

    def feature(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return sales against those of the mean item, which a growing shop leaves as they are."""
        return scores / self._mean


class WeekSales(SalesSource):
    """Orders of the last week."""

    name, n_proposed, days = "week_sales", 40, 7
    words = "sales of the last 7 days"


class MonthSales(SalesSource):
    """Orders of the last four weeks."""

    name, n_proposed, days = "month_sales", 50, 28
    words = "sales of the last 28 days"


class AllSales(SalesSource):
    """Orders of all time."""

    name, n_proposed, days = "all_sales", 30, ALL_TIME
    words = "sales of all time"
