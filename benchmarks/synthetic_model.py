"""A made-up model of any size: tastes in clusters, sales by Zipf's law, and a ranker of trees learned on the spot."""

from dataclasses import replace

import lightgbm
import numpy as np
from numpy.typing import NDArray

from recsvc.model.arrays import ITEM_STATISTICS
from recsvc.model.model import Model
from recsvc.model.sparse import SparseRows
from recsvc.model.vocabulary import ItemVocabulary, TextColumn, Vocabulary
from recsvc.ranking.candidates import Proposer
from recsvc.ranking.features import FEATURES, features
from recsvc.ranking.history import history_of
from recsvc.ranking.user_state import UserState
from training.fit.cold_start import no_cold_start_arrays

N_USERS = 2_000
N_FACTORS = 64
MAX_HISTORY = 200
MAX_NEIGHBOURS = 100
WINDOWS_DAYS = (0, 90, 56, 28, 7)
LEARNED_USERS = 100
N_CATEGORIES = 200

QUANTILES = (0, 25, 50, 75, 90, 99, 99.9, 99.99, 100)
LENGTHS = {
    "item_factors": (0, 0.0039, 0.018, 0.056, 0.12, 0.27, 0.51, 0.88, 2.1),
    "forward_all": (0, 0, 0, 0.0015, 0.0022, 0.0047, 0.0086, 0.016, 0.048),
    "forward_new": (0, 0, 0, 0.0005, 0.0009, 0.0016, 0.0025, 0.0036, 0.009),
    "user_neighbours": (0, 0, 0.0023, 0.16, 0.65, 1.5, 2.9, 5.3, 22),
}
"""Quantiles of the lengths of the rows of each table, from a fit on a sample shop of 688,290 sold items."""

TREES = {"objective": "binary", "num_leaves": 31, "min_data_in_leaf": 50, "num_threads": 1, "verbose": -1}
N_TREES = 200


def synthetic_model(n_items: int, seed: int = 1) -> Model:
    """Return a model of ``n_items`` items and ``N_USERS`` users with histories of 1..200 items."""
    made = _Shop(n_items, np.random.default_rng(seed))
    return with_trees(made.model())


