import json
from dataclasses import replace

import numpy as np
import pytest
from support.models import CAKE, HAMMER, ITEMS, MILK, REGULARIZATION, TEA, small_model, with_categories

from recsvc.model.model import Model
from recsvc.ranking.candidates import Proposer
from recsvc.ranking.explain.explainer import explain
from recsvc.ranking.explain.languages.language import Point
from recsvc.ranking.explain.points import points
from recsvc.ranking.history import History, history_of
from recsvc.ranking.query import Placement, Query, ReasonType, Source
from recsvc.ranking.recommender import Recommender
from recsvc.ranking.scores import DenseScores, Scores
from recsvc.ranking.sources.all import SOURCES
from recsvc.ranking.sources.als import factor_parts
from recsvc.ranking.sources.base import CandidateSource
from recsvc.ranking.sources.neighbours import Cart, ItemNeighbours
from recsvc.ranking.sources.sales import MonthSales
from recsvc.ranking.user_state import UserState

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
        user_neighbours=rng.random(items.shape).astype(np.float32),
        **{name: table.astype(np.float32) for name, table in tables.items()},
    )
    model.user_factors[ANN] = factor_parts(model, history_of(model, ANN)).sum(axis=0)
    return model


@pytest.mark.parametrize(
    "source",
    [
        "als",
        "forward_all",
        "forward_new",
        "user_neighbours",
        "item_neighbours",
        "item_neighbours_recent",
        "basket_neighbours",
        "category",
    ],
)
def test_terms_add_up_to_the_score(solved: Model, source: str) -> None:
    history = history_of(solved, ANN)
    user, made = UserState(ANN, history), Proposer(solved).by_name[source]
    terms = made.terms(user, EVERYTHING)
    assert terms.shape == (len(ITEMS), len(history))
    score = made.scores(user).of(EVERYTHING)
    assert len(np.unique(score)) > 2
    np.testing.assert_allclose(terms.sum(axis=1) + INTERCEPT.get(source, 0), score, rtol=1e-4, atol=1e-5)


def test_the_items_may_be_asked_for_in_any_order(model: Model) -> None:
    source, user = ItemNeighbours(model), UserState(ANN, history_of(model, ANN))
    there, back = (source.terms(user, items) for items in (EVERYTHING, EVERYTHING[::-1]))
    np.testing.assert_array_equal(there, back[::-1])
    assert there.any()


def test_purchases_have_no_part_in_what_sells(model: Model) -> None:
    assert not MonthSales(model).terms(UserState(ANN, history_of(model, ANN)), EVERYTHING).any()


def test_terms_of_a_cart_add_up_to_its_score(model: Model) -> None:
    source, cart = Cart(model), UserState(None, History.of_items([CAKE, MILK]))
    terms, scores = source.terms(cart, EVERYTHING), source.summed(cart)
    np.testing.assert_allclose(terms.sum(axis=1)[scores.items], scores.values, rtol=1e-5)
    assert set(np.flatnonzero(terms.sum(axis=1))) == set(scores.items)
    assert terms[TEA].tolist() == pytest.approx([0.6**8, 0.8**8])


class Alphabetical(CandidateSource):
    """An example from outside: the earlier an item stands in the vocabulary the better, tea lovers excepted."""

    name = "alphabetical"
    n_proposed = 2
    public_name = Source.ALS
    words = "its place in the alphabet"

    def scores(self, user: UserState) -> Scores:
        return DenseScores(np.arange(self.model.n_items, 0, -1, dtype=np.float32) / self.model.n_items)

    def terms(self, user: UserState, items: np.ndarray) -> np.ndarray:
        return np.ones((len(items), len(user.history)))


def test_a_source_from_outside_proposes_scores_is_a_feature_and_is_explained(model: Model) -> None:
    judging = replace(model, ranker_new=json.dumps({"blend": {"alphabetical": 1.0}}))
    proposer = Proposer(judging, (*SOURCES, Alphabetical))
    recommender = Recommender(judging, proposer=proposer)
    ann = UserState(ANN, history_of(judging, ANN))
    proposed = proposer.proposed(ann, proposer.scores(ann), repeats=True)
    assert set(proposed["alphabetical"]) == {CAKE, HAMMER}
    made = recommender.recommend(Query(Placement.DISCOVER, 3, "ann"))
    assert [item.item_id for item in made.items] == ["hammer", "jam", "milk"]
    assert made.items[0].source is Source.ALS
    assert made.items[0].reason.type is ReasonType.BECAUSE_YOU_BOUGHT
    told = explain(recommender, Query(Placement.DISCOVER, 3, "ann"), "hammer")
    (view,) = (view for view in told.sources if view.source == "alphabetical")
    assert (view.rank, view.proposed) == (2, True)
    assert told.judgement is not None
    assert points(told.judgement, told.sources, speaking_for=True) == [Point.TASTE]
