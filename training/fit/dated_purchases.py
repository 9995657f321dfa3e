"""Purchases of known users with their ages, and steps back in time through them."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from training.fit.als import Factors, fold_in, unit_rows
from training.history.interactions import Interactions
from training.settings import TrainingSettings

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
