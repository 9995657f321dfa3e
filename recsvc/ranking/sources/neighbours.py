"""What goes with what a user bought: by users like them, by whole histories, by orders, and with a cart."""

from abc import abstractmethod
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.model.sparse import SparseRows
from recsvc.ranking.history import History
from recsvc.ranking.query import Source
from recsvc.ranking.scores import Scores, SparseScores, scores_of_sums
from recsvc.ranking.sources.als import ItemTableSource
from recsvc.ranking.sources.base import CandidateSource, Terms, losses_of_shares
from recsvc.ranking.user_state import UserState

SHARPNESS = 8
"""Added values are summed over a cart in this power: one strong bond counts more than many weak ones."""


class UserNeighbours(ItemTableSource):
    """How many users of like taste bought the item, purchases of lately counting more."""

    name = table_name = "user_neighbours"
    words = "bought by shoppers of that taste, lately above all"
    n_proposed = 60
    public_name = Source.ALS


class NeighbourSource(CandidateSource):
    """The sum of the neighbours of each item of the history, each weighted by ``weights``."""

    public_name = Source.CO_PURCHASE
    neighbours_name: ClassVar[str]

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self.neighbours: SparseRows = getattr(model, self.neighbours_name)

    @staticmethod
    @abstractmethod
    def weights(history: History) -> NDArray[np.float32]:
        """Return what each item of the history counts; float32, shape (n_history,)."""

    def scores(self, user: UserState) -> Scores:
        """Return the sums."""
        history = user.history
        found, (sums,) = self.neighbours.sums(history.items, self.weights(history)[np.newaxis])
        return scores_of_sums(found, sums)

    def summed(self, user: UserState) -> SparseScores:
        """Return the sums of this source alone."""
        history = user.history
        found, (sums,) = self.neighbours.weighted_sums(history.items, self.weights(history)[np.newaxis])
        return SparseScores(found, sums)

    def terms(self, user: UserState, items: NDArray[np.int32]) -> Terms:
        """Return the terms of the sums."""
        weights = self.weights(user.history)[:, np.newaxis]
        return np.asarray((self.block(user, items) * weights).T, np.float64)

    def block(self, user: UserState, items: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return how near each of ``items`` is to each of the history; float32, shape (n_history, n_items)."""
        return self.neighbours.block(user.history.items, items)


class ItemNeighbours(NeighbourSource):
    """Item-item neighbours over whole histories, each item weighted by its confidence."""

    name = "item_neighbours"
    words = "goes with all they bought"
    n_proposed = 60
    neighbours_name = "item_neighbours"

    @staticmethod
    def weights(history: History) -> NDArray[np.float32]:
        """Return the confidence."""
        return history.confidence

    def scores(self, user: UserState) -> Scores:
        """Return the sums, which are made for all sources of these neighbours at once."""
        return user.once(_item_neighbour_sums, self.model)[self.name]

    def block(self, user: UserState, items: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the block, which is made for all sources of these neighbours at once."""
        return user.once_for(_item_neighbour_block, self.model, items)


class ItemNeighboursRecent(ItemNeighbours):
    """The same, weighted by how often an item was bought lately."""

    name = "item_neighbours_recent"
    words = "goes with what they bought lately"

    @staticmethod
    def weights(history: History) -> NDArray[np.float32]:
        """Return the recent orders."""
        return history.recent


class ItemNeighboursEven(ItemNeighbours):
    """The same, each purchase counting the same."""

    name = "item_neighbours_even"
    words = "goes with all they bought, each counting the same"

    @staticmethod
    def weights(history: History) -> NDArray[np.float32]:
        """Return 1 for each purchase."""
        return history.even


def _item_neighbour_sums(model: Model, user: UserState) -> dict[str, Scores]:
    """Return the sums by the name of the source: one walk through the neighbours serves all three."""
    history, sources = user.history, (ItemNeighbours, ItemNeighboursRecent, ItemNeighboursEven)
    weights = np.stack([source.weights(history) for source in sources])
    found, sums = model.item_neighbours.sums(history.items, weights)
    return {source.name: scores_of_sums(found, row) for source, row in zip(sources, sums, strict=True)}


def _item_neighbour_block(model: Model, user: UserState, items: NDArray[np.int32]) -> NDArray[np.float32]:
    return model.item_neighbours.block(user.history.items, items)


class Alternatives(NeighbourSource):
    """What is like the items of a page, by title, categories and price; those first that shoppers turn to instead."""

    name = "alternatives"
    words = "is like it, and is bought instead"
    n_proposed = 0
    public_name = Source.SIMILAR
    neighbours_name = "alternatives"

    @staticmethod
    def weights(history: History) -> NDArray[np.float32]:
        """Return 1 for each item."""
        return history.even


class BasketNeighbours(NeighbourSource):
    """Neighbours within one order, each item weighted by its share in the confidence."""

    name = "basket_neighbours"
    words = "found in one basket with what they bought"
    n_proposed = 50
    neighbours_name = "basket_neighbours"

    @staticmethod
    def weights(history: History) -> NDArray[np.float32]:
        """Return the shares."""
        return history.shares

    def losses(self, user: UserState, items: NDArray[np.int32], scores: NDArray[np.float32]) -> Terms:
        """Return the terms, less what the other purchases gain in share."""
        return losses_of_shares(self.terms(user, items), scores, user.history.shares)


class Cart(BasketNeighbours):
    """What goes with the items of a cart: their basket neighbours, strong bonds counting more.

    The power of the added values was chosen with ``benchmarks/basket_completion.py``.
    """

    name = "cart"
    words = "goes with the cart"
    n_proposed = 0

    def scores(self, user: UserState) -> Scores:
        """Return the sums."""
        return self.summed(user)

    def summed(self, user: UserState) -> SparseScores:
        """Return the sums of the added values in the power ``SHARPNESS``."""
        _, items, added_values = self.neighbours.entries(user.history.items)
        found, place = np.unique(items, return_inverse=True)
        sums = np.bincount(place, added_values.astype(np.float64) ** SHARPNESS, len(found))
        return SparseScores(found, sums.astype(np.float32))

    def terms(self, user: UserState, items: NDArray[np.int32]) -> Terms:
        """Return the terms of the sums."""
        return np.asarray(self.block(user, items).T, np.float64) ** SHARPNESS
