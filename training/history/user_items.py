"""The histories of the users: what each bought, how often and when."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from recsvc.ranking.scores import distinct
from training.history.sorting import begins_run, stable_order

LEAST_WEIGHT = 1e-30
"""The least that an order counts, however old it is: a history of nothing but zeros could not be normed."""

PURCHASES_AT_ONCE = 250_000
"""Users are summed up in blocks of about so many purchases, because arrays of all of them would be new memory."""

Columns = dict[str, NDArray[Any]]


class IndexedPurchases(Protocol):
    """Purchases in indices, as in ``Interactions``: of all users, or of some."""

    @property
    def n_users(self) -> int:
        """Number of users."""

    @property
    def n_items(self) -> int:
        """Number of items."""

    @property
    def is_dated(self) -> bool:
        """Whether every purchase of any user of the history has a moment."""

    @property
    def purchases(self) -> pl.DataFrame:
        """One row for each user, item and order."""

    def ages_days(self, ordered_at: pl.Series) -> NDArray[np.float64]:
        """Return days from each moment to the newest one of the history."""


@dataclass(frozen=True, eq=False)
class UserItems:
    """The history of each user, one entry for each (user, item), in row order.

    Attributes:
        n_items: number of items.
        indptr: int64, shape (n_users + 1,): the entries of each user.
        items: int32, shape (nnz,).
        decayed: float32, shape (nnz,): number of orders, each counting half after the long half-life.
        user_orders: int32, shape (n_users,): orders of each user.

    The others are the columns of ``recsvc.model.arrays.HISTORY_COLUMNS``.
    """

    n_items: int
    indptr: NDArray[np.int64]
    items: NDArray[np.int32]
    orders: NDArray[np.int32]
    decayed: NDArray[np.float32]
    recent: NDArray[np.float32]
    age_days: NDArray[np.float32]
    first_age_days: NDArray[np.float32]
    orders_ago: NDArray[np.int32]
    first_orders_ago: NDArray[np.int32]
    quantity: NDArray[np.float32]
    last_quantity: NDArray[np.float32]
    user_orders: NDArray[np.int32]

    @classmethod
    def of(
        cls, interactions: IndexedPurchases, *, half_life_days: float, recent_half_life_days: float
    ) -> "UserItems":
        """Sum up the purchases of known users."""
        parts = [
            block.summed_up(interactions.n_items, half_life_days, recent_half_life_days)
            for block in _blocks(interactions)
        ]
        columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        indptr = np.concatenate([[0], np.cumsum(columns.pop("entries"))])
        return cls(n_items=interactions.n_items, indptr=indptr, **columns)

    @property
    def n_users(self) -> int:
        """Number of users."""
        return len(self.indptr) - 1

    def matrix(self, values: NDArray[np.float32]) -> sparse.csr_matrix:
        """Return ``values``, one for each entry, as a matrix of shape (n_users, n_items)."""
        return sparse.csr_matrix((values, self.items, self.indptr), shape=(self.n_users, self.n_items))


@dataclass(frozen=True, eq=False)
class _Block:
    """The purchases of some users, by user, then in the order of time; of each array one value for a purchase.

    Attributes:
        n_users: so many users.
        users: int64: which of them.
        items: int32.
        ordered_at: int64; None when undated.
        age_days: float64.
        baskets: int64; -1 for none.
        quantity: float64.
    """

    n_users: int
    users: NDArray[np.int64]
    items: NDArray[np.int32]
    ordered_at: NDArray[np.int64] | None
    age_days: NDArray[np.float64]
    baskets: NDArray[np.int64]
    quantity: NDArray[np.float64]

    def summed_up(self, n_items: int, half_life_days: float, recent_half_life_days: float) -> Columns:
        """Return the columns of ``UserItems``, with the number of entries of each user for ``indptr``."""
        pair = self.users * n_items + self.items
        order = stable_order(pair, self.n_users * n_items)
        pair = pair[order]
        starts = np.flatnonzero(begins_run(pair))
        pairs, orders = pair[starts], np.diff(starts, append=len(pair))
        age_days, orders_ago = self.age_days[order], self._orders_ago()[order]
        quantity = self.quantity[order]
        return {
            "entries": np.bincount(pairs // n_items, minlength=self.n_users),
            "items": (pairs % n_items).astype(np.int32),
            "orders": orders.astype(np.int32),
            "decayed": np.add.reduceat(_weights(age_days, half_life_days), starts).astype(np.float32),
            "recent": np.add.reduceat(_weights(age_days, recent_half_life_days), starts).astype(np.float32),
            "age_days": np.minimum.reduceat(age_days, starts).astype(np.float32),
            "first_age_days": np.maximum.reduceat(age_days, starts).astype(np.float32),
            "orders_ago": np.minimum.reduceat(orders_ago, starts),
            "first_orders_ago": np.maximum.reduceat(orders_ago, starts),
            "quantity": np.add.reduceat(quantity, starts).astype(np.float32),
            # Purchases of one user are in the order of time, and the sort has left them so.
            "last_quantity": quantity[starts + orders - 1].astype(np.float32),
            "user_orders": self._n_orders(),
        }

    def _orders_ago(self) -> NDArray[np.int32]:
        """Return how many orders each user has placed since that of each purchase; 0 throughout when undated."""
        if self.ordered_at is None:
            return np.zeros(len(self.users), dtype=np.int32)
        number = np.cumsum(begins_run(self.users, self.ordered_at), dtype=np.int32)
        newest = np.zeros(self.n_users, dtype=np.int32)
        newest[self.users] = number  # of those of one user the last one stays
        return np.asarray(newest[self.users] - number)

    def _n_orders(self) -> NDArray[np.int32]:
        """Return the number of orders of each user; purchases outside any order count as one each."""
        alone = self.baskets < 0
        n_baskets = int(self.baskets.max(initial=0)) + 1
        orders = (self.users * n_baskets + self.baskets)[~alone]
        # Those of one order mostly follow one another.
        orders = distinct(orders[begins_run(orders)])
        counted = np.concatenate([orders // n_baskets, self.users[alone]])
        return np.bincount(counted, minlength=self.n_users).astype(np.int32)


def _blocks(interactions: IndexedPurchases) -> Iterator[_Block]:
    """Yield the purchases of all users, block by block."""
    purchases, n_users = interactions.purchases, interactions.n_users
    is_dated = interactions.is_dated
    users = purchases["user_index"].fill_null(n_users).to_numpy()  # guests come last
    order = stable_order(users.astype(np.int64), n_users + 1)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(users, minlength=n_users)[:n_users])])
    firsts = np.flatnonzero(begins_run(indptr[:-1] // PURCHASES_AT_ONCE))
    for first, end in zip(firsts, [*firsts[1:], n_users], strict=True):
        rows = _in_time(purchases[order[indptr[first] : indptr[end]]])
        yield _Block(
            n_users=int(end - first),
            users=rows["user_index"].to_numpy() - np.int64(first),
            items=rows["item_index"].to_numpy(),
            ordered_at=rows["ordered_at"].to_numpy() if is_dated else None,
            age_days=interactions.ages_days(rows["ordered_at"]),
            baskets=rows["basket"].fill_null(-1).to_numpy(),
            quantity=np.maximum(rows["quantity"].to_numpy(), 0),
        )


def _in_time(rows: pl.DataFrame) -> pl.DataFrame:
    """Return purchases, which are sorted by user, with those of each user in the order of time; mostly they are."""
    is_back = (pl.col("ordered_at").diff() < 0) & (pl.col("user_index").diff() == 0)
    if not rows.select(is_back.any()).item():
        return rows
    return rows.sort("user_index", "ordered_at", maintain_order=True)


def _weights(age_days: NDArray[np.float64], half_life_days: float) -> NDArray[np.float64]:
    return np.maximum(np.exp2(age_days / -half_life_days), LEAST_WEIGHT)
