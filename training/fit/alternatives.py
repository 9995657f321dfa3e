"""Alternatives to each item: alike by what they are, in the order in which shoppers turn to them."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsvc.model.product_name import NO_PRODUCT
from recsvc.model.sparse import SparseRows
from recsvc.model.vocabulary import Vocabulary
from training.fit.counted import Arrays
from training.fit.item_content import MANY_ITEMS, ItemContent
from training.fit.item_texts import products
from training.history.sorting import best_of_rows

N_ALTERNATIVES = 40
"""So many alternatives of an item are kept."""

BEST_SELLERS, BEST_SELLERS_OF_MANY = 40, 15
"""So many best-selling items of its categories are looked at for an item; fewer where there are many items."""

ALIKE = 0.3
"""Titles with a smaller product are not alike."""

ITEMS_AT_ONCE = 2_000
UNKNOWN_PRICE = 0.5


@dataclass(frozen=True)
class AlternativeWeights:
    """What counts how much beside being bought by the same shoppers, which counts 1.

    Attributes:
        title: likeness of titles.
        price: nearness of prices.
        sales: how well it sells.
    """

    title: float = 3.0
    price: float = 0.3
    sales: float = 0.1

    def as_dict(self) -> dict[str, float]:
        """Return the weights by name."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class AlikePairs:
    """Items and others that are of their kind, and in what they are alike.

    Attributes:
        first, second: int32, shape (n_pairs,): ``first`` ascending, then ``second``.
        kinship: float32, shape (n_pairs,): 1 for the same narrowest category, less for categories further away.
        title, price, shoppers, sales: float32, shape (n_pairs,): 0 to 1.
    """

    first: NDArray[np.int32]
    second: NDArray[np.int32]
    kinship: NDArray[np.float32]
    title: NDArray[np.float32]
    price: NDArray[np.float32]
    shoppers: NDArray[np.float32]
    sales: NDArray[np.float32]

    def scores(self, weights: AlternativeWeights) -> NDArray[np.float32]:
        """Return how good an alternative each is, above 0 and at most 1; float32, shape (n_pairs,)."""
        all_else = weights.title + weights.price + weights.sales + 1
        # No likeness of titles puts what is of half the kinship before what is of the same narrowest category.
        summed = (
            2 * all_else * self.kinship
            + weights.title * self.title
            + weights.price * self.price
            + weights.sales * self.sales
            + self.shoppers
        )
        return np.asarray(summed / (3 * all_else), np.float32)


def content_arrays(content: ItemContent, item_neighbours: SparseRows, weights: AlternativeWeights) -> Arrays:
    """Return the alternatives of each item, and which are variants of one product."""
    return {
        "alternatives": fit_alternatives(content, item_neighbours, weights),
        "variant_groups": content.variants.groups,
        "product_digests": content.variants.digests,
        "variant_words": Vocabulary.of(content.variants.words),
    }


def no_content_arrays(n_items: int) -> Arrays:
    """Return the same arrays where nobody will look at them."""
    nothing = SparseRows(
        np.zeros(n_items + 1, np.int64), np.empty(0, np.int32), np.empty(0, np.float32), n_items
    )
    return {
        "alternatives": nothing,
        "variant_groups": np.full(n_items, -1, dtype=np.int32),
        "product_digests": np.full(n_items, NO_PRODUCT, dtype=np.int64),
        "variant_words": Vocabulary.of([]),
    }


def fit_alternatives(
    content: ItemContent, item_neighbours: SparseRows, weights: AlternativeWeights
) -> SparseRows:
    """Return the best alternatives of each item, best first; scores are above 0 and at most 1."""
    parts = []
    for pairs in alike_pairs(content, item_neighbours):
        scores = pairs.scores(weights)
        best = best_of_rows(pairs.first, pairs.second, scores, N_ALTERNATIVES)
        parts.append((pairs.first[best], pairs.second[best], scores[best]))
    items, alternatives, values = (np.concatenate([part[i] for part in parts]) for i in range(3))
    indptr = np.searchsorted(items, np.arange(len(content) + 1)).astype(np.int64)
    return SparseRows(indptr, alternatives.astype(np.int32), values, len(content))


