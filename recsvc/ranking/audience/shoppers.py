"""What is known of each user of a model, whatever item is asked about."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.model.sparse import SparseRows

Floats = NDArray[np.float32]

ACTIVITY = ("log_orders", "log_age_days", "log_tenure_days", "log_recent_lines", "log_basket")
"""How much a user buys: number of orders, days since the last and the first one, items bought of late, items in an
order; logarithms, for a factor of the one is a factor of the chance to buy."""

FEW_LINES = 0.05
"""Added to what was bought of late, which may be nothing."""

USERS_AT_ONCE = 100_000
"""Products with the factors of so many users are made in one go."""


@dataclass(frozen=True, eq=False)
class Spread:
    """How the products of each user with the rows of an item table are distributed over the items.

    float32, shape (n_users,) each. A product is compared with the user's own others: those of one user are all large
    who bought much, or whose taste is common.
    """

    mean: Floats
    deviation: Floats

    def standard(self, products: Floats) -> Floats:
        """Return by how many standard deviations of a user's own products each is above their mean."""
        return np.asarray((products - self.mean) / self.deviation, dtype=np.float32)


class Shoppers:
    """The users of one model; made once, used by all threads. Each array has a value or row for every user.

    At 500,000 users with 20 items each it takes about 60 MB and two seconds of one core.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        history, columns = model.history, model.history_columns
        self._filled = np.flatnonzero(np.diff(history.indptr) > 0)
        self._starts = history.indptr[self._filled]
        self.recent = self.sums(columns["recent"])
        self.said = self.sums(np.log1p(columns["orders"]).astype(np.float32))
        self.activity = self._activity()
        lengths = np.concatenate([np.linalg.norm(part, axis=1) for part in self._parts()])
        self.lengths: Floats = np.maximum(lengths, 1e-9).astype(np.float32)

    def __len__(self) -> int:
        return self.model.n_users

    def sums(self, values: Floats) -> Floats:
        """Return the sum of ``values``, one for each entry of the histories, for each user."""
        sums = np.zeros(self.model.n_users, dtype=np.float32)
        if len(self._starts):
            sums[self._filled] = np.add.reduceat(values, self._starts)
        return sums

    def users_of(self, entries: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return whose the ``entries`` of the histories are; intp, shape (n,)."""
        return self.model.history.indptr.searchsorted(entries, "right") - 1

    def products(self, vector: Floats) -> Floats:
        """Return the product of the factors of each user with ``vector``, float32, shape (n_factors,)."""
        return np.asarray(self.model.user_factors @ vector, dtype=np.float32)

    @cached_property
    def als(self) -> Spread:
        """Of the products of factors."""
        return self._spread(self.model.item_factors, None)

    @cached_property
    def next(self) -> Spread:
        """Of the products of ``forward_all`` with the direction of a user's factors, and a 1."""
        return self._spread(self.model.forward_all, self.lengths)

    @cached_property
    def near(self) -> Floats:
        """How much all item-item neighbours of what each user bought weigh."""
        return self._mass(self.model.item_neighbours)

    @cached_property
    def in_baskets(self) -> Floats:
        """How much all basket neighbours of what each user bought weigh."""
        return self._mass(self.model.basket_neighbours)

    @cached_property
    def usual_log_price(self) -> Floats:
        """The mean log price of what each user bought."""
        history = self.model.history
        prices = self.sums(self.model.item_statistic("log_price")[history.indices])
        return np.asarray(prices / np.maximum(np.diff(history.indptr), 1), dtype=np.float32)

    def _activity(self) -> Floats:
        """Return a column for each of ``ACTIVITY``; float32, shape (n_users, n_activity)."""
        model, columns = self.model, self.model.history_columns
        age, tenure = np.zeros((2, model.n_users), dtype=np.float32)
        if len(self._starts):
            age[self._filled] = np.minimum.reduceat(columns["age_days"], self._starts)
            tenure[self._filled] = np.maximum.reduceat(columns["first_age_days"], self._starts)
        orders = np.maximum(model.user_orders, 1)
        lines = self.sums(columns["orders"].astype(np.float32))
        parts = (
            np.log(orders),
            np.log1p(age),
            np.log1p(tenure),
            np.log(self.recent + FEW_LINES),
            np.log(np.maximum(lines, 1) / orders),
        )
        return np.stack(parts, axis=1).astype(np.float32)

    def _spread(self, table: Floats, lengths: Floats | None) -> Spread:
        width = self.model.n_factors
        mean_row, rows = table.mean(axis=0), table.astype(np.float64)
        covariance = np.cov(rows, rowvar=False, bias=True).reshape(table.shape[1], -1).astype(np.float32)
        means, deviations = [], []
        for start, part in zip(range(0, len(self), USERS_AT_ONCE), self._parts(), strict=True):
            query = part
            if lengths is not None:
                unit = part / lengths[start : start + len(part), np.newaxis]
                query = np.concatenate(
                    [unit, np.ones((len(part), table.shape[1] - width), np.float32)], axis=1
                )
            means.append(query @ mean_row)
            deviations.append(np.sqrt(np.maximum(np.einsum("uf,uf->u", query @ covariance, query), 0)))
        empty = [np.zeros(0, np.float32)]
        deviation = np.maximum(np.concatenate([*deviations, *empty]), 1e-9)
        return Spread(np.concatenate([*means, *empty]).astype(np.float32), deviation.astype(np.float32))

    def _mass(self, neighbours: SparseRows) -> Floats:
        row = np.repeat(np.arange(len(neighbours)), np.diff(neighbours.indptr))
        of_items = np.bincount(row, neighbours.values, len(neighbours)).astype(np.float32)
        history = self.model.history
        return self.sums(history.values * of_items[history.indices])

    def _parts(self) -> list[Floats]:
        factors = self.model.user_factors
        return [np.asarray(factors[at : at + USERS_AT_ONCE]) for at in range(0, len(self), USERS_AT_ONCE)]
