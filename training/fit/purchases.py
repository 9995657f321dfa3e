"""Purchases of known users, and steps from whose beginning to look at what was bought next."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from training.fit.als import Factors, fold_in, unit_rows
from training.history.interactions import Interactions
from training.settings import TrainingSettings

MAX_USERS = 10_000
"""A step learns from at most so many users: a map of some 65 numbers an item needs no more."""

UNDATED_STEPS = 3
"""At most so many steps of a history without dates: each hides other orders."""


@dataclass(frozen=True)
class ForwardSteps:
    """How far to look back, and at what.

    Attributes:
        days: length of a step; each looks from its beginning at what was bought until its end.
        n: number of steps, one before the other; without dates at most ``UNDATED_STEPS``.
        decay: weight of a step against the one after it.
        ridge: regularization.
        only_new: whether only what the user had not bought before counts.
        hidden_share: of a history without dates a step hides about this share of the orders, drawn at random: what
            was in them stands for what was bought next.
    """

    days: int
    n: int
    decay: float
    ridge: float
    only_new: bool
    hidden_share: float


@dataclass(frozen=True, eq=False)
class Purchases:
    """Purchases of known users.

    Attributes:
        users, items: int32, shape (n,): of each purchase.
        orders: int64, shape (n,): the order of each purchase; one of its own where that is not known.
        age_days: float64, shape (n,): of each purchase; 0 where they are undated.
        first_age_days: float64, shape (n_users,): of the first purchase of each user.
        shape: (n_users, n_items).
        is_dated: whether anything tells what was bought before what.
    """

    users: NDArray[np.int32]
    items: NDArray[np.int32]
    orders: NDArray[np.int64]
    age_days: NDArray[np.float64]
    first_age_days: NDArray[np.float64]
    shape: tuple[int, int]
    is_dated: bool

    @classmethod
    def of(cls, interactions: Interactions) -> "Purchases":
        """Take them from a history."""
        row = pl.int_range(pl.len()) + pl.col("basket").max().fill_null(0) + 1
        known = interactions.purchases.with_columns(pl.coalesce("basket", row).alias("order")).filter(
            pl.col("user_index").is_not_null()
        )
        users, age_days = known["user_index"].to_numpy(), interactions.ages_days(known["ordered_at"])
        first_age_days = np.zeros(len(interactions.users))
        np.maximum.at(first_age_days, users, age_days)
        return cls(
            users,
            known["item_index"].to_numpy(),
            known["order"].to_numpy(),
            age_days,
            first_age_days,
            (len(interactions.users), len(interactions.items)),
            interactions.data_through is not None,
        )

    def n_steps(self, steps: ForwardSteps) -> int:
        """Return how many steps there are to be asked for."""
        return steps.n if self.is_dated else min(steps.n, UNDATED_STEPS)

    def step(
        self, i: int, steps: ForwardSteps, factors: Factors, settings: TrainingSettings
    ) -> tuple[NDArray[np.float64], sparse.csr_matrix] | None:
        """Return tastes (with a 1) at the beginning of step ``i``, and what was bought until its end (1s).

        None when nobody bought both before and during the step.
        """
        known, during = (self._in_time if self.is_dated else self._hidden)(i, steps, settings)
        both = np.flatnonzero((np.diff(during.indptr) > 0) & (np.diff(known.indptr) > 0))
        if not len(both):
            return None
        known, bought = known[both], during[both].sign()
        taste = unit_rows(fold_in(known, factors.items, settings))
        if steps.only_new:
            bought = (bought - bought.multiply(known.sign())).tocsr()
        return np.concatenate([taste, np.ones((len(both), 1))], axis=1), bought

    def _in_time(
        self, i: int, steps: ForwardSteps, settings: TrainingSettings
    ) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
        """Return by user and item how sure what was bought before step ``i`` is, and how often it was until its end."""
        newest, oldest = i * steps.days, (i + 1) * steps.days
        drawn = self._of(self._active(newest, oldest, settings.seed))
        decayed = settings.alpha * 0.5 ** (np.maximum(drawn.age_days - oldest, 0) / settings.half_life_days)
        known = drawn._matrix(drawn.age_days >= oldest, decayed)
        during = drawn._matrix((drawn.age_days >= newest) & (drawn.age_days < oldest), np.ones(len(decayed)))
        return known, during

    def _hidden(
        self, i: int, steps: ForwardSteps, settings: TrainingSettings
    ) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
        """Return the same of orders that step ``i`` leaves, and of those that it hides."""
        rng = np.random.default_rng((settings.seed, i))
        drawn = self._of(rng.permutation(self.shape[0])[:MAX_USERS])
        is_hidden = (rng.random(int(self.orders.max(initial=-1)) + 1) < steps.hidden_share)[drawn.orders]
        known = drawn._matrix(~is_hidden, np.full(len(is_hidden), settings.alpha))
        return known, drawn._matrix(is_hidden, np.ones(len(is_hidden)))

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

    def _of(self, users: NDArray[np.int64]) -> "Purchases":
        """Return the purchases of ``users`` alone, who are numbered in that order."""
        row = np.full(self.shape[0], -1, dtype=np.int32)
        row[users] = np.arange(len(users))
        kept = np.flatnonzero(row[self.users] >= 0)
        return replace(
            self,
            users=row[self.users[kept]],
            items=self.items[kept],
            orders=self.orders[kept],
            age_days=self.age_days[kept],
            first_age_days=self.first_age_days[users],
            shape=(len(users), self.shape[1]),
        )
