"""Order lines -> vocabularies and matrices."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from recsvc.errors import TooLittleDataError
from recsvc.model.vocabulary import Vocabulary
from recsvc.ranking.integer_sets import distinct
from training.purchases import Runs, place, purchases_of
from training.sorting import begins_run, stable_order
from training.sources.catalogue import NO_CATALOGUE, ShopCatalogue

DAY_SECONDS = 86_400

LEAST_WEIGHT = 1e-30
"""However old an order is, it counts something: a history of nothing but zeros could not be normed."""


@dataclass(frozen=True, eq=False)
class Interactions:
    """Who bought what, how often and when, in indices.

    Attributes:
        users, items: the ids.
        titles: the most frequent title of each item, "" where none is known.
        purchases: one row for each (user, item, order), in the order of the lines: user_index (null for a guest),
            item_index, ordered_at (unix seconds, null when undated), basket (index of the order, null when unknown),
            quantity, unit_price (null when unknown).
        data_through: newest order, in unix seconds; None when undated.
        catalogue: what the shop says of its items; those that were never sold are of no use yet.
    """

    users: Vocabulary
    items: Vocabulary
    titles: list[str]
    purchases: pl.DataFrame
    data_through: int | None
    catalogue: ShopCatalogue = NO_CATALOGUE

    @classmethod
    def of(
        cls, lines: pl.DataFrame, guest_lines: pl.DataFrame, catalogue: ShopCatalogue = NO_CATALOGUE
    ) -> "Interactions":
        """Index cleaned order lines (columns as in ``training.orders``).

        Raises:
            TooLittleDataError: when no line has a user.
        """
        if lines.is_empty():
            raise TooLittleDataError(
                "no purchase by a known customer is left: there is nothing to learn from"
            )
        everything = pl.concat([lines, guest_lines])
        runs = Runs.of(everything)
        users, items = runs.users(), everything["item_id"].unique().sort()
        item_index = everything.select(place("item_id", items)).to_series()
        return cls(
            Vocabulary.of(users.to_list()),
            Vocabulary.of(items.to_list()),
            _titles(everything["title"], item_index, len(items)),
            purchases_of(everything, runs, users, item_index, len(items)),
            everything["ordered_at"].max(),  # type: ignore[arg-type]  # an Int64 column has an int maximum
            catalogue,
        )

    def ages_days(self, ordered_at: pl.Series) -> NDArray[np.float64]:
        """Return days from each moment to ``data_through``, 0 throughout when undated."""
        if self.data_through is None:
            return np.zeros(len(ordered_at))
        seconds = self.data_through - ordered_at.fill_null(self.data_through).to_numpy()
        return np.asarray(seconds / DAY_SECONDS, dtype=np.float64)

    def baskets(self) -> sparse.csr_matrix:
        """Return which items were in which order, guests' included; float64, shape (n_baskets, n_items)."""
        known = self.purchases.filter(pl.col("basket").is_not_null())
        rows, columns = known["basket"].to_numpy(), known["item_index"].to_numpy()
        shape = (int(rows.max(initial=-1)) + 1, len(self.items))
        return sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape).sign()


