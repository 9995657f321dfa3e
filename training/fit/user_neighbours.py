"""User-user neighbours: who bought an item lately, summed up so that a product finds how many of them are alike."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from training.fit.als import Factors, unit_rows
from training.fit.counted import Arrays
from training.fit.purchases import Purchases
from training.settings import TrainingSettings

HALF_LIFE_DAYS = 7.0


def user_neighbours(purchases: Purchases, factors: Factors, _settings: TrainingSettings) -> Arrays:
    """Return the array of this name."""
    return {"user_neighbours": fit_user_neighbours(purchases, factors.users)}


def lately(age_days: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much purchases of that age count; float64, the same shape."""
    return np.asarray(0.5 ** (age_days / HALF_LIFE_DAYS), dtype=np.float64)


def fit_user_neighbours(purchases: Purchases, users: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the summed unit factors of those who bought each item lately; float32, shape (n_items, n_factors).

    In units of the purchases of the mean item. Without dates each purchase counts the same.
    """
    weights = lately(purchases.age_days)
    usual = max(float(weights.sum()) / purchases.shape[1], 1e-9)
    bought = sparse.coo_matrix(
        ((weights / usual).astype(np.float32), (purchases.items, purchases.users)),
        shape=purchases.shape[::-1],
    )
    return np.asarray(bought @ unit_rows(users), dtype=np.float32)
