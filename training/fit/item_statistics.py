"""What is known of each item from its sales."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from recsvc.model.arrays import ITEM_STATISTICS
from training.fit.counted import Arrays, CountedHistory
from training.history.interactions import Interactions
from training.history.user_items import UserItems
from training.settings import TrainingSettings

RECENT_DAYS = 28
PRIOR_BUYERS = 10
"""Rare items borrow the habits of all: as if so many average buyers more had bought them."""

NO_INTERVAL_DAYS = 60.0
LOWEST_PRICE = 0.01

Floats: TypeAlias = NDArray[np.float64]


def item_statistics(history: CountedHistory, _settings: TrainingSettings) -> Arrays:
    """Return the array of this name."""
    return {"item_statistics": count_item_statistics(history.interactions, history.user_items)}


def count_item_statistics(interactions: Interactions, user_items: UserItems) -> NDArray[np.float32]:
    """Return the columns of ``ITEM_STATISTICS`` for each item; float32, shape (n_items, n_statistics)."""
    n_items = len(interactions.items)
    return statistics_of(BuyerCounts.of(user_items, n_items), _of_sales(interactions, n_items))


def statistics_of(buyers: "BuyerCounts", sales: Mapping[str, Floats]) -> NDArray[np.float32]:
    """Return the columns of ``ITEM_STATISTICS``; float32, shape (n_items, n_statistics).

    Args:
        buyers: of each item.
        sales: the columns that are counted from sales, by name; float64, shape (n_items,).
    """
    columns = buyers.columns() | dict(sales)
    return np.stack([columns[name] for name in ITEM_STATISTICS], axis=1).astype(np.float32)


@dataclass(frozen=True, eq=False)
class BuyerCounts:
    """Who bought each item, in numbers; all float64, shape (n_items,). Those of parts of the users add up.

    Attributes:
        buyers: distinct users.
        new_buyers: those of them whose first purchase of it is recent.
        repeaters: those of them who bought it again.
        gap_days: mean days from one purchase to the next of each of these, summed up.
    """

    buyers: Floats
    new_buyers: Floats
    repeaters: Floats
    gap_days: Floats

    @classmethod
    def of(cls, user_items: UserItems, n_items: int) -> "BuyerCounts":
        """Count the buyers in the histories of users."""
        items, again = user_items.items, user_items.orders > 1
        gaps = (user_items.first_age_days - user_items.age_days)[again] / (user_items.orders[again] - 1)
        recent = items[user_items.first_age_days < RECENT_DAYS]
        return cls(
            np.bincount(items, minlength=n_items).astype(np.float64),
            np.bincount(recent, minlength=n_items).astype(np.float64),
            np.bincount(items[again], minlength=n_items).astype(np.float64),
            np.bincount(items[again], gaps, n_items).astype(np.float64),
        )

    def columns(self) -> dict[str, Floats]:
        """Return the columns that are made of these."""
        n_again = self.repeaters.sum()
        usual_gap = float(self.gap_days.sum() / n_again) if n_again else NO_INTERVAL_DAYS
        usual_share = n_again / max(self.buyers.sum(), 1)
        return {
            "buyers": self.buyers,
            "new_buyers": self.new_buyers,
            "repeat_share": (self.repeaters + PRIOR_BUYERS * usual_share) / (self.buyers + PRIOR_BUYERS),
            "interval_days": (self.gap_days + PRIOR_BUYERS * usual_gap) / (self.repeaters + PRIOR_BUYERS),
        }


def _of_sales(interactions: Interactions, n_items: int) -> dict[str, NDArray[np.float64]]:
    purchases = interactions.purchases
    items = purchases["item_index"].to_numpy()
    age_days = interactions.ages_days(purchases["ordered_at"])
    first, last = np.zeros(n_items), np.full(n_items, np.inf)
    np.maximum.at(first, items, age_days)
    np.minimum.at(last, items, age_days)
    price = purchases["unit_price"].fill_null(0).fill_nan(0).to_numpy()
    priced = price > 0
    log_price = np.log(np.maximum(price, LOWEST_PRICE))
    quantity = np.log1p(np.maximum(purchases["quantity"].to_numpy(), 0))
    return {
        "age_days": first,
        "last_age_days": last,
        "log_price": _mean(items[priced], log_price[priced], n_items),
        "log_quantity": _mean(items, quantity, n_items),
        "basket_size": _mean(items, np.log1p(_lines_in_order(interactions)), n_items),
    }


def _lines_in_order(interactions: Interactions) -> NDArray[np.int64]:
    """Return how many items the order of each purchase has; 1 where the order is unknown."""
    basket = interactions.purchases["basket"].fill_null(-1).to_numpy()
    sizes = np.bincount(basket[basket >= 0]) if (basket >= 0).any() else np.ones(1, dtype=np.int64)
    return np.where(basket >= 0, sizes[basket], 1)


def _mean(items: NDArray[np.int32], values: NDArray[np.float64], n_items: int) -> NDArray[np.float64]:
    """Return the mean of ``values`` by item; 0 for items without any."""
    return np.bincount(items, values, n_items) / np.maximum(np.bincount(items, minlength=n_items), 1)
