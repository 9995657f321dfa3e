"""Sources of candidates: each scores the catalogue, and proposes what it scores highest."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import ALL_TIME, Model
from recsvc.ranking.categories import category_shares
from recsvc.ranking.query import History

PER_SOURCE = {
    "als": 80,
    "forward_all": 80,
    "forward_new": 80,
    "audience": 60,
    "similar": 60,
    "similar_recent": 60,
    "together": 50,
    "week_sales": 40,
    "month_sales": 50,
    "all_sales": 30,
    "category": 40,
}
"""How many items each source proposes."""

MAX_OWN_ITEMS = 300
"""At most so many of the shopper's own items are candidates, the most and most recently bought."""

SOURCES = tuple(PER_SOURCE)


@dataclass(frozen=True, eq=False)
class Shopper:
    """Whom a list is for.

    Attributes:
        user_index: None for someone the model does not know.
        history: what the shopper bought.
        hidden: int32, shape (n,): items that must not be shown.
    """

    user_index: int | None
    history: History
    hidden: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Candidates:
    """Items that some source proposes, with the scores of all sources.

    Attributes:
        items: int32, shape (n,): distinct item indices, ascending.
        scores: float32, shape (n, len(SOURCES)).
    """

    items: NDArray[np.int32]
    scores: NDArray[np.float32]


def propose(model: Model, shopper: Shopper, *, repeats: bool) -> Candidates:
    """Return the best of each source; with ``repeats`` the shopper's own items too, else none of them."""
    history = shopper.history
    hidden = shopper.hidden if repeats else np.union1d(shopper.hidden, history.items)
    scores = np.stack([score_catalogue(model, shopper, source) for source in SOURCES], axis=1)
    proposed = np.zeros(model.n_items, dtype=bool)
    for column, n in enumerate(PER_SOURCE.values()):
        proposed[_best(scores[:, column], hidden, n)] = True
    if repeats:
        own = np.argsort(-(history.recent + 0.01 * history.orders), kind="stable")[:MAX_OWN_ITEMS]
        proposed[history.items[own]] = True
    proposed[hidden] = False
    items = np.flatnonzero(proposed).astype(np.int32)
    return Candidates(items, scores[items])


def score_catalogue(model: Model, shopper: Shopper, source: str) -> NDArray[np.float32]:
    """Return what ``source`` thinks of each item; float32, shape (n_items,), larger is better."""
    return _SCORES[source](model, shopper)


def sales(model: Model, days: int) -> NDArray[np.float32]:
    """Return orders with each item in the last ``days``; float32, shape (n_items,).

    Ever, where the history is undated or too short for such a window.
    """
    windows = model.popularity_windows_days.tolist()
    return np.asarray(model.popularity[windows.index(days) if days in windows else 0])


def _best(scores: NDArray[np.float32], hidden: NDArray[np.int32], n: int) -> NDArray[np.intp]:
    """Return the indices of at least ``n`` of the highest positive scores, hidden ones among them; in no order."""
    n = min(n + len(hidden), len(scores))
    best: NDArray[np.intp] = np.argpartition(-scores, n - 1)[:n]
    return best[scores[best] > 0]


def _als(model: Model, shopper: Shopper) -> NDArray[np.float32]:
    return _product(model.item_factors, model, shopper)


def _forward_all(model: Model, shopper: Shopper) -> NDArray[np.float32]:
    return _product(model.forward_all, model, shopper)


def _forward_new(model: Model, shopper: Shopper) -> NDArray[np.float32]:
    return _product(model.forward_new, model, shopper)


def _audience(model: Model, shopper: Shopper) -> NDArray[np.float32]:
    return _product(model.audience, model, shopper)


def _product(table: NDArray[np.float32], model: Model, shopper: Shopper) -> NDArray[np.float32]:
    """Return the product of an item table with the shopper's taste; 0 for someone without one."""
    if shopper.user_index is None:
        return np.zeros(model.n_items, dtype=np.float32)
    taste = model.user_factors[shopper.user_index]
    if table is not model.item_factors:
        taste = taste / max(float(np.linalg.norm(taste)), 1e-9)
    if table.shape[1] > len(taste):
        taste = np.append(taste, np.float32(1))
    return np.asarray(table @ taste, dtype=np.float32)


def _similar(model: Model, shopper: Shopper) -> NDArray[np.float32]:
    return model.similar.weighted_sum(shopper.history.items, shopper.history.confidence)


def _similar_recent(model: Model, shopper: Shopper) -> NDArray[np.float32]:
    return model.similar.weighted_sum(shopper.history.items, shopper.history.recent)


def _together(model: Model, shopper: Shopper) -> NDArray[np.float32]:
    return model.together.weighted_sum(shopper.history.items, shopper.history.shares)


def _week_sales(model: Model, _shopper: Shopper) -> NDArray[np.float32]:
    return sales(model, 7)


def _month_sales(model: Model, _shopper: Shopper) -> NDArray[np.float32]:
    return sales(model, 28)


def _all_sales(model: Model, _shopper: Shopper) -> NDArray[np.float32]:
    return sales(model, ALL_TIME)


def _category(model: Model, shopper: Shopper) -> NDArray[np.float32]:
    """Return the shopper's share in each category times the item's, summed."""
    shares = category_shares(model, shopper.history)
    bought = np.flatnonzero(shares).astype(np.int32)
    return model.category_items.weighted_sum(bought, shares[bought])


_SCORES = {
    "als": _als,
    "forward_all": _forward_all,
    "forward_new": _forward_new,
    "audience": _audience,
    "similar": _similar,
    "similar_recent": _similar_recent,
    "together": _together,
    "week_sales": _week_sales,
    "month_sales": _month_sales,
    "all_sales": _all_sales,
    "category": _category,
}
