"""Baselines: simple answers that the shipped pipeline has to beat."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from recsvc.model.model import Model
from training.evaluation.asking import BLOCKS_AT_ONCE
from training.evaluation.metrics import NO_ITEM, Lists
from training.evaluation.scores import LIST_LENGTH
from training.evaluation.task import Question, Task
from training.fit.baselines import fit_default_als, fit_default_bm25
from training.history.interactions import Interactions
from training.history.user_items import UserItems

RECENT_DAYS = 28
HALF_LIFE_DAYS = 120.0
_BLOCK_SCORES = 1_000_000

ScoreUsers = Callable[[NDArray[np.int64]], NDArray[np.float32]]
"""User indices, shape (n_block,) -> scores, float32, shape (n_block, n_items)."""


class Baseline(StrEnum):
    """The simple answers, from the least effort to the most."""

    POPULAR = "popular"
    POPULAR_RECENT = "popular_recent"
    OWN_FREQUENCY = "own_frequency"
    ITEM_ITEM = "item_item"
    ALS = "als"
    ALS_DECAYED = "als_decayed"

    @property
    def label(self) -> str:
        """How people call it."""
        return _LABELS[self]


BASELINES = tuple(Baseline)

_LABELS = {
    Baseline.POPULAR: "popular, all time",
    Baseline.POPULAR_RECENT: "popular, last 28 days",
    Baseline.OWN_FREQUENCY: "own frequency",
    Baseline.ITEM_ITEM: "item-item (BM25)",
    Baseline.ALS: "ALS",
    Baseline.ALS_DECAYED: "ALS, decayed",
}

PARTS = tuple(baseline for baseline in Baseline if baseline is not Baseline.ALS)
"""The baselines that need no fit where parts of the measured model stand for ALS and item-item."""

WITHOUT_DATES = {Baseline.POPULAR_RECENT: Baseline.POPULAR, Baseline.ALS_DECAYED: Baseline.ALS}
"""What these are equal to when the orders carry no dates."""


@dataclass(frozen=True, eq=False)
class BaselineHistory:
    """What the baselines learn from.

    Attributes:
        counts: float32, shape (n_users, n_items): in how many orders the user bought the item.
        decayed: the same, an order counting half for each 120 days of its age.
        popular, popular_recent: float32, shape (n_items,): 1 for the item with the most buyers, falling by
            rank to just above 0; no two items alike. Of all time, and of the last 28 days.
        is_dated: without dates recency means nothing and ``decayed`` equals ``counts``.
    """

    counts: sparse.csr_matrix
    decayed: sparse.csr_matrix
    popular: NDArray[np.float32]
    popular_recent: NDArray[np.float32]
    is_dated: bool

    @classmethod
    def of(cls, interactions: Interactions) -> "BaselineHistory":
        """Count orders and, for sales, buyers; each order of a guest is a buyer of its own."""
        user_items = UserItems.of(
            interactions, half_life_days=HALF_LIFE_DAYS, recent_half_life_days=HALF_LIFE_DAYS
        )
        counts = user_items.matrix(user_items.orders.astype(np.float32))
        decayed = user_items.matrix(user_items.decayed)
        purchases = _with_buyers(interactions)
        n_items = len(interactions.items)
        ever = _buyers(purchases, n_items)
        recent = _buyers(purchases.filter(pl.col("age_days") < RECENT_DAYS), n_items)
        dated = interactions.data_through is not None
        return cls(counts, decayed, _share_by_rank(ever), _share_by_rank(recent, ever), dated)


def fit_baseline(baseline: Baseline, history: BaselineHistory, seed: int, threads: int) -> ScoreUsers:
    """Learn ``baseline``; returns what scores all items for a block of users."""
    counts = history.counts
    if baseline is Baseline.ALS:
        return als_scores(*fit_default_als(counts, seed, threads))
    if baseline is Baseline.ALS_DECAYED:
        return als_scores(*fit_default_als(history.decayed, seed, threads))
    if baseline is Baseline.ITEM_ITEM:
        return _item_item(fit_default_bm25(counts, threads), history)
    if baseline is Baseline.OWN_FREQUENCY:
        return lambda users: counts[users].toarray() + history.popular
    popular = history.popular if baseline is Baseline.POPULAR else history.popular_recent
    return lambda users: np.tile(popular, (len(users), 1))


FitBaseline = Callable[[BaselineHistory], ScoreUsers]


def own_parts(model: Model) -> dict[Baseline, FitBaseline]:
    """Return the baselines that are parts of ``model``, which learned from the same interactions."""
    similar = sparse.csr_matrix(
        (model.item_neighbours.values, model.item_neighbours.indices, model.item_neighbours.indptr),
        shape=(model.n_items,) * 2,
    )
    return {
        Baseline.ALS_DECAYED: lambda _history: als_scores(model.user_factors, model.item_factors),
        Baseline.ITEM_ITEM: lambda history: _item_item(similar.astype(np.float64), history),
    }


def als_scores(user_factors: NDArray[np.float32], item_factors: NDArray[np.float32]) -> ScoreUsers:
    """Return what scores items by the product of factors, float32, shape (n_users or n_items, n_factors)."""
    return lambda users: user_factors[users] @ item_factors.T


def rank_by_scores(
    score_users: ScoreUsers, history: BaselineHistory, interactions: Interactions, task: Task
) -> Lists:
    """Return the best-scored items of each user, int32, shape (n_users, 20); ``new`` leaves bought items out."""
    users = np.asarray(interactions.users.indices_of(task.user_ids), dtype=np.int64)
    block = max(1, _BLOCK_SCORES // len(interactions.items))

    def best_of_block(start: int) -> Lists:
        of_block = users[start : start + block]
        scores = score_users(of_block)
        if task.question is Question.NEW:
            scores[history.counts[of_block].nonzero()] = -np.inf
        return top_n(scores, LIST_LENGTH)

    no_lists = np.empty((0, min(LIST_LENGTH, len(interactions.items))), dtype=np.int32)
    with ThreadPoolExecutor(BLOCKS_AT_ONCE) as pool:
        return np.concatenate([no_lists, *pool.map(best_of_block, range(0, len(users), block))])


def top_n(scores: NDArray[np.float32], n: int) -> Lists:
    """Return the columns of the ``n`` highest scores in each row, best first; -inf is never among them.

    Args:
        scores: float32, shape (n_rows, n_items).
        n: fewer where there are fewer items; places that -inf would take are ``NO_ITEM``.
    """
    kept = min(n, scores.shape[1])
    lists = np.empty((len(scores), kept), dtype=np.int32)
    for i, row in enumerate(scores):
        # Values are parted faster than places.
        lowest = np.partition(row, len(row) - kept)[len(row) - kept]
        found = np.flatnonzero(row >= lowest)
        best = found[np.lexsort((found, -row[found]))[:kept]]
        lists[i] = np.where(np.isneginf(row[best]), NO_ITEM, best)
    return lists


def _item_item(similarity: sparse.csr_matrix, history: BaselineHistory) -> ScoreUsers:
    bought = history.counts.sign()
    return lambda users: _filled((bought[users] @ similarity).toarray(), history.popular)


def _filled(scores: NDArray[np.float64], popular: NDArray[np.float32]) -> NDArray[np.float32]:
    """Put what has no score behind what has one, in the order of sales."""
    return np.where(scores > 0, scores, popular - 2).astype(np.float32)


def _with_buyers(interactions: Interactions) -> pl.DataFrame:
    """Return the purchases with their age and their buyer: the user, else the order, else the row."""
    row = pl.concat_str(pl.lit("row"), pl.int_range(pl.len()))
    order = pl.concat_str(pl.lit("order"), "basket")
    buyer = pl.coalesce(pl.col("user_index").cast(pl.String), order, row).alias("buyer")
    ages = pl.Series("age_days", interactions.ages_days(interactions.purchases["ordered_at"]))
    return interactions.purchases.with_columns(buyer, ages)


def _buyers(purchases: pl.DataFrame, n_items: int) -> NDArray[np.int64]:
    """Return how many buyers each item has, int64, shape (n_items,)."""
    pairs = purchases.select("item_index", "buyer").unique()
    return np.bincount(pairs["item_index"].to_numpy(), minlength=n_items)


def _share_by_rank(*sales: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return 1 - rank / n_items, ranks 0, 1 … by the first of ``sales``; between equals the next decides."""
    n_items = len(sales[0])
    order = np.lexsort((np.arange(n_items), *(-each for each in reversed(sales))))
    share = np.empty(n_items, dtype=np.float32)
    share[order] = 1 - np.arange(n_items) / n_items
    return share
