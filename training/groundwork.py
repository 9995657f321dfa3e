"""What is counted of a history before anything is learned from it, and needs nothing that is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsvc.model.sparse import SparseRows
from training.categories import ItemCategories
from training.fit import fit_similar
from training.interactions import Interactions
from training.item_statistics import item_statistics
from training.popularity import Popularity
from training.settings import TrainingSettings
from training.together import fit_together
from training.user_items import UserItems


@dataclass(frozen=True, eq=False)
class Groundwork:
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
    def of(cls, interactions: Interactions, settings: TrainingSettings) -> "Groundwork":
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
