"""Arrays that are counted from a history and need nothing that is learned from it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from training.fit.basket_neighbours import basket_neighbours
from training.fit.categories import categories
from training.fit.counted import Arrays, CountedHistory, sales, user_histories
from training.fit.item_neighbours import item_neighbours
from training.fit.item_statistics import item_statistics
from training.history.interactions import Interactions
from training.history.user_items import UserItems
from training.settings import TrainingSettings

COUNTED: tuple[Callable[[CountedHistory, TrainingSettings], Arrays], ...] = (
    user_histories,
    item_neighbours,
    basket_neighbours,
    sales,
    categories,
    item_statistics,
)
"""What counts arrays: whoever adds an array that is counted adds its file to this room and a line here."""


@dataclass(frozen=True, eq=False)
class Counts:
    """Counts of one history.

    Attributes:
        interactions: the history.
        user_items: what each user bought.
        arrays: what is counted, by the name of the field of ``Model``.
    """

    interactions: Interactions
    user_items: UserItems
    arrays: Arrays

    @classmethod
    def of(cls, interactions: Interactions, settings: TrainingSettings) -> "Counts":
        """Count."""
        user_items = UserItems.of(
            interactions,
            half_life_days=settings.half_life_days,
            recent_half_life_days=settings.recent_half_life_days,
        )
        history, arrays = CountedHistory(interactions, user_items), Arrays()
        for count in COUNTED:
            arrays |= count(history, settings)
        return cls(interactions, user_items, arrays)

    def weighed(self, settings: TrainingSettings) -> "Counts":
        """Return the same with the ``alpha`` of ``settings``, which is all that these may differ in."""
        histories = user_histories(CountedHistory(self.interactions, self.user_items), settings)
        return replace(self, arrays=self.arrays | histories)
