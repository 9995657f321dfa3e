from dataclasses import replace

import numpy as np
import pytest
from support.models import HAMMER, TEA

from recsvc.model.arrays import ITEM_STATISTICS
from recsvc.model.model import Model
from recsvc.ranking import features as module
from recsvc.ranking.candidates import Candidates, Proposer
from recsvc.ranking.explain.topics import Topic
from recsvc.ranking.features import FEATURES, feature_topics, features
from recsvc.ranking.history import History, history_of
from recsvc.ranking.sources.all import SOURCES
from recsvc.ranking.sources.category import NEVER_DAYS
from recsvc.ranking.sources.sales import SalesSource
from recsvc.ranking.user_state import UserState

NOTHING = np.empty(0, dtype=np.int32)


@pytest.fixture
def ada(model: Model) -> UserState:
    return UserState(0, history_of(model, 0), NOTHING)


def columns_of(model: Model, user: UserState) -> tuple[Candidates, dict[str, np.ndarray]]:
    candidates = Proposer(model).propose(user, repeats=True)
    values = features(model, user, candidates)
    return candidates, {name: values[:, i] for i, name in enumerate(FEATURES)}


def test_every_feature_has_a_name_of_its_own() -> None:
    assert len(set(FEATURES)) == len(FEATURES)


def test_scores_of_the_sources_are_features(model: Model, ada: UserState) -> None:
    candidates, columns = columns_of(model, ada)
    for i, source in enumerate(SOURCES):
        if not issubclass(source, SalesSource):
            assert columns[source.name].tolist() == candidates.scores[:, i].tolist()


def test_sales_are_told_against_those_of_the_mean_item(model: Model, ada: UserState) -> None:
    candidates, columns = columns_of(model, ada)
    mean = model.popularity[0].mean()
    assert columns["all_sales"].tolist() == pytest.approx(
        (model.popularity[0] / mean)[candidates.items].tolist()
    )


def test_a_shop_that_is_ten_times_as_large_looks_the_same(model: Model, ada: UserState) -> None:
    large = replace(model, popularity=10 * model.popularity)
    for name in ("week_sales", "month_sales", "all_sales", "sales_quarter"):
        assert columns_of(large, ada)[1][name].tolist() == pytest.approx(
            columns_of(model, ada)[1][name].tolist()
        )


def test_what_the_shopper_did_with_an_item_stands_in_its_row(model: Model, ada: UserState) -> None:
    candidates, columns = columns_of(model, ada)
    tea, hammer = candidates.items.tolist().index(TEA), candidates.items.tolist().index(HAMMER)
    assert (columns["own_orders"][tea], columns["own_orders"][hammer]) == (3, 0)
    assert (columns["own_age_days"][tea], columns["own_age_days"][hammer]) == (1, NEVER_DAYS)
    assert columns["own_interval_days"][tea] == (30 - 1) / 2
    assert columns["own_order_share"][tea] == 1
    assert columns["usual_due"][hammer] == -1
    assert columns["own_quantity"][tea] == pytest.approx(np.log1p(6))
    assert columns["own_last_quantity"][tea] == pytest.approx(np.log1p(1))
    usual = model.item_statistics[TEA, ITEM_STATISTICS.index("log_quantity")]
    assert columns["own_quantity_difference"][tea] == pytest.approx(np.log1p(6 / 3) - usual)
    assert (columns["own_quantity"][hammer], columns["own_last_quantity"][hammer]) == (0, 0)
    assert np.isnan(columns["own_quantity_difference"][hammer])


def test_what_is_known_of_the_shopper_is_the_same_in_each_row(model: Model, ada: UserState) -> None:
    _, columns = columns_of(model, ada)
    assert set(columns["user_orders"]) == {3}
    assert set(columns["user_breadth"]) == {2}


def test_someone_without_a_history_has_features_too(model: Model) -> None:
    _, columns = columns_of(model, UserState(None, History.of_items([]), NOTHING))
    assert set(columns["als"]) == {0}
    assert set(columns["user_orders"]) == {0}


def test_a_shopper_hears_of_every_feature_that_says_something_of_an_item() -> None:
    assert {name for name, topic in feature_topics().items() if topic is Topic.UNSAID} == {
        "item_age_days",
        "item_basket_size",
        *(name for name in FEATURES[len(SOURCES) :] if name.startswith("user_")),
    }


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_no_feature_is_infinite(
    model: Model, ada: UserState, monkeypatch: pytest.MonkeyPatch, value: float
) -> None:
    endless = replace(module._ROWS[0], column=lambda _: value)
    monkeypatch.setattr(module, "_ROWS", (endless, *module._ROWS[1:]))
    _, columns = columns_of(model, ada)
    assert not any(np.isinf(column).any() for column in columns.values())
