"""Order lines -> vocabularies and matrices."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from recsvc.errors import TooLittleDataError
from recsvc.model.vocabulary import Vocabulary

DAY_SECONDS = 86_400


@dataclass(frozen=True, eq=False)
class Interactions:
    """Who bought what, how often and when, in indices.

    Attributes:
        users, items: the ids.
        titles: the most frequent title of each item, "" where none is known.
        purchases: one row for each (user, item, order): user_index (null for a guest), item_index,
            ordered_at (unix seconds, null when undated), basket (index of the order, null when unknown).
        data_through: newest order, in unix seconds; None when undated.
    """

    users: Vocabulary
    items: Vocabulary
    titles: list[str]
    purchases: pl.DataFrame
    data_through: int | None

    @classmethod
    def of(cls, lines: pl.DataFrame, guest_lines: pl.DataFrame) -> "Interactions":
        """Index cleaned order lines (columns as in ``training.orders``).

        Raises:
            TooLittleDataError: when no line has a user.
        """
        if lines.is_empty():
            raise TooLittleDataError(
                "no purchase by a known customer is left: there is nothing to learn from"
            )
        everything = pl.concat([lines, guest_lines])
        users = lines["user_id"].unique().sort()
        items = everything["item_id"].unique().sort()
        return cls(
            Vocabulary.of(users.to_list()),
            Vocabulary.of(items.to_list()),
            _titles(everything, items),
            _purchases(everything, users, items),
            everything["ordered_at"].max(),  # type: ignore[arg-type]  # an Int64 column has an int maximum
        )

    def ages_days(self, ordered_at: pl.Series) -> NDArray[np.float64]:
        """Return days from each moment to ``data_through``, 0 throughout when undated."""
        if self.data_through is None:
            return np.zeros(len(ordered_at))
        seconds = self.data_through - ordered_at.fill_null(self.data_through).to_numpy()
        return np.asarray(seconds / DAY_SECONDS, dtype=np.float64)

    def baskets(self) -> sparse.csr_matrix:
        """Return which items were in which order, guests' included; float64, shape (n_baskets, n_items)."""
        known = self.purchases.filter(pl.col("basket").is_not_null()).select("basket", "item_index").unique()
        rows, columns = known["basket"].to_numpy(), known["item_index"].to_numpy()
        shape = (int(rows.max(initial=-1)) + 1, len(self.items))
        return sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)


@dataclass(frozen=True, eq=False)
class UserItems:
    """The history of each user, one entry for each (user, item), in row order.

    Attributes:
        confidence: float32 matrix, shape (n_users, n_items): 1 + alpha times the decayed number of orders.
        orders: int32, shape (nnz,): number of orders.
        age_days: float32, shape (nnz,): days since the last one.
    """

    confidence: sparse.csr_matrix
    orders: NDArray[np.int32]
    age_days: NDArray[np.float32]

    @classmethod
    def of(cls, interactions: Interactions, *, alpha: float, half_life_days: float) -> "UserItems":
        """Sum up the purchases of known users; an order counts half after ``half_life_days``."""
        known = interactions.purchases.filter(pl.col("user_index").is_not_null())
        age_days = interactions.ages_days(known["ordered_at"])
        summed = (
            known.with_columns(
                pl.Series("age_days", age_days), pl.Series("weight", 0.5 ** (age_days / half_life_days))
            )
            .group_by("user_index", "item_index")
            .agg(pl.len().alias("orders"), pl.col("age_days").min(), pl.col("weight").sum())
            .sort("user_index", "item_index")
        )
        indptr = np.searchsorted(summed["user_index"].to_numpy(), np.arange(len(interactions.users) + 1))
        confidence = (1 + alpha * summed["weight"].to_numpy()).astype(np.float32)
        shape = (len(interactions.users), len(interactions.items))
        # Copied, because polars lends its buffers read-only and implicit asks for writable ones.
        columns = summed["item_index"].to_numpy().copy()
        return cls(
            sparse.csr_matrix((confidence, columns, indptr), shape=shape),
            summed["orders"].to_numpy().astype(np.int32),
            summed["age_days"].to_numpy().astype(np.float32),
        )


def _purchases(everything: pl.DataFrame, users: pl.Series, items: pl.Series) -> pl.DataFrame:
    """Return one row for each item of each order: a second line of it in the same order adds nothing."""
    basket = _basket_key()
    indexed = everything.with_columns(
        pl.col("user_id")
        .replace_strict(users, np.arange(len(users)), return_dtype=pl.Int32, default=None)
        .alias("user_index"),
        pl.col("item_id")
        .replace_strict(items, np.arange(len(items)), return_dtype=pl.Int32)
        .alias("item_index"),
        basket.rank("dense").sub(1).cast(pl.Int64).alias("basket"),
    )
    columns = ["user_index", "item_index", "ordered_at", "basket"]
    with_basket = indexed.filter(pl.col("basket").is_not_null()).select(columns)
    return pl.concat(
        [
            with_basket.sort("ordered_at", maintain_order=True).unique(
                ["user_index", "item_index", "basket"], keep="last", maintain_order=True
            ),
            indexed.filter(pl.col("basket").is_null()).select(columns),
        ]
    )


def _basket_key() -> pl.Expr:
    """Return what names an order: its id; without one, the moment at which its user bought."""
    by_moment = pl.concat_str(pl.lit("@"), pl.col("user_id"), pl.lit("@"), pl.col("ordered_at"))
    return pl.coalesce(pl.concat_str(pl.lit("#"), pl.col("order_id")), by_moment)


def _titles(everything: pl.DataFrame, items: pl.Series) -> list[str]:
    """Return each item's most frequent title; of equally frequent ones the first in the alphabet."""
    best = (
        everything.filter(pl.col("title").is_not_null())
        .group_by("item_id", "title")
        .agg(pl.len().alias("times"))
        .sort(["item_id", "times", "title"], descending=[False, True, False])
        .unique("item_id", keep="first", maintain_order=True)
    )
    joined = pl.DataFrame({"item_id": items}).join(best, on="item_id", how="left", maintain_order="left")
    return joined["title"].fill_null("").to_list()
