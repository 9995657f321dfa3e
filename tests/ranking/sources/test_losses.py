"""What each source says that its scores would lose is what they lose when the purchase is left out."""

from dataclasses import replace

import numpy as np
import pytest
from support.models import small_model, with_categories

from recsvc.model.model import Model
from recsvc.ranking.history import History, history_of
from recsvc.ranking.sources.all import SOURCES
from recsvc.ranking.sources.als import fold_in
from recsvc.ranking.sources.base import CandidateSource
from recsvc.ranking.user_state import UserState

EVERYTHING = np.arange(7, dtype=np.int32)


@pytest.fixture(scope="module")
def model() -> Model:
    """The small model with item factors that are nobody's double."""
    rng = np.random.default_rng(4)
    factors = rng.normal(size=(7, 2)).astype(np.float32)
    forward = np.concatenate([factors, np.ones((7, 1), np.float32)], axis=1)
    gramian = factors.T @ factors + np.eye(2, dtype=np.float32)
    return replace(
        with_categories(small_model()),
        item_factors=factors, item_gramian=gramian, user_neighbours=factors[::-1].copy(),
        forward_all=forward, forward_new=forward[::-1].copy(),
    )  # fmt: skip


def user_of(model: Model, history: History) -> UserState:
    return UserState(None, history, folded_in=fold_in(model, history))


@pytest.mark.parametrize("make", SOURCES, ids=lambda source: source.name)
def test_a_source_loses_what_it_says(model: Model, make: type[CandidateSource]) -> None:
    source, whole = make(model), history_of(model, 0)
    user = user_of(model, whole)
    scores = source.scores(user).of(EVERYTHING)
    losses = source.losses(user, EVERYTHING, scores)
    for place in range(len(whole)):
        rest = user_of(model, whole.at(np.delete(np.arange(len(whole)), place)))
        left = source.scores(rest).of(EVERYTHING)
        assert losses[:, place] == pytest.approx(scores - left, rel=1e-3, abs=1e-4)