@dataclass(frozen=True, eq=False)
class UserItems:
    """The history of each user, one entry for each (user, item), in row order.

    Attributes:
        indptr: int64, shape (n_users + 1,): the entries of each user.
        items: int32, shape (nnz,).
        orders: int32, shape (nnz,): number of orders.
        decayed, recent: float32, shape (nnz,): the same, an order counting half after the long and the
            short half-life.
        age_days, first_age_days: float32, shape (nnz,): days since the last and the first one.
        orders_ago, first_orders_ago: int32, shape (nnz,): orders of the user since the last and the first one.
        quantity, last_quantity: float32, shape (nnz,): pieces in all of them, and in the last one.
        user_orders: int32, shape (n_users,): orders of each user.
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
        cls, interactions: Interactions, *, half_life_days: float, recent_half_life_days: float
    ) -> "UserItems":
        """Sum up the purchases of known users."""
        known = interactions.purchases.filter(pl.col("user_index").is_not_null())
        n_users, n_items = len(interactions.users), len(interactions.items)
        users = known["user_index"].to_numpy()
        pair = users * np.int64(n_items) + known["item_index"].to_numpy()
        order = stable_order(pair, n_users * n_items)
        ascending = pair[order]
        starts = np.flatnonzero(begins_run(ascending))
        pairs, orders = ascending[starts], np.diff(starts, append=len(ascending))
        age_days = interactions.ages_days(known["ordered_at"])[order]
        orders_ago = _orders_ago(users, known["ordered_at"], n_users)[order]
        quantity = np.maximum(known["quantity"].to_numpy()[order], 0)
        return cls(
            n_items=n_items,
            indptr=np.searchsorted(pairs, np.arange(n_users + 1) * n_items).astype(np.int64),
            items=(pairs % n_items).astype(np.int32),
            orders=orders.astype(np.int32),
            decayed=np.add.reduceat(_weights(age_days, half_life_days), starts).astype(np.float32),
            recent=np.add.reduceat(_weights(age_days, recent_half_life_days), starts).astype(np.float32),
            age_days=np.minimum.reduceat(age_days, starts).astype(np.float32),
            first_age_days=np.maximum.reduceat(age_days, starts).astype(np.float32),
            orders_ago=np.minimum.reduceat(orders_ago, starts).astype(np.int32),
            first_orders_ago=np.maximum.reduceat(orders_ago, starts).astype(np.int32),
            quantity=np.add.reduceat(quantity, starts).astype(np.float32),
            # Purchases are in the order of time, and the sort has left them so.
            last_quantity=quantity[starts + orders - 1].astype(np.float32),
            user_orders=_orders_of_users(known, n_users),
        )

    @property
    def n_users(self) -> int:
        """Number of users."""
        return len(self.indptr) - 1

    def matrix(self, values: NDArray[np.float32]) -> sparse.csr_matrix:
        """Return ``values``, one for each entry, as a matrix of shape (n_users, n_items)."""
        return sparse.csr_matrix((values, self.items, self.indptr), shape=(self.n_users, self.n_items))


def _weights(age_days: NDArray[np.float64], half_life_days: float) -> NDArray[np.float64]:
    return np.maximum(np.exp2(age_days / -half_life_days), LEAST_WEIGHT)


def _orders_ago(users: NDArray[np.int32], ordered_at: pl.Series, n_users: int) -> NDArray[np.int32]:
    """Return how many orders each user has placed since that of each purchase; 0 throughout when undated."""
    if ordered_at.null_count():
        return np.zeros(len(users), dtype=np.int32)
    in_time = ordered_at.arg_sort().to_numpy() if not ordered_at.is_sorted() else np.arange(len(users))
    order = in_time[stable_order(users[in_time].astype(np.int64), n_users)]
    user = users[order]
    number = np.cumsum(begins_run(user, ordered_at.to_numpy()[order]), dtype=np.int32)
    newest = np.zeros(n_users, dtype=np.int32)
    newest[user] = number  # of those of one user the last one stays
    ago = np.empty(len(users), dtype=np.int32)
    ago[order] = newest[user] - number
    return ago


def _orders_of_users(known: pl.DataFrame, n_users: int) -> NDArray[np.int32]:
    """Return the number of orders of each user; purchases outside any order count as one each."""
    in_orders = known.filter(pl.col("basket").is_not_null())
    baskets = in_orders["basket"].to_numpy()
    n_baskets = int(baskets.max(initial=0)) + 1
    orders = in_orders["user_index"].to_numpy() * np.int64(n_baskets) + baskets
    # Those of one order mostly follow one another.
    orders = distinct(orders[begins_run(orders)])
    alone = known.filter(pl.col("basket").is_null())["user_index"].to_numpy()
    return np.bincount(np.concatenate([orders // n_baskets, alone]), minlength=n_users).astype(np.int32)


def _titles(titles: pl.Series, item_index: pl.Series, n_items: int) -> list[str]:
    """Return each item's most frequent title; of equally frequent ones the first in the alphabet."""
    best = (
        pl.DataFrame({"item": item_index, "title": titles})
        .filter(pl.col("title").is_not_null())
        .group_by("item", "title")
        .agg(pl.len().alias("times"))
        .sort(["item", "times", "title"], descending=[False, True, False])
        .unique("item", keep="first", maintain_order=True)
    )
    found = [""] * n_items
    for item, title in best.select("item", "title").iter_rows():
        found[item] = title
    return found
