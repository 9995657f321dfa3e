"""Reasons are checked by leaving out what they name."""

import json
from dataclasses import replace

import pytest
from support.models import USERS, small_model

from recsvc.model.model import Model
from recsvc.ranking.query import Placement, Reason, ReasonType
from recsvc.ranking.reasons import Evidence
from recsvc.ranking.recommender import Recommender
from training.evaluation.reason_check import check_reasons


def by_neighbours() -> Model:
    return replace(small_model(), ranker_all=json.dumps({"blend": {"item_neighbours": 1.0}}))


def test_an_item_falls_without_the_purchases_that_are_named() -> None:
    users = [user for user in USERS if user != "ada"]  # without tea, all that is left to ada ranks alike
    found = check_reasons(Recommender(by_neighbours()), Placement.FOR_YOU, users)
    assert (found.items, found.named, found.held, found.share) == (21, 4, 4, 1.0)


def test_a_reason_that_names_another_purchase_does_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ben bought nails and a saw; the hammer goes with the nails."""
    blamed = Reason(ReasonType.BECAUSE_YOU_BOUGHT, ("saw",))
    monkeypatch.setattr(Evidence, "explain", lambda _, ranking: (blamed,) * len(ranking))
    recommender = Recommender(replace(by_neighbours(), ranker_new=by_neighbours().ranker_all))
    found = check_reasons(recommender, Placement.DISCOVER, ["ben"])
    assert found.held < found.named
