from dataclasses import replace

import numpy as np
import pytest
from support.models import CAKE, ITEMS, MILK, REGULARIZATION, TEA, small_model, with_categories

from recsvc.model.model import Model
from recsvc.ranking.als import tastes
from recsvc.ranking.candidates import Proposer, Shopper
from recsvc.ranking.cart import cart_scores
from recsvc.ranking.contributions import contributions
from recsvc.ranking.history import History
from recsvc.ranking.history import history_of

ANN = 1
"""Bought tea, and cake less often."""

EVERYTHING = np.arange(len(ITEMS), dtype=np.int32)
INTERCEPT = {"forward_all": 0.25, "forward_new": -0.5}


@pytest.fixture
def solved() -> Model:
    """The small model with the factors of ann as ALS solves them, and with tables that are all different."""
    rng = np.random.default_rng(0)
    items = rng.normal(size=(len(ITEMS), 2)).astype(np.float32)
    tables = {
        name: np.column_stack([rng.normal(size=items.shape), np.full(len(ITEMS), intercept)])
        for name, intercept in INTERCEPT.items()
    }
    model = replace(
        with_categories(small_model()),
        item_factors=items,
        item_gramian=items.T @ items + REGULARIZATION * np.eye(2, dtype=np.float32),
        audience=rng.random(items.shape).astype(np.float32),
        **{name: table.astype(np.float32) for name, table in tables.items()},
    )
    model.user_factors[ANN] = tastes(model, history_of(model, ANN)).sum(axis=0)
    return model


@pytest.mark.parametrize(
    "source",
    ["als", "forward_all", "forward_new", "audience", "similar", "similar_recent", "together", "category"],
)
def test_contributions_add_up_to_the_score(solved: Model, source: str) -> None:
    history = history_of(solved, ANN)
    terms = contributions(solved, history, source, EVERYTHING)
    assert terms.shape == (len(ITEMS), len(history))
    score = (
        Proposer(solved)
        .scores(Shopper(ANN, history, np.empty(0, np.int32)))[source]
        .of(np.arange(solved.n_items))
    )
    assert len(np.unique(score)) > 2
    np.testing.assert_allclose(terms.sum(axis=1) + INTERCEPT.get(source, 0), score, rtol=1e-4, atol=1e-5)


def test_the_items_may_be_asked_for_in_any_order(model: Model) -> None:
    history = history_of(model, ANN)
    there = contributions(model, history, "similar", EVERYTHING)
    back = contributions(model, history, "similar", EVERYTHING[::-1])
    np.testing.assert_array_equal(there, back[::-1])
    assert there.any()


def test_purchases_have_no_part_in_what_sells(model: Model) -> None:
    assert not contributions(model, history_of(model, ANN), "month_sales", EVERYTHING).any()


def test_contributions_of_a_cart_add_up_to_its_score(model: Model) -> None:
    cart = History.of_items([CAKE, MILK])
    terms = contributions(model, cart, "cart", EVERYTHING)
    found, scores = cart_scores(model, cart.items)
    np.testing.assert_allclose(terms.sum(axis=1)[found], scores, rtol=1e-5)
    assert set(np.flatnonzero(terms.sum(axis=1))) == set(found)
    assert terms[TEA].tolist() == pytest.approx([0.6**4, 0.8**4])
