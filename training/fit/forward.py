"""From a taste to what users of that taste bought in the weeks after."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from training.fit.als import Factors, fold_in, unit_rows
from training.history.interactions import Interactions
from training.settings import TrainingSettings

AUDIENCE_HALF_LIFE_DAYS = 7.0
MAX_USERS = 10_000
"""A step learns from at most so many users: a map of some 65 numbers an item needs no more."""


@dataclass(frozen=True)
class ForwardSteps:
    """How far to look back, and at what.

    Attributes:
        days: length of a step; each looks from its beginning at what was bought until its end.
        n: number of steps, one before the other.
        decay: weight of a step against the one after it.
        ridge: regularization.
        only_new: whether only what the user had not bought before counts.
    """

    days: int
    n: int
    decay: float
    ridge: float
    only_new: bool


ALL = ForwardSteps(days=28, n=2, decay=0.6, ridge=5.0, only_new=False)
NEW = ForwardSteps(days=7, n=8, decay=0.85, ridge=10.0, only_new=True)


def fit_forward(
    purchases: "DatedPurchases", factors: Factors, steps: ForwardSteps, settings: TrainingSettings
) -> NDArray[np.float32]:
    """Return a linear map from unit user factors and a 1 to purchases; float32, shape (n_items, n_factors + 1).

    A ridge regression over past steps: the history up to the beginning of a step is folded into the item
    factors, and what was bought during the step is the target. Zeros when undated.
    """
    width = factors.items.shape[1] + 1
    gram, cross = np.zeros((width, width)), np.zeros((purchases.shape[1], width))
    for i in range(steps.n):
        step = purchases.step(i, steps, factors, settings)
        if step is not None:
            taste, bought = step
            gram += steps.decay**i * (taste.T @ taste)
            cross += steps.decay**i * np.asarray(bought.T @ taste)
    penalty = steps.ridge * np.eye(width)
    penalty[-1, -1] = 1.0  # the intercept is hardly shrunk
    return np.asarray(np.linalg.solve(gram + penalty, cross.T).T, dtype=np.float32)


def fit_audience(purchases: "DatedPurchases", users: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the summed unit factors of those who bought each item lately; float32, shape (n_items, n_factors).

    In units of the purchases of the mean item. Zeros when undated.
    """
    weights = 0.5 ** (purchases.age_days / AUDIENCE_HALF_LIFE_DAYS)
    usual = max(float(weights.sum()) / purchases.shape[1], 1e-9)
    bought = sparse.coo_matrix(
        ((weights / usual).astype(np.float32), (purchases.items, purchases.users)),
        shape=purchases.shape[::-1],
    )
    return np.asarray(bought @ unit_rows(users), dtype=np.float32)


@dataclass(frozen=True, eq=False)
class DatedPurchases:
    """Purchases of known users; none where they are undated.

    Attributes:
        users, items: int32, shape (n,): of each purchase.
        age_days: float64, shape (n,): of each purchase.
        first_age_days: float64, shape (n_users,): of the first purchase of each user.
        shape: (n_users, n_items).
    """

    users: NDArray[np.int32]
    items: NDArray[np.int32]
    age_days: NDArray[np.float64]
    first_age_days: NDArray[np.float64]
    shape: tuple[int, int]

    @classmethod
    def of(cls, interactions: Interactions) -> "DatedPurchases":
        """Take them from a history."""
        is_dated = interactions.data_through is not None
        known = interactions.purchases.filter(pl.col("user_index").is_not_null() & is_dated)
        users, age_days = known["user_index"].to_numpy(), interactions.ages_days(known["ordered_at"])
        first_age_days = np.zeros(len(interactions.users))
        np.maximum.at(first_age_days, users, age_days)
        return cls(
            users,
            known["item_index"].to_numpy(),
            age_days,
            first_age_days,
            (len(interactions.users), len(interactions.items)),
        )

    def step(
        self, i: int, steps: ForwardSteps, factors: Factors, settings: TrainingSettings
    ) -> tuple[NDArray[np.float64], sparse.csr_matrix] | None:
        """Return tastes (with a 1) at the beginning of step ``i``, and what was bought until its end (1s).

        None when nobody bought both before and during the step.
        """
        newest, oldest = i * steps.days, (i + 1) * steps.days
        drawn = self._of(self._active(newest, oldest, settings.seed))
        decayed = settings.alpha * 0.5 ** (np.maximum(drawn.age_days - oldest, 0) / settings.half_life_days)
        known = drawn._matrix(drawn.age_days >= oldest, decayed)
        during = drawn._matrix((drawn.age_days >= newest) & (drawn.age_days < oldest), np.ones(len(decayed)))
        both = np.flatnonzero((np.diff(during.indptr) > 0) & (np.diff(known.indptr) > 0))
        if not len(both):
            return None
        known, bought = known[both], during[both].sign()
        taste = unit_rows(fold_in(known, factors.items, settings))
        if steps.only_new:
            bought = (bought - bought.multiply(known.sign())).tocsr()
        return np.concatenate([taste, np.ones((len(both), 1))], axis=1), bought

    def _active(self, newest: int, oldest: int, seed: int) -> NDArray[np.int64]:
        """Draw at most ``MAX_USERS`` of those who bought in the days between, and before; int64, shape (n,)."""
        bought = np.zeros(self.shape[0], dtype=bool)
        bought[self.users[(self.age_days >= newest) & (self.age_days < oldest)]] = True
        active = np.flatnonzero(bought & (self.first_age_days >= oldest))
        return np.random.default_rng(seed).permutation(active)[:MAX_USERS]

    def _matrix(self, chosen: NDArray[np.bool_], weights: NDArray[np.float64]) -> sparse.csr_matrix:
        """Return the summed ``weights``, one for each purchase, of those that are ``chosen``, by user and item."""
        values = weights[chosen].astype(np.float32)
        return sparse.csr_matrix((values, (self.users[chosen], self.items[chosen])), shape=self.shape)

    def _of(self, users: NDArray[np.int64]) -> "DatedPurchases":
        """Return the purchases of ``users`` alone, who are numbered in that order."""
        row = np.full(self.shape[0], -1, dtype=np.int32)
        row[users] = np.arange(len(users))
        kept = np.flatnonzero(row[self.users] >= 0)
        return DatedPurchases(
            row[self.users[kept]],
            self.items[kept],
            self.age_days[kept],
            self.first_age_days[users],
            (len(users), self.shape[1]),
        )
