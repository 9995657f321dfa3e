"""Order lines -> vocabularies and matrices."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from recsvc.errors import TooLittleDataError
from recsvc.model.vocabulary import ItemVocabulary, Vocabulary
from training.history.catalogue import NO_CATALOGUE, ShopCatalogue
from training.history.purchases import Runs, place, purchases_of

DAY_SECONDS = 86_400


class KnownHistory(Protocol):
    """What is said of a history as a whole."""

    @property
    def users(self) -> Vocabulary:
        """The ids of the users."""

    @property
    def items(self) -> ItemVocabulary:
        """The ids of the items."""

    @property
    def data_through(self) -> int | None:
        """Newest order, in unix seconds; None when undated."""

    @property
    def n_purchases(self) -> int:
        """Number of purchases: one for each item of each order, guests' included."""


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
    items: ItemVocabulary
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
            ItemVocabulary.of(items.to_list()),
            _titles(everything["title"], item_index, len(items)),
            purchases_of(everything, runs, users, item_index, len(items)),
            everything["ordered_at"].max(),  # type: ignore[arg-type]  # an Int64 column has an int maximum
            catalogue,
        )

    @property
    def n_users(self) -> int:
        """Number of users."""
        return len(self.users)

    @property
    def n_items(self) -> int:
        """Number of items."""
        return len(self.items)

    @property
    def n_purchases(self) -> int:
        """Number of purchases."""
        return self.purchases.height

    @property
    def is_dated(self) -> bool:
        """Whether every purchase of a user has a moment."""
        undated = pl.col("user_index").is_not_null() & pl.col("ordered_at").is_null()
        return not self.purchases.select(undated.any()).item()

    def ages_days(self, ordered_at: pl.Series) -> NDArray[np.float64]:
        """Return days from each moment to ``data_through``, 0 throughout when undated."""
        return ages_days(ordered_at, self.data_through)

    def baskets(self) -> sparse.csr_matrix:
        """Return which items were in which order, guests' included; float64, shape (n_baskets, n_items)."""
        known = self.purchases.filter(pl.col("basket").is_not_null())
        rows, columns = known["basket"].to_numpy(), known["item_index"].to_numpy()
        shape = (int(rows.max(initial=-1)) + 1, len(self.items))
        return sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape).sign()


def ages_days(ordered_at: pl.Series, data_through: int | None) -> NDArray[np.float64]:
    """Return days from each moment to ``data_through``, 0 for those without one, or where that is None."""
    if data_through is None:
        return np.zeros(len(ordered_at))
    seconds = data_through - ordered_at.fill_null(data_through).to_numpy()
    return np.asarray(seconds / DAY_SECONDS, dtype=np.float64)


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
