"""A model small enough that every right answer can be seen.

Two groups of shoppers: ada and ann buy what goes with tea, bob and ben buy tools. Nobody has bought jam;
it is popular and rising.
"""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from recsvc.model.arrays import ITEM_STATISTICS, ITEM_TABLES
from recsvc.model.head import TableHead
from recsvc.model.model import Model
from recsvc.model.registry import Release
from recsvc.model.sparse import SparseRows
from recsvc.model.vocabulary import ItemVocabulary, TextColumn, Vocabulary
from recsvc.ranking.content_map import weighted_rows

USERS = ("ada", "ann", "ben", "bob")
ITEMS = ("cake", "hammer", "jam", "milk", "nails", "saw", "tea")
CAKE, HAMMER, JAM, MILK, NAILS, SAW, TEA = range(7)
REGULARIZATION = 0.1


def rows(*lines: dict[int, float], n_columns: int) -> SparseRows:
    """Return sparse rows, each given as column -> value in the order to be kept."""
    return SparseRows(
        np.cumsum([0, *map(len, lines)]).astype(np.int64),
        np.asarray([column for line in lines for column in line], dtype=np.int32),
        np.asarray([value for line in lines for value in line.values()], dtype=np.float32),
        n_columns,
    )


def small_model() -> Model:
    """Return the model described above."""
    tea_side, tool_side, both = (1.0, 0.0), (0.0, 1.0), (0.2, 0.2)
    item_factors = np.asarray(
        [tea_side, tool_side, both, tea_side, tool_side, tool_side, tea_side], dtype=np.float32
    )
    neighbours = rows(
        {TEA: 0.6, MILK: 0.4}, {NAILS: 0.9, SAW: 0.2}, {}, {TEA: 0.8}, {HAMMER: 0.9}, {HAMMER: 0.2},
        {MILK: 0.8, CAKE: 0.6}, n_columns=7,
    )  # fmt: skip
    return Model(
        users=Vocabulary.of(USERS),
        items=ItemVocabulary.of(ITEMS),
        titles=TextColumn.of(["Cake", "Hammer", "Jam", "Milk", "Nails", "Saw", "Tea"]),
        user_factors=np.asarray([tea_side, tea_side, tool_side, tool_side], dtype=np.float32),
        item_factors=item_factors,
        item_gramian=item_factors.T @ item_factors + REGULARIZATION * np.eye(2, dtype=np.float32),
        user_neighbours=item_factors,
        forward_all=np.concatenate([item_factors, np.zeros((7, 1), np.float32)], axis=1),
        forward_new=np.concatenate([item_factors, np.zeros((7, 1), np.float32)], axis=1),
        user_orders=np.asarray([3, 1, 1, 2], dtype=np.int32),
        history=rows({TEA: 9, MILK: 3}, {CAKE: 2, TEA: 5}, {HAMMER: 3}, {NAILS: 4, SAW: 2}, n_columns=7),
        history_columns={
            "recent": np.asarray([2, 1, 1, 1, 1, 1, 1], dtype=np.float32),
            "orders": np.asarray([3, 1, 1, 2, 1, 2, 1], dtype=np.int32),
            "age_days": np.asarray([1, 20, 3, 4, 5, 6, 7], dtype=np.float32),
            "first_age_days": np.asarray([30, 20, 3, 40, 5, 6, 7], dtype=np.float32),
            "orders_ago": np.asarray([0, 1, 0, 0, 0, 0, 1], dtype=np.int32),
            "first_orders_ago": np.asarray([2, 1, 0, 0, 0, 0, 1], dtype=np.int32),
            "quantity": np.asarray([6, 1, 2, 2, 12, 2, 1], dtype=np.float32),
            "last_quantity": np.asarray([1, 1, 2, 1, 12, 1, 1], dtype=np.float32),
        },
        item_neighbours=neighbours,
        basket_neighbours=neighbours,
        alternatives=rows({}, {SAW: 0.9}, {}, {TEA: 0.9}, {}, {HAMMER: 0.9}, {MILK: 0.9}, n_columns=7),
        variant_groups=np.full(7, -1, dtype=np.int32),
        product_digests=np.zeros(7, dtype=np.int64),
        variant_words=Vocabulary.of(["blue", "red"]),
        **content(item_factors, *[()] * 7),
        popularity_windows_days=np.asarray([0, 28], dtype=np.int32),
        popularity=np.asarray([[4, 3, 9, 5, 3, 2, 8], [2, 2, 9, 3, 1, 1, 4]], dtype=np.float32),
        trending=np.asarray([0, 0, 5, 0, 2, 0, 1], dtype=np.float32),
        item_statistics=np.ones((7, len(ITEM_STATISTICS)), dtype=np.float32),
        categories=TextColumn.of([]),
        category_levels=np.empty(0, dtype=np.int32),
        item_categories=rows(*[{}] * 7, n_columns=0),
        category_items=rows(n_columns=7),
        ranker_all="{}",
        ranker_new="{}",
    )


