import json
from dataclasses import replace

import numpy as np
import pytest
from support.models import CAKE, JAM, MILK, TEA

from recsvc.model.model import Model
from recsvc.ranking.candidates import Proposer
from recsvc.ranking.history import History, history_of
from recsvc.ranking.judge import Judge
from recsvc.ranking.personal_places import PersonalPlaces
from recsvc.ranking.query import Reason, ReasonType, Source
from recsvc.ranking.ranking import Ranking
from recsvc.ranking.reasons import Evidence
from recsvc.ranking.sources.als import fold_in
from recsvc.ranking.user_state import UserState

ADA = 0
"""Bought tea three times in a month, the last time yesterday, and milk once, 20 days ago."""


def evidence_of(model: Model, user: UserState, *, repeats: bool | None = True) -> Evidence:
    judge = Judge(model, Proposer(model))
    return Evidence(judge, user, ReasonType.SIMILAR_TO_ITEM, ranked_with_repeats=repeats)


def reason_of(model: Model, item: int, proposer: str = "als", *, repeats: bool = True) -> Reason:
    ada = UserState(ADA, history_of(model, ADA))
    ranking = Ranking.of(np.asarray([item], np.int32), np.ones(1, np.float32), (proposer,))
    return evidence_of(model, ada, repeats=repeats).explain(ranking)[0]


def blended(model: Model, **weights: float) -> Model:
    return replace(model, ranker_all=json.dumps({"blend": weights}))


@pytest.mark.parametrize(
    "source", ["als", "forward_all", "forward_new", "user_neighbours", "item_neighbours_even"]
)
def test_the_purchases_that_lift_an_item_are_named_strongest_first(model: Model, source: str) -> None:
    named = ("tea",) if source == "item_neighbours_even" else ("tea", "milk")
    assert reason_of(blended(model, **{source: 1.0}), CAKE) == Reason(ReasonType.BECAUSE_YOU_BOUGHT, named)


def test_it_is_the_ranker_that_counts_and_not_who_proposed_the_item(model: Model) -> None:
    by_sales = blended(model, month_sales=1.0)
    assert reason_of(by_sales, CAKE, "item_neighbours") == Reason(ReasonType.POPULAR)
    assert reason_of(blended(model, als=1.0), CAKE, "month_sales").type is ReasonType.BECAUSE_YOU_BOUGHT


def test_what_sales_lift_more_than_purchases_is_popular(model: Model) -> None:
    assert reason_of(blended(model, als=0.1, month_sales=5.0), JAM) == Reason(ReasonType.POPULAR)


def test_what_stands_in_a_personal_place_is_there_because_of_purchases(model: Model) -> None:
    by_sales = blended(model, month_sales=1.0)
    places = PersonalPlaces(9, {"als": 1.0})
    personal = replace(by_sales, ranker_all=places.written(by_sales.ranker_all))
    assert reason_of(by_sales, CAKE) == Reason(ReasonType.POPULAR)
    assert reason_of(personal, CAKE) == Reason(ReasonType.BECAUSE_YOU_BOUGHT, ("tea", "milk"))


def test_what_somebody_looked_at_is_similar_and_not_bought(model: Model) -> None:
    looked = replace(History.of_items([TEA]), orders=np.zeros(1, np.int32))
    visitor = UserState(None, looked, folded_in=fold_in(model, looked))
    ranking = Ranking.of(np.asarray([CAKE], np.int32), np.ones(1, np.float32), ("als",))
    evidence = evidence_of(blended(model, als=1.0), visitor)
    assert evidence.explain(ranking) == (Reason(ReasonType.SIMILAR_TO_ITEM, ("tea",)),)


def test_a_regular_purchase_says_how_often_and_how_long_ago(model: Model) -> None:
    # three orders, the first 30 days ago and the last yesterday
    reason = Reason(ReasonType.YOU_BUY_THIS_REGULARLY, every_days=14, last_days_ago=1)
    assert reason_of(model, TEA, Source.REPURCHASE) == reason


def test_a_single_purchase_is_not_regular(model: Model) -> None:
    reason = Reason(ReasonType.YOU_BOUGHT_THIS, last_days_ago=20)
    assert reason_of(model, MILK, Source.REPURCHASE) == reason


def bought_tea(model: Model, *, orders: int, first: float, last: float) -> Model:
    """Return the model in which ada has bought tea so often, these days ago."""
    changed = {"orders": orders, "first_age_days": first, "age_days": last}
    columns = {name: values.copy() for name, values in model.history_columns.items()}
    for name, value in changed.items():
        columns[name][model.history.row(ADA)[0].tolist().index(TEA)] = value
    return replace(model, history_columns=columns)


@pytest.mark.parametrize(
    ("orders", "first", "last"),
    [
        pytest.param(2, 40, 10, id="a single interval shows no rhythm"),
        pytest.param(3, 100, 80, id="eight intervals without it"),
        pytest.param(3, 5, 5, id="all on one day"),
    ],
)
def test_what_has_no_rhythm_is_only_bought(model: Model, orders: int, first: float, last: float) -> None:
    reason = reason_of(bought_tea(model, orders=orders, first=first, last=last), TEA, Source.REPURCHASE)
    assert reason == Reason(ReasonType.YOU_BOUGHT_THIS, last_days_ago=int(last))


def test_without_dates_no_days_are_named(model: Model) -> None:
    undated = replace(
        model, popularity=model.popularity[:1], popularity_windows_days=model.popularity_windows_days[:1]
    )
    assert reason_of(undated, TEA, Source.REPURCHASE) == Reason(ReasonType.YOU_BUY_THIS_REGULARLY)
    assert reason_of(undated, MILK, Source.REPURCHASE) == Reason(ReasonType.YOU_BOUGHT_THIS)
