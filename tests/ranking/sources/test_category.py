import json
from dataclasses import replace

import numpy as np
import pytest
from support.models import CAKE, HAMMER, ITEMS, JAM, MILK, NAILS, SAW, TEA, with_categories

from recsvc.model.model import Model
from recsvc.ranking.candidates import Proposer
from recsvc.ranking.history import history_of
from recsvc.ranking.judge import Judge
from recsvc.ranking.query import ReasonType, Source
from recsvc.ranking.ranking import Ranking
from recsvc.ranking.reasons import Evidence
from recsvc.ranking.sources.category import NEVER_DAYS, Category, category_columns, category_shares
from recsvc.ranking.user_state import UserState

ADA = 0
"""Bought tea twice lately and milk once: all of it food, all of it drinks."""

EVERYTHING = np.arange(len(ITEMS), dtype=np.int32)


@pytest.fixture
def shop(model: Model) -> Model:
    return with_categories(model)


def test_the_shares_are_those_of_recent_purchases(shop: Model) -> None:
    assert category_shares(shop, history_of(shop, ADA)).tolist() == [1, 1, 0]
    # ann: cake and tea, one each; only tea is a drink
    assert category_shares(shop, history_of(shop, 1)).tolist() == [1, 0.5, 0]


def test_items_are_compared_by_their_narrowest_and_their_broadest_category(shop: Model) -> None:
    columns = category_columns(shop, history_of(shop, 1), EVERYTHING)
    assert columns["category_narrow"][[CAKE, TEA, MILK, SAW, JAM]].tolist() == [1, 0.5, 0.5, 0, 0]
    assert columns["category_broad"][[CAKE, TEA, MILK, SAW, JAM]].tolist() == [1, 1, 1, 0, 0]


def test_it_is_known_when_the_shopper_last_bought_in_the_category(shop: Model) -> None:
    age = category_columns(shop, history_of(shop, ADA), EVERYTHING)["category_age_days"]
    assert age[[CAKE, MILK, TEA]].tolist() == [1, 1, 1]  # tea yesterday
    assert age[[HAMMER, JAM]].tolist() == [NEVER_DAYS, NEVER_DAYS]


def test_the_share_of_an_item_is_that_in_its_narrowest_category(shop: Model) -> None:
    share = category_columns(shop, history_of(shop, ADA), EVERYTHING)["category_item_share"]
    np.testing.assert_allclose(share[[TEA, CAKE, HAMMER, JAM]], [0.6, 0.25, 0.5, 0])


def test_the_source_proposes_what_sells_in_the_shoppers_categories(shop: Model) -> None:
    scores = Category(shop).scores(UserState(ADA, history_of(shop, ADA))).of(EVERYTHING)
    np.testing.assert_allclose(scores[[TEA, MILK, CAKE]], [0.5 + 0.6, 0.25 + 0.4, 0.25])
    assert not scores[[HAMMER, NAILS, SAW, JAM]].any()


def test_a_category_is_explained_by_the_purchases_in_it(shop: Model) -> None:
    by_category = replace(shop, ranker_new=json.dumps({"blend": {"category": 1.0}}))
    judge, ada = Judge(by_category, Proposer(by_category)), UserState(ADA, history_of(shop, ADA))
    evidence = Evidence(judge, ada, ReasonType.ALSO_BOUGHT, ranked_with_repeats=False)
    ranking = Ranking.of(np.asarray([CAKE], np.int32), np.ones(1, np.float32), (Source.CATEGORY,))
    (reason,) = evidence.explain(ranking)
    assert (reason.type, reason.item_ids) == (ReasonType.BECAUSE_YOU_BOUGHT, ("tea", "milk"))


def test_without_a_catalogue_categories_say_nothing(model: Model) -> None:
    ada = UserState(ADA, history_of(model, ADA), EVERYTHING[:0])
    assert not Category(model).scores(ada).of(EVERYTHING).any()
    columns = category_columns(model, ada.history, EVERYTHING)
    assert set(columns.pop("category_age_days").tolist()) == {NEVER_DAYS}
    assert not any(values.any() for values in columns.values())
    assert len(Proposer(model).propose(ada, repeats=True).items)
