"""From a taste to what users of that taste bought in the weeks after, or without dates: what else they bought."""

import numpy as np
from numpy.typing import NDArray

from training.fit.als import Factors
from training.fit.counted import Arrays
from training.fit.purchases import ForwardSteps, Purchases
from training.settings import TrainingSettings

ALL = ForwardSteps(days=28, n=2, decay=0.6, ridge=5.0, only_new=False, hidden_share=0.2)
NEW = ForwardSteps(days=7, n=8, decay=0.85, ridge=10.0, only_new=True, hidden_share=0.5)


def forward(purchases: Purchases, factors: Factors, settings: TrainingSettings) -> Arrays:
    """Return the arrays ``forward_all`` and ``forward_new``."""
    return {
        name: fit_forward(purchases, factors, steps, settings)
        for name, steps in (("forward_all", ALL), ("forward_new", NEW))
    }


def fit_forward(
    purchases: Purchases, factors: Factors, steps: ForwardSteps, settings: TrainingSettings
) -> NDArray[np.float32]:
    """Return a linear map from unit user factors and a 1 to purchases; float32, shape (n_items, n_factors + 1).

    A ridge regression over past steps: the history up to the beginning of a step is folded into the item
    factors, and what was bought during the step is the target. Without dates a step hides orders at random.
    """
    width = factors.items.shape[1] + 1
    gram, cross = np.zeros((width, width)), np.zeros((purchases.shape[1], width))
    for i in range(purchases.n_steps(steps)):
        step = purchases.step(i, steps, factors, settings)
        if step is not None:
            taste, bought = step
            gram += steps.decay**i * (taste.T @ taste)
            cross += steps.decay**i * np.asarray(bought.T @ taste)
    penalty = steps.ridge * np.eye(width)
    penalty[-1, -1] = 1.0  # the intercept is hardly shrunk
    return np.asarray(np.linalg.solve(gram + penalty, cross.T).T, dtype=np.float32)