def alike_pairs(
    content: ItemContent,
    item_neighbours: SparseRows,
    items: NDArray[np.int32] | None = None,
) -> Iterator[AlikePairs]:
    """Yield pairs of items of one kind, some items at a time, so that not all have to be in memory.

    Looked at are the items of the likest titles, and of a common category those with the same buyers and those that
    sell best.

    Args:
        content: of all items.
        item_neighbours: shape (n_items, n_items): items with the same buyers.
        items: int32, ascending: whose alternatives are looked for; None: of all.
    """
    whose = np.arange(len(content), dtype=np.int32) if items is None else items
    nearest, sellers = content.nearest, _best_sellers(content)
    by_buyers = sparse.csr_matrix(
        (item_neighbours.values, item_neighbours.indices, item_neighbours.indptr),
        shape=nearest.shape,
        copy=True,
    )
    by_buyers.sort_indices()
    strongest = np.zeros(len(content), dtype=np.float32)
    np.maximum.at(strongest, np.repeat(np.arange(len(content)), np.diff(by_buyers.indptr)), by_buyers.data)
    for start in range(0, len(whose), ITEMS_AT_ONCE):
        some = whose[start : start + ITEMS_AT_ONCE]
        of_category = sparse.csr_matrix(content.kinds[some] @ sellers)
        near = sparse.csr_matrix(nearest[some] + _siblings(content, by_buyers, some) + of_category).tocoo()
        first, second = some[near.row], near.col.astype(np.int32)
        order = np.lexsort((second, first))
        order = order[first[order] != second[order]]
        yield _of_one_kind(content, by_buyers, strongest, first[order], second[order])


def _siblings(
    content: ItemContent, by_buyers: sparse.csr_matrix, items: NDArray[np.int32]
) -> sparse.csr_matrix:
    """Return those with the same buyers that share a category, not the broadest; shape (len(items), n_items).

    Of the others those with a like title are among the nearest anyway.
    """
    found = by_buyers[items].tocoo()
    keep = products(content.kinds, items[found.row], found.col) > 0
    return sparse.csr_matrix((found.data[keep], (found.row[keep], found.col[keep])), shape=found.shape)


def _best_sellers(content: ItemContent) -> sparse.csr_matrix:
    """Return the best-selling items of each category; shape (n_categories, n_items)."""
    by_category = sparse.csr_matrix(content.kinds.T)
    rows = np.repeat(np.arange(by_category.shape[0], dtype=np.int32), np.diff(by_category.indptr))
    items = by_category.indices.astype(np.int32)
    n = BEST_SELLERS if len(content) <= MANY_ITEMS else BEST_SELLERS_OF_MANY
    best = best_of_rows(rows, items, 1 + content.sales[items], n)
    ones = np.ones(len(best), dtype=np.float32)
    return sparse.csr_matrix((ones, (rows[best], items[best])), shape=by_category.shape)


def _of_one_kind(
    content: ItemContent,
    by_buyers: sparse.csr_matrix,
    strongest: NDArray[np.float32],
    first: NDArray[np.int32],
    second: NDArray[np.int32],
) -> AlikePairs:
    title = products(content.vectors, first, second)
    kinship = _kinship(content, first, second, title)
    keep = kinship > 0
    first, second, title, kinship = first[keep], second[keep], title[keep], kinship[keep]
    prices = content.log_prices
    is_known = (prices[first] != 0) & (prices[second] != 0)
    price = np.where(is_known, np.exp(-np.abs(prices[first] - prices[second])), UNKNOWN_PRICE)
    shoppers = np.asarray(by_buyers[first, second]).ravel() / np.maximum(strongest[first], 1e-9)
    sales = np.log1p(content.sales)
    return AlikePairs(
        first,
        second,
        kinship,
        title,
        price.astype(np.float32),
        shoppers.astype(np.float32),
        (sales / max(float(sales.max(initial=0)), 1e-9)).astype(np.float32)[second],
    )


def _kinship(
    content: ItemContent, first: NDArray[np.int32], second: NDArray[np.int32], title: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return how near the categories are: 1 the same narrowest; half the share of common ones otherwise.

    Above 0 are those of a common category that is not one of the broadest, and those of alike titles; for these it
    is half where one of them has no category.
    """
    all_of = content.categories
    same = products(content.narrowest, first, second) > 0
    siblings = products(content.kinds, first, second) > 0
    common = products(all_of, first, second)
    n_first, n_second = (np.diff(all_of.indptr)[items] for items in (first, second))
    share = np.where((n_first > 0) & (n_second > 0), common / np.maximum(n_first, 1), 1)
    return np.asarray(np.where(same, 1, np.where(siblings | (title >= ALIKE), share / 2, 0)), np.float32)
