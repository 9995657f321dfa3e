"""What arrays are counted from: one history in indices, and what several of them need of it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from recsvc.model.arrays import HISTORY_COLUMNS
from recsvc.model.sparse import SparseRows
from training.fit.popularity import Popularity
from training.history.interactions import Interactions
from training.history.user_items import UserItems
from training.settings import TrainingSettings

Arrays = dict[str, Any]
"""By the name of a field of ``Model``, its value."""


@dataclass(frozen=True, eq=False)
class CountedHistory:
    """One history.

    Attributes:
        interactions: who bought what.
        user_items: the same, one entry for each user and item.
    """

    interactions: Interactions
    user_items: UserItems

    @cached_property
    def popularity(self) -> Popularity:
        """What sells."""
        return Popularity.of(self.interactions)


def user_histories(history: CountedHistory, settings: TrainingSettings) -> Arrays:
    """Return what each user bought: ``history``, its columns, and ``user_orders``."""
    counted = history.user_items
    confidence = settings.alpha * counted.decayed
    return {
        "history": SparseRows(counted.indptr, counted.items, confidence, counted.n_items),
        "history_columns": {column.name: getattr(counted, column.name) for column in HISTORY_COLUMNS},
        "user_orders": counted.user_orders,
    }


def sales(history: CountedHistory, _settings: TrainingSettings) -> Arrays:
    """Return ``popularity``, its windows, and ``trending``."""
    return history.popularity.arrays()
