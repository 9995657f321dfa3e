"""What a list is worth, given what the shopper bought next.

All functions take arrays with one row a user and are pure. A list is a row of item indices, best first; where
a list is shorter than the others, the rest of its row is ``NO_ITEM``. Hits are what ``find_hits`` returns.

A metric that is added is a ``Metric`` or a ``Figure`` in a file of its own, and a line in ``METRICS`` or ``FIGURES``.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsvc.ranking.dcg import discounts, ideal_dcg

NO_ITEM = -1
"""Fills a list that has no more items; it is never a hit and never counted as shown."""

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


@dataclass(frozen=True, eq=False)
class Shown:
    """The lists that one ranker showed, beside what their users went on to buy.

    Attributes:
        lists: int32, shape (n_users, n).
        hits: bool, shape (n_users, n).
        n_targets: int64, shape (n_users,): how many items each user went on to buy.
        ranks: int64, shape (n_items,): sales rank of each item; 1 sells best.
        categories: shape (n_items, n_categories): 1 where the item is in the category; None without a catalogue.
    """

    lists: Lists
    hits: Hits
    n_targets: NDArray[np.int64]
    ranks: NDArray[np.int64]
    categories: sparse.csr_matrix | None


@dataclass(frozen=True)
class Metric:
    """How good lists are; rankers are compared by it, user by user.

    Attributes:
        name: key in JSON and in manifests.
        label: what people call it.
        heading: heading of a narrow column.
        words: what the metric says, for people.
        of_users: returns one value for each user.
        higher_is_better: whether the ranker with the higher mean is the better one.
    """

    name: str
    label: str
    heading: str
    words: str
    of_users: Callable[[Shown], PerUser]
    higher_is_better: bool = True

    def goodness(self, mean: float) -> float:
        """Return ``mean`` so that more is better."""
        return mean if self.higher_is_better else -mean


@dataclass(frozen=True)
class Figure:
    """What lists are like; a high figure is neither good nor bad.

    Attributes:
        name, label, heading, words: as those of a ``Metric``.
        of: returns one value for each user (NaN for none), whose mean is reported, or one value for all users; None
            where the figure cannot be known.
        as_text: writes a value or mean for people.
    """

    name: str
    label: str
    heading: str
    words: str
    of: Callable[[Shown], PerUser | float | None]
    as_text: Callable[[float], str]


RECALL_AT_20 = Metric(
    "recall_at_20",
    "Recall@20",
    "R@20",
    "hits among 20 shown items, of the most there could be: of 5 things bought, 2 were shown: .40",
    lambda shown: recall_at_k(shown.hits, shown.n_targets, 20),
)
NDCG_AT_10 = Metric(
    "ndcg_at_10",
    "NDCG@10",
    "N@10",
    "the same for the first 10, where early places count more; 1 is a perfect order",
    lambda shown: ndcg_at_k(shown.hits, shown.n_targets, 10),
)
HIT_RATE_AT_10 = Metric(
    "hit_rate_at_10",
    "HR@10",
    "HR@10",
    "share of shoppers with a hit among the first 10",
    lambda shown: hit_rate_at_k(shown.hits, 10),
)
METRICS: tuple[Metric, ...] = (RECALL_AT_20, NDCG_AT_10, HIT_RATE_AT_10)
"""All metrics, in the order of their columns."""

DECIDING = (RECALL_AT_20, NDCG_AT_10)
"""The metrics that the gate, the tuning and the charts look at; the first of them chooses the best baseline."""

COVERAGE_AT_10 = Figure(
    "coverage_at_10",
    "shown",
    "shown",
    "share of the catalogue in the first 10 of at least one shopper",
    lambda shown: coverage_at_k(shown.lists, len(shown.ranks), 10),
    "{:.1%}".format,
)
POPULARITY_RANK_AT_10 = Figure(
    "popularity_rank_at_10",
    "rank",
    "rank",
    "mean sales rank of the first 10; 1 sells best",
    lambda shown: popularity_rank_at_k(shown.lists, shown.ranks, 10),
    "{:,.0f}".format,
)
CATEGORIES_AT_10 = Figure(
    "categories_at_10",
    "categories",
    "cats",
    "in how many categories, of any level, the first 10 are",
    lambda shown: None if shown.categories is None else categories_at_k(shown.lists, shown.categories, 10),
    "{:.1f}".format,
)
FIGURES: tuple[Figure, ...] = (COVERAGE_AT_10, POPULARITY_RANK_AT_10, CATEGORIES_AT_10)
"""All figures, in the order of their columns."""
