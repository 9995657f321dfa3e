"""The part of implicit-feedback ALS that is needed after the fit.

Hu, Koren, Volinsky: Collaborative Filtering for Implicit Feedback Datasets (ICDM 2008).
"""

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.ranking.query import History


def fold_in(model: Model, history: History) -> NDArray[np.float32]:
    """Return the factors of a shopper with this history, item factors as they are; float32, shape (n_factors,)."""
    return np.asarray(tastes(model, history).sum(axis=0), dtype=np.float32)


def tastes(model: Model, history: History) -> NDArray[np.float64]:
    """Return the part of the user's factors that each purchase accounts for; float64, shape (n_history, n_factors).

    Section 5 of the paper: with ``W = (YᵀCᵘY + λI)⁻¹`` the user's factors are the sum over the history of
    ``W yⱼ · cᵤⱼ``. Whatever is linear in the factors is the sum of what it makes of each term.
    """
    bought = model.item_factors[history.items].astype(np.float64)
    confidence = history.confidence[:, np.newaxis]
    # YᵀCᵘY + λI = (YᵀY + λI) + Yᵀ(Cᵘ - I)Y: the first part is shared, the second sums over the history.
    system = model.item_gramian + bought.T @ (bought * (confidence - 1))
    return np.asarray(np.linalg.solve(system, bought.T).T * confidence, dtype=np.float64)
