"""A few shoppers of a model to be in the demo shop."""

import numpy as np

from recsvc.model.model import Model
from recsvc.ranking.history import history_of


def returning_shoppers(model: Model, n: int = 3) -> list[int]:
    """Return the indices of shoppers who came back and have an ordinary history, so no wholesalers."""
    sizes = np.diff(model.history.indptr)
    is_ordinary = (sizes >= 5) & (sizes <= 40)
    came_back, ordinary = (
        np.flatnonzero(one) for one in (is_ordinary & (model.user_orders >= 3), is_ordinary)
    )
    largest = np.argsort(-sizes, kind="stable")[:n]
    chosen = next((some for some in (came_back, ordinary) if len(some) >= n), largest)
    # From the quarters of the list, so that they are not neighbours.
    return [int(chosen[len(chosen) * (2 * i + 1) // (2 * n)]) for i in range(min(n, len(chosen)))]


def bought_by(model: Model, user_index: int) -> list[str]:
    """Return the ids of the items that a shopper bought, dearest first."""
    history = history_of(model, user_index)
    return [model.items.id_of(int(history.items[i])) for i in np.argsort(-history.confidence, kind="stable")]
