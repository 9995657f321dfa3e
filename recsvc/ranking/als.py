"""The part of implicit-feedback ALS that is needed after the fit.

Hu, Koren, Volinsky: Collaborative Filtering for Implicit Feedback Datasets (ICDM 2008).
"""

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model
from recsvc.ranking.query import History


def contributions(model: Model, history: History, items: NDArray[np.int32]) -> NDArray[np.float32]:
    """Return how much each purchase adds to the score of each item, float32, shape (n_items, n_history).

    Section 5 of the paper: with ``W = (YᵀCᵘY + λI)⁻¹`` the prediction is the sum over the history of
    ``yᵢᵀ W yⱼ · cᵤⱼ``; each term is the contribution of one purchase.
    """
    bought = model.item_factors[history.items]
    confidence = history.confidence[:, np.newaxis]
    # YᵀCᵘY + λI = (YᵀY + λI) + Yᵀ(Cᵘ - I)Y: the first part is shared, the second sums over the history.
    system = model.item_gramian + bought.T @ (bought * (confidence - 1))
    weighted = np.linalg.solve(system, model.item_factors[items].T)
    terms: NDArray[np.float32] = (bought @ weighted * confidence).T
    return terms
