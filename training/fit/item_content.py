"""What is known of each item beside who buys it: title, categories, price, and which items are its variants."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from implicit.nearest_neighbours import all_pairs_knn
from numpy.typing import NDArray
from scipy import sparse

from recsvc.model.arrays import ITEM_STATISTICS
from recsvc.model.sparse import SparseRows
from training.fit.item_texts import text_vectors, tf_idf, unit_rows, without_the_most_frequent
from training.fit.variants import Variants, find_variants
from training.history.interactions import Interactions

SHARE_OF_CATEGORIES = 0.3
"""How much categories count beside titles where items are looked for that are like another."""

PRICE_BAND = float(np.log(1.5))
"""How wide a band of prices is, on a scale of logarithms."""

NEAREST, NEAREST_OF_MANY, MANY_ITEMS = 60, 30, 200_000
"""So many items of the likest titles are looked at for an item; fewer where there are many items."""


@dataclass(frozen=True, eq=False)
class ItemContent:
    """The content of the items of a model.

    Attributes:
        titles: one an item, "" where none is known.
        categories: shape (n_items, n_categories): 1 where the item is in the category.
        levels: int32, shape (n_categories,): 1 for the broadest.
        log_prices: float32, shape (n_items,): 0 where none is known.
        sales: float32, shape (n_items,): orders of all time.
        threads: that look for the likest titles; 0: all cores.
        texts: one an item, what else is said of it; None where nothing is.
        group_ids: one an item, the product that the shop says it is a variant of, or None; None where it says nothing.
    """

    titles: list[str]
    categories: sparse.csr_matrix
    levels: NDArray[np.int32]
    log_prices: NDArray[np.float32]
    sales: NDArray[np.float32]
    threads: int = 0
    texts: list[str] | None = None
    group_ids: list[str | None] | None = None

    @classmethod
    def of(cls, interactions: Interactions, arrays: Mapping[str, Any], threads: int = 0) -> "ItemContent":
        """Return the content of the items of a history; ``arrays``: what was counted of it, by field of ``Model``."""
        rows: SparseRows = arrays["item_categories"]
        ones = np.ones(len(rows.indices), dtype=np.float32)
        titles, shop = titles_of(interactions), interactions.catalogue
        shape = (len(titles), rows.n_columns)
        ids = list(interactions.items.ids)
        return cls(
            titles,
            sparse.csr_matrix((ones, rows.indices, rows.indptr), shape=shape),
            arrays["category_levels"],
            arrays["item_statistics"][:, ITEM_STATISTICS.index("log_price")],
            arrays["popularity"][0],
            threads,
            [shop.texts.get(item_id, "") for item_id in ids] if shop.texts else None,
            [shop.groups.get(item_id) for item_id in ids] if shop.groups else None,
        )

    def __len__(self) -> int:
        return len(self.titles)

    @cached_property
    def vectors(self) -> sparse.csr_matrix:
        """The titles, and what else is said, as vectors; see ``text_vectors``."""
        said = self.titles
        if self.texts is not None:
            said = [f"{title} {text}" for title, text in zip(self.titles, self.texts, strict=True)]
        return text_vectors(said, self.narrowest if len(self.levels) else self._price_bands)

    @cached_property
    def _price_bands(self) -> sparse.csr_matrix:
        """In which band of prices each item is, none where no price is known; shape (n_items, n_bands).

        Things of one kind cost about the same, those of one design do not: a card and a doormat with London on it.
        """
        priced = np.flatnonzero(self.log_prices).astype(np.int32)
        bands = np.floor(self.log_prices[priced] / PRICE_BAND).astype(np.int32)
        bands -= bands.min(initial=0)
        ones = np.ones(len(priced), dtype=np.float32)
        return sparse.csr_matrix((ones, (priced, bands)), shape=(len(self), int(bands.max(initial=-1)) + 1))

    @cached_property
    def narrowest(self) -> sparse.csr_matrix:
        """Which narrowest categories each item is in; shape (n_items, n_categories)."""
        within = self.categories
        rows = np.repeat(np.arange(len(self)), np.diff(within.indptr))
        level = self.levels[within.indices]
        deepest = np.zeros(len(self), dtype=np.int32)
        np.maximum.at(deepest, rows, level)
        keep = level == deepest[rows]
        ones = np.ones(int(keep.sum()), dtype=np.float32)
        return sparse.csr_matrix((ones, (rows[keep], within.indices[keep])), shape=within.shape)

    @cached_property
    def kinds(self) -> sparse.csr_matrix:
        """The narrowest categories of each item, and all but the broadest; shape (n_items, n_categories)."""
        is_broad = sparse.diags((self.levels > 1).astype(np.float32))
        either = sparse.csr_matrix(self.narrowest + self.categories @ is_broad)
        either.eliminate_zeros()
        either.data[:] = 1
        return either

    @cached_property
    def variants(self) -> Variants:
        """Which items are variants of one product: as the shop says, else by title within one narrowest category."""
        within = self.narrowest
        kinds = [tuple(within.indices[a:b]) for a, b in zip(within.indptr, within.indptr[1:], strict=False)]
        found = find_variants(self.titles, self.log_prices, kinds)
        return found if self.group_ids is None else found.corrected(self.group_ids)

    @cached_property
    def nearest(self) -> sparse.csr_matrix:
        """The items of the likest titles and categories of each item; shape (n_items, n_items)."""
        n = len(self)
        of_categories = unit_rows(tf_idf(self.categories)) * np.float32(np.sqrt(SHARE_OF_CATEGORIES))
        vectors = without_the_most_frequent(sparse.csr_matrix(sparse.hstack([self.vectors, of_categories])))
        if not vectors.nnz:
            return sparse.csr_matrix((n, n), dtype=np.float32)
        n_nearest = NEAREST if n <= MANY_ITEMS else NEAREST_OF_MANY
        by_feature = sparse.csr_matrix(vectors.T, dtype=np.float64)
        found = all_pairs_knn(by_feature, n_nearest + 1, show_progress=False, num_threads=self.threads)
        return sparse.csr_matrix(found)


def titles_of(interactions: Interactions) -> list[str]:
    """Return what the catalogue calls each item, or else the orders."""
    titles = zip(interactions.items.ids, interactions.titles, strict=True)
    return [interactions.catalogue.titles.get(item_id, title) for item_id, title in titles]
