import numpy as np
from support.models import ITEMS, REGULARIZATION

from recsvc.model.model import Model
from recsvc.ranking import als
from recsvc.ranking.recommender import history_of


def test_contributions_add_up_to_the_score_of_the_solved_user(model: Model) -> None:
    history = history_of(model, 1)
    everything = np.arange(len(ITEMS), dtype=np.int32)
    # The user's factors by the textbook: (YᵀCᵘY + λI)⁻¹ YᵀCᵘp.
    y = model.item_factors.astype(np.float64)
    confidence = np.ones(len(ITEMS))
    confidence[history.items] = history.confidence
    preference = np.zeros(len(ITEMS))
    preference[history.items] = 1
    system = y.T @ np.diag(confidence) @ y + REGULARIZATION * np.eye(2)
    solved = np.linalg.solve(system, y.T @ (confidence * preference))
    terms = als.contributions(model, history, everything)
    assert terms.shape == (len(ITEMS), len(history))
    np.testing.assert_allclose(terms.sum(axis=1), y @ solved, rtol=1e-4, atol=1e-5)


def test_the_larger_purchase_contributes_more(model: Model) -> None:
    history = history_of(model, 0)  # tea with confidence 9, milk with 3
    terms = als.contributions(model, history, np.asarray([ITEMS.index("cake")], dtype=np.int32))
    assert terms[0, 0] > terms[0, 1] > 0