def with_categories(model: Model) -> Model:
    """Return the small model with cake, milk and tea as food, the last two drinks, and the tools as tools."""
    food, drinks, tools = range(3)
    of_food, of_drinks, of_tools = ("c:Food",), ("c:Food", "c:Food > Drinks"), ("c:Tools",)
    features = of_food, of_tools, (), of_drinks, of_tools, of_tools, of_drinks
    return replace(
        model,
        **content(model.item_factors, *features),
        categories=TextColumn.of(["Food", "Food > Drinks", "Tools"]),
        category_levels=np.asarray([1, 2, 1], dtype=np.int32),
        item_categories=rows(
            {food: 0.25}, {tools: 0.5}, {}, {food: 0.25, drinks: 0.4}, {tools: 0.25}, {tools: 0.25},
            {food: 0.5, drinks: 0.6}, n_columns=3,
        ),
        category_items=rows(
            {TEA: 0.5, CAKE: 0.25, MILK: 0.25}, {TEA: 0.6, MILK: 0.4}, {HAMMER: 0.5, NAILS: 0.25, SAW: 0.25},
            n_columns=7,
        ),
    )  # fmt: skip


def content(item_factors: np.ndarray, *features: tuple[str, ...]) -> dict[str, Any]:
    """Return the arrays of what items are, by the features of each: all count alike, as their items taste."""
    known = Vocabulary.of({feature for of_item in features for feature in of_item})
    rarity = np.ones(len(known), np.float32)
    of_items = weighted_rows([known.indices_of(of_item) for of_item in features], rarity)
    item, columns, values = of_items.entries(np.arange(len(features), dtype=np.int32))
    factors = np.zeros((len(known), item_factors.shape[1]), np.float32)
    np.add.at(factors, columns, item_factors[item] / np.bincount(columns)[columns, np.newaxis])
    return {
        "content_features": known,
        "content_rarity": rarity,
        "content_factors": factors,
        "content_sold": (np.bincount(columns, values, len(known)) / len(features)).astype(np.float32),
        "item_content": of_items,
        "cold_start_weights": np.asarray([1, 0.5], np.float32),
    }


def with_heads(model: Model, n: int) -> Model:
    """Return ``model`` with the first ``n`` items of each table as its head."""
    items = np.arange(n, dtype=np.int32)
    return replace(
        model,
        heads={table.name: TableHead(items, getattr(model, table.name)[items]) for table in ITEM_TABLES},
    )


def release(version: str) -> Release:
    """Return what a training job would say of ``small_model``."""
    return Release(
        model_version=version,
        created="2026-01-02T03:04:05+00:00",
        data_through="2026-01-01T00:00:00+00:00",
        counts={"users": 4, "items": 7},
        hyperparameters={"factors": 2},
        metrics={},
    )


@cache
def random_model(seed: int, n_items: int = 300, n_users: int = 8) -> Model:
    """Return a model in which nothing means anything, with equal sales and similarities here and there."""
    rng, n_factors = np.random.default_rng(seed), 6

    def table(n_rows: int, n_columns: int) -> np.ndarray:
        return rng.standard_normal((n_rows, n_columns)).astype(np.float32)

    def sparse(n_rows: int, longest: int) -> SparseRows:
        chosen = [rng.choice(n_items, rng.integers(1, longest), replace=False) for _ in range(n_rows)]
        return rows(*({int(i): rng.integers(1, 5) / 8 for i in one} for one in chosen), n_columns=n_items)

    history, items = sparse(n_users, 60), table(n_items, n_factors)
    in_category = rng.integers(0, 3, n_items)
    nnz = len(history.indices)
    orders = rng.integers(1, 4, nnz).astype(np.int32)
    ago, days = rng.integers(0, 9, nnz).astype(np.int32), rng.integers(0, 99, nnz).astype(np.float32)
    return Model(
        users=Vocabulary.of(f"u{i:05}" for i in range(n_users)),
        items=ItemVocabulary.of(f"i{i:05}" for i in range(n_items)),
        titles=TextColumn.of(f"Item {i}" for i in range(n_items)),
        user_factors=table(n_users, n_factors),
        item_factors=items,
        item_gramian=items.T @ items + np.eye(n_factors, dtype=np.float32),
        user_neighbours=table(n_items, n_factors),
        forward_all=table(n_items, n_factors + 1),
        forward_new=table(n_items, n_factors + 1),
        user_orders=rng.integers(1, 9, n_users).astype(np.int32),
        history=history,
        history_columns={
            "recent": rng.random(nnz, np.float32),
            "orders": orders,
            "age_days": days,
            "first_age_days": days + 9 * (orders - 1).astype(np.float32),
            "orders_ago": ago,
            "first_orders_ago": ago + orders - 1,
            "quantity": 2 * orders.astype(np.float32),
            "last_quantity": 1 + (orders % 2).astype(np.float32),
        },
        item_neighbours=sparse(n_items, 30),
        basket_neighbours=sparse(n_items, 20),
        alternatives=sparse(n_items, 20),
        variant_groups=np.full(n_items, -1, dtype=np.int32),
        product_digests=np.zeros(n_items, dtype=np.int64),
        variant_words=Vocabulary.of([]),
        **content(items, *((f"c:{'ABC'[one]}",) for one in in_category)),
        popularity_windows_days=np.asarray([0, 28, 7], dtype=np.int32),
        popularity=np.maximum(rng.integers(-2, 6, (3, n_items)), 0).astype(np.float32),
        trending=np.maximum(rng.integers(-3, 5, n_items), 0).astype(np.float32),
        categories=TextColumn.of(["A", "B", "C"]),
        category_levels=np.ones(3, dtype=np.int32),
        item_categories=rows(*({int(one): 0.5} for one in in_category), n_columns=3),
        category_items=rows(
            *({int(item): 0.5 for item in np.flatnonzero(in_category == one)} for one in range(3)),
            n_columns=n_items,
        ),
        item_statistics=rng.random((n_items, len(ITEM_STATISTICS)), np.float32),
        ranker_all="{}",
        ranker_new="{}",
    )
