"""A user's own items: which of them are candidates, and how due it is that they buy one again."""

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.ranking.history import History
from recsvc.ranking.scores import Subset

MAX_OWN_ITEMS = 300
"""At most so many of the user's own items are candidates, the most and most recently bought."""

HORIZON_DAYS = 7.0
"""Due means: within this time."""

SHAPE = 2.5
"""Shape of the distribution of intervals: the larger, the more regular they are."""

PRIOR_INTERVALS = 3.0
"""The user's own intervals are averaged with so many usual ones of the item."""

PRIOR_PURCHASES = 3.0
"""Whether the user will come back for it is judged as if so many usual purchases had been seen before."""

SHORTEST_INTERVAL_DAYS = 3.0

DUE_WEIGHT = 0.5
"""How much a factor of e in dueness counts against a standard deviation of the ranker's scores."""

MOST_REPEATED = 0.99
"""However many buyers of an item have come back for it, the next one may not."""

LEAST = 1e-6


def own_items(history: History, allowed: Subset | None) -> NDArray[np.int32]:
    """Return the user's own items, the most and most recently bought ones where there are very many."""
    if allowed is not None:
        history = history.at(np.flatnonzero(allowed.mask[history.items]))
    order = np.argsort(-own_scores(history), kind="stable")[:MAX_OWN_ITEMS]
    return history.items[order]


def own_scores(history: History) -> NDArray[np.float32]:
    """Return by what the user's own items are put in order: how lately, then how often; float32, shape (n,)."""
    return np.asarray(history.recent + 0.01 * history.orders, dtype=np.float32)


def due_scores(
    model: Model, history: History, items: NDArray[np.int32], ranked: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return by what to order a user's own items, most due first; float32, shape (n_items,).

    The ranker knows which items the user is most likely to buy at all, dueness when. Without dates it is
    the number of orders alone.

    Args:
        model: what was learned.
        history: what the user bought.
        items: int32, shape (n_items,): some of it.
        ranked: float32, shape (n_items,): the ranker's scores.
    """
    order = np.argsort(history.items)
    place = order[np.searchsorted(history.items, items, sorter=order)]
    if not model.is_dated:
        return history.orders[place].astype(np.float32)
    standard = (ranked - ranked.mean()) / max(float(ranked.std()), LEAST) if len(ranked) else ranked
    return np.asarray(standard + DUE_WEIGHT * np.log(due(model, history)[place] + LEAST), dtype=np.float32)


def due(model: Model, history: History) -> NDArray[np.float32]:
    """Return the probability that each item is bought again within a week; float32, shape (n_history,).

    A renewal process that ends: after each purchase the user comes back for the item with some probability,
    after an interval that is log-logistic. Both are estimated from the user's own purchases and drawn towards
    those of all buyers of the item, whose interval is itself drawn towards the shop's. An item not bought for
    many intervals is most likely over. After Fader, Hardie, Lee: Counting Your Customers the Easy Way
    (Marketing Science 2005), which has such an end, with exponential intervals.
    """
    waited = history.age_days.astype(np.float64)
    comes_back, interval = _comes_back(model, history), _interval_days(model, history)
    still_to_come = comes_back * _longer_than(waited, interval)
    within = still_to_come - comes_back * _longer_than(waited + HORIZON_DAYS, interval)
    return np.asarray(within / (still_to_come + 1 - comes_back), dtype=np.float32)


def _interval_days(model: Model, history: History) -> NDArray[np.float64]:
    """Return the expected time between two purchases; float64, shape (n_history,)."""
    usual = model.item_statistic("interval_days")[history.items].astype(np.float64)
    together = (history.first_age_days - history.age_days).astype(np.float64)
    mean = (together + PRIOR_INTERVALS * usual) / (history.orders - 1 + PRIOR_INTERVALS)
    return np.asarray(np.maximum(mean, SHORTEST_INTERVAL_DAYS), dtype=np.float64)


def _comes_back(model: Model, history: History) -> NDArray[np.float64]:
    """Return the probability that there is another purchase at all; float64, shape (n_history,), below 1."""
    usual = model.item_statistic("repeat_share")[history.items].astype(np.float64)
    came_back = history.orders - 1
    share = (came_back + PRIOR_PURCHASES * np.minimum(usual, MOST_REPEATED)) / (came_back + PRIOR_PURCHASES)
    return np.asarray(share, dtype=np.float64)


def _longer_than(days: NDArray[np.float64], mean_days: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probability that an interval is longer: that of a log-logistic distribution with this mean."""
    angle = np.pi / SHAPE
    median = mean_days * np.sin(angle) / angle
    return np.asarray(1 / (1 + (days / median) ** SHAPE), dtype=np.float64)
