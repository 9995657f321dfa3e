import numpy as np
import pytest
from support.models import CAKE, HAMMER, ITEMS, MILK, TEA, with_categories

from recsvc.model.model import Model
from recsvc.ranking.candidates import SOURCES, Candidates, Shopper, propose, score_catalogue
from recsvc.ranking.features import FEATURES, NEVER_DAYS, features
from recsvc.ranking.query import History
from recsvc.ranking.recommender import history_of

NOTHING = np.empty(0, dtype=np.int32)


@pytest.fixture
def ada(model: Model) -> Shopper:
    return Shopper(0, history_of(model, 0), NOTHING)


def columns_of(model: Model, shopper: Shopper) -> tuple[Candidates, dict[str, np.ndarray]]:
    candidates = propose(model, shopper, repeats=True)
    values = features(model, shopper, candidates)
    return candidates, {name: values[:, i] for i, name in enumerate(FEATURES)}


def test_every_feature_has_a_name_of_its_own() -> None:
    assert len(set(FEATURES)) == len(FEATURES)


def test_candidates_are_distinct_and_in_order(model: Model, ada: Shopper) -> None:
    items = propose(model, ada, repeats=True).items.tolist()
    assert items == sorted(set(items))
    assert set(items) == set(range(len(ITEMS)))


def test_without_repeats_the_shoppers_own_items_are_no_candidates(model: Model, ada: Shopper) -> None:
    items = propose(model, ada, repeats=False).items.tolist()
    assert not {TEA, MILK} & set(items)
    assert CAKE in items


def test_hidden_items_are_no_candidates(model: Model, ada: Shopper) -> None:
    hidden = Shopper(0, ada.history, np.asarray([TEA, CAKE], np.int32))
    assert not {TEA, CAKE} & set(propose(model, hidden, repeats=True).items.tolist())


@pytest.mark.parametrize("source", SOURCES)
def test_each_source_scores_the_whole_catalogue(model: Model, ada: Shopper, source: str) -> None:
    scores = score_catalogue(with_categories(model), ada, source)
    assert (scores.shape, scores.dtype) == ((len(ITEMS),), np.float32)
    assert scores.max() > 0


def test_scores_of_the_sources_are_features(model: Model, ada: Shopper) -> None:
    candidates, columns = columns_of(model, ada)
    for i, source in enumerate(SOURCES):
        np.testing.assert_array_equal(columns[source], candidates.scores[:, i])


def test_what_the_shopper_did_with_an_item_stands_in_its_row(model: Model, ada: Shopper) -> None:
    candidates, columns = columns_of(model, ada)
    tea, hammer = candidates.items.tolist().index(TEA), candidates.items.tolist().index(HAMMER)
    assert (columns["own_orders"][tea], columns["own_orders"][hammer]) == (3, 0)
    assert (columns["own_age_days"][tea], columns["own_age_days"][hammer]) == (1, NEVER_DAYS)
    assert columns["own_interval_days"][tea] == (30 - 1) / 2
    assert columns["own_order_share"][tea] == 1
    assert columns["usual_due"][hammer] == -1


def test_what_is_known_of_the_shopper_is_the_same_in_each_row(model: Model, ada: Shopper) -> None:
    _, columns = columns_of(model, ada)
    assert set(columns["user_orders"]) == {3}
    assert set(columns["user_breadth"]) == {2}


def test_someone_without_a_history_has_features_too(model: Model) -> None:
    _, columns = columns_of(model, Shopper(None, History.of_items([]), NOTHING))
    assert set(columns["als"]) == {0}
    assert set(columns["user_orders"]) == {0}
