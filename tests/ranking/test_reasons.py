from dataclasses import replace

import numpy as np
import pytest
from support.models import CAKE, MILK, SAW, TEA, rows

from recsvc.model.model import Model
from recsvc.ranking.query import Reason, ReasonType, Source
from recsvc.ranking.ranking import Ranking
from recsvc.ranking.reasons import Evidence
from recsvc.ranking.recommender import history_of

ADA = 0
"""Bought tea, and milk less often."""


def reason_of(model: Model, item: int, source: Source) -> Reason:
    evidence = Evidence(model, history_of(model, ADA), model.similar, ReasonType.BECAUSE_YOU_BOUGHT)
    ranking = Ranking.of(np.asarray([item], np.int32), np.ones(1, np.float32), (source,))
    return evidence.explain(ranking)[0]


@pytest.mark.parametrize("source", [Source.ALS, Source.CO_PURCHASE])
def test_the_purchases_behind_an_item_are_named_strongest_first(model: Model, source: Source) -> None:
    named = ("tea", "milk") if source is Source.ALS else ("tea",)
    assert reason_of(model, CAKE, source) == Reason(ReasonType.BECAUSE_YOU_BOUGHT, named)


@pytest.mark.parametrize("source", [Source.ALS, Source.CO_PURCHASE])
def test_an_item_that_no_purchase_speaks_for_is_called_popular(model: Model, source: Source) -> None:
    assert reason_of(model, SAW, source) == Reason(ReasonType.POPULAR)


def test_what_is_only_bought_in_one_order_with_a_purchase_names_that(model: Model) -> None:
    without = replace(model, similar=rows({}, {}, {}, {}, {}, {}, {}, n_columns=7))
    assert reason_of(without, CAKE, Source.CO_PURCHASE).item_ids == ("tea",)


@pytest.mark.parametrize(
    ("item", "reason"),
    [(TEA, ReasonType.YOU_BUY_THIS_REGULARLY), (MILK, ReasonType.YOU_BOUGHT_THIS)],
)
def test_what_was_bought_more_than_once_is_bought_regularly(
    model: Model, item: int, reason: ReasonType
) -> None:
    assert reason_of(model, item, Source.REPURCHASE) == Reason(reason)
