import numpy as np
from support.models import ITEMS, REGULARIZATION

from recsvc.model.model import Model
from recsvc.ranking.history import history_of
from recsvc.ranking.sources.als import factor_parts


def test_the_parts_of_a_taste_add_up_to_the_solved_factors(model: Model) -> None:
    history = history_of(model, 1)
    # The user's factors by the textbook: (YᵀCᵘY + λI)⁻¹ YᵀCᵘp.
    y = model.item_factors.astype(np.float64)
    confidence = np.ones(len(ITEMS))
    confidence[history.items] = history.confidence
    preference = np.zeros(len(ITEMS))
    preference[history.items] = 1
    system = y.T @ np.diag(confidence) @ y + REGULARIZATION * np.eye(2)
    solved = np.linalg.solve(system, y.T @ (confidence * preference))
    parts = factor_parts(model, history)
    assert parts.shape == (len(history), 2)
    np.testing.assert_allclose(parts.sum(axis=0), solved, rtol=1e-5)


def test_the_larger_purchase_accounts_for_more(model: Model) -> None:
    tea, milk = factor_parts(model, history_of(model, 0))  # with confidence 9 and 3, both on the side of tea
    assert tea[0] > 2 * milk[0] > 0