class _Shop:
    """Where the arrays of one made-up model come from."""

    def __init__(self, n_items: int, rng: np.random.Generator) -> None:
        self.n_items, self.rng = n_items, rng
        self.n_clusters = max(20, int(np.sqrt(n_items)))
        self.cluster = rng.integers(self.n_clusters, size=n_items)
        self.category = (self.cluster % N_CATEGORIES).astype(np.int32)
        # Clusters lie near one another in groups, as aisles do in departments.
        departments = _unit(rng.standard_normal((self.n_clusters // 10, N_FACTORS), np.float32))
        of_cluster = departments[rng.integers(len(departments), size=self.n_clusters)]
        self.centres = _unit(
            of_cluster + 0.12 * rng.standard_normal((self.n_clusters, N_FACTORS), np.float32)
        )
        self.rank = rng.permutation(n_items)
        self.sales = 1e6 / (self.rank + 10.0) ** 1.05
        self.by_cluster = np.argsort(self.cluster, kind="stable").astype(np.int32)
        self.cluster_start = np.searchsorted(self.cluster[self.by_cluster], np.arange(self.n_clusters + 1))

    def model(self) -> Model:
        items = self.item_table("item_factors", 0.11)
        history, tastes = self.histories()
        nnz = len(history.indices)
        days = self.rng.integers(1, 300, size=nnz).astype(np.float32)
        orders = self.rng.geometric(0.6, size=nnz).astype(np.int32)
        ago = self.rng.integers(0, 20, size=nnz).astype(np.int32)
        neighbours = self.neighbours()
        return Model(
            users=Vocabulary.of(f"u{i:07}" for i in range(N_USERS)),
            items=ItemVocabulary.of(f"i{i:07}" for i in range(self.n_items)),
            titles=TextColumn.of(f"Item {i}" for i in range(self.n_items)),
            user_factors=tastes,
            item_factors=items,
            item_gramian=items.T @ items + 5 * np.eye(N_FACTORS, dtype=np.float32),
            user_neighbours=self.item_table("user_neighbours", 0.13),
            forward_all=self.with_intercept(self.item_table("forward_all", 0.12)),
            forward_new=self.with_intercept(self.item_table("forward_new", 0.13)),
            user_orders=self.rng.integers(1, 40, size=N_USERS).astype(np.int32),
            history=history,
            history_columns={
                "recent": (orders * 0.5 ** (days / 30)).astype(np.float32),
                "orders": orders,
                "age_days": days,
                "first_age_days": days + 20 * (orders - 1).astype(np.float32),
                "orders_ago": ago,
                "first_orders_ago": ago + orders - 1,
                "quantity": 2 * orders.astype(np.float32),
                "last_quantity": np.full(len(orders), 2, dtype=np.float32),
            },
            item_neighbours=neighbours,
            basket_neighbours=neighbours,
            alternatives=neighbours,
            variant_groups=np.where(
                np.arange(self.n_items) % 3 == 0, np.arange(self.n_items) // 9, -1
            ).astype(np.int32),
            product_digests=np.zeros(self.n_items, dtype=np.int64),
            variant_words=Vocabulary.of([]),
            **no_cold_start_arrays(self.n_items, N_FACTORS),
            popularity_windows_days=np.asarray(WINDOWS_DAYS, dtype=np.int32),
            popularity=self.popularity(),
            trending=np.maximum(self.rng.standard_normal(self.n_items), 0).astype(np.float32),
            item_statistics=self.rng.random((self.n_items, len(ITEM_STATISTICS)), np.float32),
            categories=TextColumn.of(f"Category {i}" for i in range(N_CATEGORIES)),
            category_levels=np.ones(N_CATEGORIES, dtype=np.int32),
            item_categories=SparseRows(
                np.arange(self.n_items + 1), self.category, self.share_in_category(), N_CATEGORIES
            ),
            category_items=self.best_of_categories(),
            ranker_all="{}",
            ranker_new="{}",
        )

    def share_in_category(self) -> NDArray[np.float32]:
        """Return the share of each item in the sales of its category; float32, shape (n_items,)."""
        of_category = np.bincount(self.category, self.sales, N_CATEGORIES)
        return (self.sales / of_category[self.category]).astype(np.float32)

    def best_of_categories(self) -> SparseRows:
        """Return the items of each category, what sells best first."""
        order = np.lexsort((-self.sales, self.category)).astype(np.int32)
        indptr = np.concatenate([[0], np.cumsum(np.bincount(self.category, minlength=N_CATEGORIES))])
        return SparseRows(indptr, order, self.share_in_category()[order], self.n_items)

    def item_table(self, name: str, noise: float) -> NDArray[np.float32]:
        """Return cluster centres with noise, longer for what sells; float32, shape (n_items, N_FACTORS)."""
        drawn = noise * self.rng.standard_normal((self.n_items, N_FACTORS), np.float32)
        jittered = self.rank * self.rng.uniform(0.5, 1.5, self.n_items)
        above = 100 - 100 * jittered.argsort().argsort() / self.n_items
        length = np.interp(above, QUANTILES, LENGTHS[name]).astype(np.float32)
        return _unit(self.centres[self.cluster] + drawn) * length[:, np.newaxis]

    def with_intercept(self, table: NDArray[np.float32]) -> NDArray[np.float32]:
        share = 0.3 * np.linalg.norm(table, axis=1, keepdims=True)
        return np.concatenate([table, share], axis=1, dtype=np.float32)

    def histories(self) -> tuple[SparseRows, NDArray[np.float32]]:
        """Return what each user bought, mostly from three clusters, and the taste that goes with it."""
        lengths = np.minimum(self.rng.zipf(1.4, N_USERS), MAX_HISTORY)
        rows, tastes = [], np.empty((N_USERS, N_FACTORS), np.float32)
        for user, length in enumerate(lengths):
            liked = self.rng.choice(self.n_clusters, 3, replace=False)
            pool = np.concatenate([self.members(one) for one in liked])
            weights = self.sales[pool] ** 0.7
            own = self.rng.choice(pool, min(length, len(pool)), replace=False, p=weights / weights.sum())
            rows.append(np.sort(own))
            tastes[user] = self.centres[liked].T @ (0.6, 0.3, 0.1)
        indptr = np.cumsum([0, *map(len, rows)]).astype(np.int64)
        confidence = self.rng.gamma(1.5, 2.0, int(indptr[-1])).astype(np.float32)
        return SparseRows(indptr, np.concatenate(rows), confidence, self.n_items), tastes

    def members(self, cluster: int) -> NDArray[np.int32]:
        return self.by_cluster[self.cluster_start[cluster] : self.cluster_start[cluster + 1]]

    def neighbours(self) -> SparseRows:
        """Return neighbours from the item's own cluster; the more it sells the more of them, on average some 20."""
        n_own = np.diff(self.cluster_start)[self.cluster]
        wanted = 20 * (self.sales / np.median(self.sales)) ** 0.4
        n = np.minimum(np.minimum(wanted, MAX_NEIGHBOURS), n_own - 1).clip(0).astype(np.int64)
        indptr = np.concatenate([[0], np.cumsum(n)])
        within = np.arange(indptr[-1]) - np.repeat(indptr[:-1], n)
        # A stride through the cluster: distinct neighbours without a drawing for each item.
        start = np.repeat(self.rng.integers(0, n_own), n)
        position = (start + within) % np.repeat(n_own, n) + np.repeat(self.cluster_start[self.cluster], n)
        similarity = (0.6 / (1 + within) ** 0.5).astype(np.float32)
        return SparseRows(indptr, self.by_cluster[position], similarity, self.n_items)

    def popularity(self) -> NDArray[np.float32]:
        sales = self.sales * self.rng.uniform(0.7, 1.3, self.n_items)
        return np.stack([np.floor(sales * (days or 365) / 365) for days in WINDOWS_DAYS]).astype(np.float32)


def with_trees(model: Model) -> Model:
    """Return ``model`` with rankers as large as real ones, learned from labels that follow the features."""
    rng, proposer = np.random.default_rng(0), Proposer(model)
    tables = []
    for user in range(LEARNED_USERS):
        state = UserState(user, history_of(model, user))
        tables.append(features(model, state, proposer.propose(state, repeats=True)))
    learned = np.concatenate(tables)
    odds = sum(_standard(learned[:, FEATURES.index(name)]) for name in ("als", "forward_all", "own_recent"))
    bought = rng.random(len(learned)) < 1 / (1 + np.exp(3 - odds))
    data = lightgbm.Dataset(learned, bought.astype(np.int8))
    text = lightgbm.train(TREES, data, N_TREES).model_to_string()
    return replace(model, ranker_all=text, ranker_new=text)


def _standard(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray((values - values.mean()) / max(float(values.std()), 1e-9), dtype=np.float32)


def _unit(table: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(table / np.linalg.norm(table, axis=1, keepdims=True), dtype=np.float32)
