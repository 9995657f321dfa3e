"""What a list is worth, given what the shopper bought next.

All functions take arrays with one row a user and are pure. A list is a row of item indices, best first; where
a list is shorter than the others, the rest of its row is ``NO_ITEM``. Hits are what ``find_hits`` returns.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsvc.ranking.dcg import discounts, ideal_dcg

NO_ITEM = -1
"""Stands where a list has no more items; never a hit, never shown."""

Lists = NDArray[np.int32]
Hits = NDArray[np.bool_]
PerUser = NDArray[np.float64]


def find_hits(lists: Lists, target_indptr: NDArray[np.int64], target_items: NDArray[np.int32]) -> Hits:
    """Return which items of each list the user bought: bool, shape (n_users, n).

    Args:
        lists: int32, shape (n_users, n): distinct item indices, best first.
        target_indptr: int64, shape (n_users + 1,): where each user's targets lie in ``target_items``.
        target_items: int32, shape (n_targets,): item indices, distinct for each user.
    """
    n_columns = 1 + int(max(lists.max(initial=0), target_items.max(initial=0)))
    target_rows = np.repeat(np.arange(len(lists)), np.diff(target_indptr))
    # One number for each pair of a user and an item turns the question into one about two sets.
    targets = target_rows * n_columns + target_items
    shown = np.arange(len(lists))[:, np.newaxis] * n_columns + lists
    hits: Hits = np.isin(shown, targets) & (lists != NO_ITEM)
    return hits


def recall_at_k(hits: Hits, n_targets: NDArray[np.int64], k: int) -> PerUser:
    """Return hits in the first k / min(k, targets): 1 where no list of k items could do better.

    Plain recall divides by all targets, so that a shopper with more than k of them could never reach 1. Liang
    et al.: Variational Autoencoders for Collaborative Filtering (WWW 2018), section 4.2.
    """
    return np.asarray(hits[:, :k].sum(axis=1) / np.minimum(k, n_targets), dtype=np.float64)


def ndcg_at_k(hits: Hits, n_targets: NDArray[np.int64], k: int) -> PerUser:
    """Return DCG / ideal DCG with gain 1 for a hit, where DCG = Σ hit(r) / log2(r + 1) over ranks r = 1..k.

    The ideal list begins with min(k, targets) hits. Järvelin, Kekäläinen: Cumulated gain-based evaluation of
    IR techniques (ACM TOIS 2002).
    """
    shown = hits[:, :k]
    gained = (shown * discounts(np.arange(shown.shape[1]))).sum(axis=1)
    return np.asarray(gained / ideal_dcg(n_targets, k), dtype=np.float64)


def hit_rate_at_k(hits: Hits, k: int) -> PerUser:
    """Return 1 for a user with at least one hit in the first k, else 0."""
    return np.asarray(hits[:, :k].any(axis=1), dtype=np.float64)


def coverage_at_k(lists: Lists, n_items: int, k: int) -> float:
    """Return the share of the catalogue that is in the first k of at least one list."""
    shown = np.unique(lists[:, :k])
    return float(np.count_nonzero(shown != NO_ITEM) / n_items)


def popularity_rank_at_k(lists: Lists, ranks: NDArray[np.int64], k: int) -> PerUser:
    """Return the mean sales rank of the first k items of each list; 1 is the best-selling item of all.

    The higher, the less obvious what is shown. NaN for a list without items.

    Args:
        lists: int32, shape (n_users, n).
        ranks: int64, shape (n_items,): sales rank of each item.
        k: how much of each list is looked at.
    """
    first = lists[:, :k]
    present = first != NO_ITEM
    summed = np.where(present, ranks[first], 0).sum(axis=1)
    n_present = present.sum(axis=1)
    means = np.full(len(lists), np.nan)
    shows = n_present > 0
    means[shows] = summed[shows] / n_present[shows]
    return means


def categories_at_k(lists: Lists, categories: sparse.csr_matrix, k: int) -> PerUser:
    """Return how many categories, of any level, the first k items of each list are in.

    Args:
        lists: int32, shape (n_users, n).
        categories: shape (n_items, n_categories): 1 where the item is in the category.
        k: how much of each list is looked at.
    """
    first = lists[:, :k]
    users, columns = np.nonzero(first != NO_ITEM)
    items = first[users, columns]
    shown = sparse.csr_matrix((np.ones(len(users)), (users, items)), (len(lists), categories.shape[0]))
    return np.asarray((shown @ categories).getnnz(axis=1), dtype=np.float64)


def churn_at_k(lists: Lists, others: Lists, k: int) -> PerUser:
    """Return 1 - overlap / k of two lists for each user: 0 the same items in any order, 1 no item in common.

    Where both lists are shorter than k, the length of the longer one takes the place of k.
    """
    first, second = lists[:, :k], others[:, :k]
    present = first != NO_ITEM
    common = ((first[:, :, np.newaxis] == second[:, np.newaxis, :]).any(axis=2) & present).sum(axis=1)
    longer = np.maximum(present.sum(axis=1), (second != NO_ITEM).sum(axis=1))
    changed: PerUser = 1 - common / np.maximum(longer, 1)
    return np.where(longer > 0, changed, 0.0)
