"""How much each purchase adds to the score that a source gives an item."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.model.sparse import SparseRows
from recsvc.ranking import als
from recsvc.ranking.cart import SHARPNESS
from recsvc.ranking.query import History

Terms = NDArray[np.float64]

_TASTE_TABLES: Mapping[str, Callable[[Model], NDArray[np.float32]]] = {
    "als": lambda model: model.item_factors,
    "forward_all": lambda model: model.forward_all,
    "forward_new": lambda model: model.forward_new,
    "audience": lambda model: model.audience,
}
"""Sources whose score is the product of an item table with the shopper's taste."""

_NEIGHBOURS: Mapping[str, Callable[[Model, History], tuple[SparseRows, NDArray[np.float32]]]] = {
    "similar": lambda model, history: (model.similar, history.confidence),
    "similar_recent": lambda model, history: (model.similar, history.recent),
    "similar_even": lambda model, history: (model.similar, history.even),
    "together": lambda model, history: (model.together, history.shares),
}
"""Sources whose score is a sum of neighbours' scores, weighted by purchase."""


def contributions(
    model: Model,
    history: History,
    source: str,
    items: NDArray[np.int32],
    tastes: Callable[[], Terms] | None = None,
) -> Terms:
    """Return what each purchase adds to the score of each item; float64, shape (n_items, n_history).

    The sum of a row is the score that ``source`` gives the item, less what it gives the item whoever asks. Zeros
    for a source that does not look at purchases. ``tastes`` returns ``als.tastes``, where they are known already.
    """
    if source in _TASTE_TABLES:
        return _of_taste(model, source, items, als.tastes(model, history) if tastes is None else tastes())
    if source in _NEIGHBOURS:
        neighbours, weights = _NEIGHBOURS[source](model, history)
        return np.asarray((neighbours.block(history.items, items) * weights[:, np.newaxis]).T, np.float64)
    if source == "cart":
        return np.asarray(model.together.block(history.items, items).T, np.float64) ** SHARPNESS
    if source == "category":
        return _of_categories(model, history, items)
    return np.zeros((len(items), len(history)))


def _of_categories(model: Model, history: History, items: NDArray[np.int32]) -> Terms:
    """Return the purchases in the categories of each item, as far as the item sells there."""
    place, categories, _ = model.item_categories.entries(history.items)
    of_item = model.item_categories.block(items, np.arange(len(model.categories), dtype=np.int32))
    terms = np.zeros((len(items), len(history)))
    np.add.at(terms.T, place, of_item.T[categories] * history.recent_shares[place, np.newaxis])
    return terms


def _of_taste(model: Model, source: str, items: NDArray[np.int32], parts: Terms) -> Terms:
    if source != "als":
        # The other tables are multiplied by factors of length 1.
        parts = parts / max(float(np.linalg.norm(parts.sum(axis=0))), 1e-9)
    table = _TASTE_TABLES[source](model)[items, : model.n_factors]
    return np.asarray(table @ parts.T, np.float64)
