"""What a user has to do with the shop's categories."""

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.ranking.history import History
from recsvc.ranking.query import Source
from recsvc.ranking.scores import NO_SCORES, Scores, scores_of_sums
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
        if not len(self.model.categories):
            return NO_SCORES
        shares = category_shares(self.model, user.history)
        bought = shares.nonzero()[0].astype(np.int32)
        found, (sums,) = self.model.category_items.sums(bought, shares[np.newaxis, bought])
        return scores_of_sums(found, sums)

    def terms(self, user: UserState, items: NDArray[np.int32]) -> Terms:
        """Return the purchases in the categories of each item, as far as the item sells there."""
        model, history = self.model, user.history
        terms = np.zeros((len(items), len(history)))
        if not len(model.categories):
            return terms
        place, categories, _ = model.item_categories.entries(history.items)
        of_item = model.item_categories.block(items, np.arange(len(model.categories), dtype=np.int32))
        np.add.at(terms.T, place, of_item.T[categories] * history.recent_shares[place, np.newaxis])
        return terms

    def losses(self, user: UserState, items: NDArray[np.int32], scores: NDArray[np.float32]) -> Terms:
        """Return the terms, less what the other purchases gain in share."""
        return losses_of_shares(self.terms(user, items), scores, user.history.recent_shares)


def category_shares(model: Model, history: History) -> NDArray[np.float32]:
    """Return which share of the user's recent purchases is in each category; float32, shape (n_categories,)."""
    return _shares(model, history, *model.item_categories.entries(history.items)[:2])


def category_columns(
    model: Model, history: History, items: NDArray[np.int32]
) -> dict[str, NDArray[np.float32]]:
    """Return features of each item from its categories; zeros, and never, for items without any.

    The user's share in the narrowest and in the broadest category of the item, days since they last bought in
    the narrowest, and the share of the item in its recent sales; of several categories, the largest and latest.
    """
    n = len(items)
    narrow_share, broad_share, item_share = np.zeros((3, n), dtype=np.float32)
    age = np.full(n, NEVER_DAYS, dtype=np.float32)
    if len(model.categories):
        place, categories, shares = model.item_categories.entries(items)
        levels = model.category_levels[categories]
        narrowest = np.zeros(n, dtype=np.int32)
        np.maximum.at(narrowest, place, levels)
        narrow, broad = (levels == narrowest[place]).nonzero()[0], (levels == 1).nonzero()[0]
        bought = model.item_categories.entries(history.items)[:2]
        mine, last_days = _shares(model, history, *bought)[categories], _last_days(model, history, *bought)
        np.maximum.at(narrow_share, place[narrow], mine[narrow])
        np.maximum.at(broad_share, place[broad], mine[broad])
        np.maximum.at(item_share, place[narrow], shares[narrow])
        np.minimum.at(age, place[narrow], last_days[categories[narrow]])
    return {
        "category_narrow": narrow_share,
        "category_broad": broad_share,
        "category_item_share": item_share,
        "category_age_days": age,
    }


def _shares(
    model: Model, history: History, place: NDArray[np.intp], categories: NDArray[np.int32]
) -> NDArray[np.float32]:
    """Return the ``category_shares`` of a history whose entries are in these ``categories``."""
    weights = history.recent_shares[place]
    return np.bincount(categories, weights, len(model.categories)).astype(np.float32)


def _last_days(
    model: Model, history: History, place: NDArray[np.intp], categories: NDArray[np.int32]
) -> NDArray[np.float32]:
    """Return days since the user last bought in each category; float32, shape (n_categories,)."""
    last = np.full(len(model.categories), NEVER_DAYS, dtype=np.float32)
    np.minimum.at(last, categories, history.age_days[place])
    return last
