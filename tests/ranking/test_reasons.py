from dataclasses import replace

import numpy as np
import pytest
from support.models import CAKE, MILK, SAW, TEA, rows

from recsvc.model.model import Model
from recsvc.ranking.candidates import Proposer
from recsvc.ranking.history import history_of
from recsvc.ranking.query import Reason, ReasonType, Source
from recsvc.ranking.ranking import Ranking
from recsvc.ranking.reasons import Evidence
from recsvc.ranking.user_state import UserState

ADA = 0
"""Bought tea three times in a month, the last time yesterday, and milk once, 20 days ago."""


def reason_of(model: Model, item: int, proposer: str) -> Reason:
    ada = UserState(ADA, history_of(model, ADA))
    evidence = Evidence(Proposer(model), ada, ReasonType.BECAUSE_YOU_BOUGHT)
    ranking = Ranking.of(np.asarray([item], np.int32), np.ones(1, np.float32), (proposer,))
    return evidence.explain(ranking)[0]


@pytest.mark.parametrize(
    "proposer", ["als", "forward_all", "forward_new", "user_neighbours", "item_neighbours"]
)
def test_the_purchases_behind_an_item_are_named_strongest_first(model: Model, proposer: str) -> None:
    named = ("tea",) if proposer == "item_neighbours" else ("tea", "milk")
    assert reason_of(model, CAKE, proposer) == Reason(ReasonType.BECAUSE_YOU_BOUGHT, named)


@pytest.mark.parametrize("proposer", ["als", "forward_new", "item_neighbours"])
def test_an_item_that_no_purchase_speaks_for_is_called_popular(model: Model, proposer: str) -> None:
    assert reason_of(model, SAW, proposer) == Reason(ReasonType.POPULAR)


def test_an_item_is_explained_by_the_table_that_proposed_it(model: Model) -> None:
    # By the long-term factors ada has nothing to do with saws; what buyers like her bought next says otherwise.
    next_bought = model.forward_new.copy()
    next_bought[SAW] = [5, 0, 0]
    forward = replace(model, forward_new=next_bought)
    assert reason_of(forward, SAW, "forward_new").item_ids == ("tea", "milk")
    assert reason_of(forward, SAW, "als") == Reason(ReasonType.POPULAR)


def test_what_everybody_buys_next_is_popular_however_little_the_shopper_is_against_it(model: Model) -> None:
    next_bought = model.forward_new.copy()
    next_bought[SAW] = [-1, 0, 9]  # the taste takes away from what anybody gets
    assert reason_of(replace(model, forward_new=next_bought), SAW, "forward_new") == Reason(
        ReasonType.POPULAR
    )


def test_what_is_bought_in_one_order_with_a_purchase_names_that(model: Model) -> None:
    without = replace(model, item_neighbours=rows({}, {}, {}, {}, {}, {}, {}, n_columns=7))
    assert reason_of(without, CAKE, "basket_neighbours").item_ids == ("tea",)


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
