"""The heads of the item tables of a large catalogue, as long as it takes to find what users like best."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from recsvc.model.head import TableHead
from recsvc.ranking.scores import best_positions
from training.fit.als import unit_rows
from training.settings import TrainingSettings

RECALL = 0.99
"""This share of the best items of a user is in the head, on average."""

RECALL_K = 200
N_USERS = 100
"""How long a head has to be is found on so many users."""

ROUNDED_TO = 4096
LONGEST_SHARE = 0.5
"""A head longer than this share of the table saves too little to be worth its memory."""

_AT_A_TIME = 10


def fit_heads(
    tables: Mapping[str, NDArray[np.float32]], user_factors: NDArray[np.float32], settings: TrainingSettings
) -> dict[str, TableHead]:
    """Return the heads of those ``tables`` that can do with one.

    The longest rows are taken, and as many as hold ``RECALL`` of the ``RECALL_K`` best of users drawn with the
    seed. No table has one where there are at most ``settings.index_above_items`` items.
    """
    n_items = len(next(iter(tables.values())))
    if n_items <= settings.index_above_items:
        return {}
    drawn = np.random.default_rng(settings.seed).permutation(len(user_factors))[:N_USERS]
    tastes = unit_rows(user_factors[np.sort(drawn)])
    heads = {name: _head(table, tastes) for name, table in tables.items()}
    return {name: head for name, head in heads.items() if len(head.items) <= LONGEST_SHARE * n_items}


def _head(table: NDArray[np.float32], tastes: NDArray[np.float32]) -> TableHead:
    longest_first = np.argsort(-np.linalg.norm(table, axis=1), kind="stable")
    items = np.sort(longest_first[: _length(table, tastes, longest_first)]).astype(np.int32)
    return TableHead(items, table[items])


def _length(table: NDArray[np.float32], tastes: NDArray[np.float32], longest_first: NDArray[np.intp]) -> int:
    """Return after how many of the longest rows ``RECALL`` of the best of all users have been seen."""
    place = np.empty(len(table), dtype=np.int64)
    place[longest_first] = np.arange(len(table))
    places, shares = [np.zeros(1, np.int64)], [np.zeros(1)]
    for start in range(0, len(tastes), _AT_A_TIME):
        for scores in _products(table, tastes[start : start + _AT_A_TIME]):
            best = best_positions(scores, RECALL_K)
            places.append(place[best])
            shares.append(np.full(len(best), 1 / max(len(best), 1)))
    where, share = np.concatenate(places), np.concatenate(shares)
    order = np.argsort(where, kind="stable")
    seen = np.cumsum(share[order])
    needed = int(where[order][np.searchsorted(seen, RECALL * seen[-1])]) + 1
    return -(-needed // ROUNDED_TO) * ROUNDED_TO


def _products(table: NDArray[np.float32], tastes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the score of each item for each taste; a table that is wider has an intercept in its last column."""
    n_factors = tastes.shape[1]
    products: NDArray[np.float32] = tastes @ table[:, :n_factors].T
    return products + table[:, n_factors] if table.shape[1] > n_factors else products
