"""What is counted of a history before anything is learned from it, and needs nothing that is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsvc.model.sparse import SparseRows
from training.fit.als import fit_similar
from training.fit.baskets import fit_together
from training.fit.categories import ItemCategories
from training.fit.item_statistics import item_statistics
from training.fit.popularity import Popularity
from training.history.interactions import Interactions
from training.history.user_items import UserItems
from training.settings import TrainingSettings


@dataclass(frozen=True, eq=False)
class Counts:
    """Counts of one history.

    Attributes:
        interactions: the history.
        user_items: what each user bought.
        similar: neighbours over users' whole histories.
        together: neighbours within one order.
        popularity: sales.
        categories: of the items.
        statistics: of the items; float32, shape (n_items, n_statistics).
    """

    interactions: Interactions
    user_items: UserItems
    similar: SparseRows
    together: SparseRows
    popularity: Popularity
    categories: ItemCategories
    statistics: NDArray[np.float32]

    @classmethod
    def of(cls, interactions: Interactions, settings: TrainingSettings) -> "Counts":
        """Count."""
        user_items = UserItems.of(
            interactions,
            half_life_days=settings.half_life_days,
            recent_half_life_days=settings.recent_half_life_days,
        )
        popularity = Popularity.of(interactions)
        return cls(
            interactions,
            user_items,
            fit_similar(user_items.matrix(user_items.decayed), settings),
            fit_together(interactions.baskets(), settings.neighbours),
            popularity,
            ItemCategories.of(interactions, popularity),
            item_statistics(interactions, user_items),
        )
