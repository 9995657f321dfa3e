"""What a user has to do with the shop's categories."""

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.ranking.history import History
from recsvc.ranking.query import Source
from recsvc.ranking.scores import Scores, SparseScores
from recsvc.ranking.sources.base import CandidateSource, Terms, losses_of_shares
from recsvc.ranking.user_state import UserState

NEVER_DAYS = 9999.0
"""Stands for the age of what never happened."""


class Category(CandidateSource):
    """What sells in the categories in which the user buys: the user's share in each times the item's, summed."""

    name = "category"
    words = "in a category that they buy in"
    n_proposed = 40
    public_name = Source.CATEGORY

    def scores(self, user: UserState) -> Scores:
        """Return the sums."""
        shares = category_shares(self.model, user.history)
        bought = np.flatnonzero(shares).astype(np.int32)
        found, (sums,) = self.model.category_items.weighted_sums(bought, shares[np.newaxis, bought])
        return SparseScores(found, sums)

    def terms(self, user: UserState, items: NDArray[np.int32]) -> Terms:
        """Return the purchases in the categories of each item, as far as the item sells there."""
        model, history = self.model, user.history
        place, categories, _ = model.item_categories.entries(history.items)
        of_item = model.item_categories.block(items, np.arange(len(model.categories), dtype=np.int32))
        terms = np.zeros((len(items), len(history)))
        np.add.at(terms.T, place, of_item.T[categories] * history.recent_shares[place, np.newaxis])
        return terms

    def losses(self, user: UserState, items: NDArray[np.int32], scores: NDArray[np.float32]) -> Terms:
        """Return the terms, less what the other purchases gain in share."""
        return losses_of_shares(self.terms(user, items), scores, user.history.recent_shares)


def category_shares(model: Model, history: History) -> NDArray[np.float32]:
    """Return which share of the user's recent purchases is in each category; float32, shape (n_categories,)."""
    place, categories, _ = model.item_categories.entries(history.items)
    weights = history.recent_shares[place]
    return np.bincount(categories, weights, len(model.categories)).astype(np.float32)


def category_columns(
    model: Model, history: History, items: NDArray[np.int32]
) -> dict[str, NDArray[np.float32]]:
    """Return features of each item from its categories; zeros, and never, for items without any.

    The user's share in the narrowest and in the broadest category of the item, days since they last bought in
    the narrowest, and the share of the item in its recent sales; of several categories, the largest and latest.
    """
    n = len(items)
    place, categories, shares = model.item_categories.entries(items)
    levels = model.category_levels[categories]
    narrowest = np.zeros(n, dtype=np.int32)
    np.maximum.at(narrowest, place, levels)
    narrow, broad = levels == narrowest[place], levels == 1
    mine = category_shares(model, history)[categories]
    columns = {
        "category_narrow": _largest(place[narrow], mine[narrow], n),
        "category_broad": _largest(place[broad], mine[broad], n),
        "category_item_share": _largest(place[narrow], shares[narrow], n),
    }
    age = np.full(n, NEVER_DAYS, dtype=np.float32)
    np.minimum.at(age, place[narrow], _last_days(model, history)[categories[narrow]])
    return columns | {"category_age_days": age}


def _last_days(model: Model, history: History) -> NDArray[np.float32]:
    """Return days since the user last bought in each category; float32, shape (n_categories,)."""
    place, categories, _ = model.item_categories.entries(history.items)
    last = np.full(len(model.categories), NEVER_DAYS, dtype=np.float32)
    np.minimum.at(last, categories, history.age_days[place])
    return last


def _largest(place: NDArray[np.int64], values: NDArray[np.float32], n: int) -> NDArray[np.float32]:
    largest = np.zeros(n, dtype=np.float32)
    np.maximum.at(largest, place, values)
    return largest
