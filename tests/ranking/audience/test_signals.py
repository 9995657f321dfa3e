from dataclasses import replace

import numpy as np
import pytest
from support.models import CAKE, HAMMER, JAM, MILK, TEA, random_model, small_model, with_categories

from recsvc.ranking.audience.shoppers import ACTIVITY, Shoppers
from recsvc.ranking.audience.signals import AGAIN, BY_OWN, HIGHEST, NEW, Owners, own_signals, signals_of
from recsvc.ranking.audience.wanted import learned_item
from recsvc.ranking.history import history_of
from recsvc.ranking.sources.neighbours import ItemNeighbours
from recsvc.ranking.sources.repurchase import due
from recsvc.ranking.user_state import UserState

ADA, ANN, BEN, BOB = range(4)


def column(item: int, name: str) -> np.ndarray:
    model = with_categories(small_model())
    return signals_of(Shoppers(model), learned_item(model, item))[:, NEW.index(name)]


def test_activity_is_counted_of_each_shopper() -> None:
    of_ada = dict(zip(ACTIVITY, Shoppers(small_model()).activity[ADA], strict=True))
    assert of_ada["log_orders"] == pytest.approx(np.log(3))
    assert of_ada["log_age_days"] == pytest.approx(np.log(2))
    assert of_ada["log_tenure_days"] == pytest.approx(np.log(31))
    assert of_ada["log_basket"] == pytest.approx(np.log(4 / 3))


def test_a_shopper_without_purchases_has_signals_too() -> None:
    model = small_model()
    history = replace(model.history, indptr=np.asarray([0, 2, 4, 4, 7]))
    table = signals_of(Shoppers(replace(model, history=history)), learned_item(model, TEA))
    assert np.isfinite(table).all()


def test_tastes_are_compared_with_the_shoppers_own_others() -> None:
    taste = column(CAKE, "taste")
    model = small_model()
    products = model.item_factors @ model.user_factors[ADA]
    assert taste[ADA] == pytest.approx((products[CAKE] - products.mean()) / products.std(), abs=1e-5)
    assert taste[ADA] > 0 > taste[BEN]


def test_neighbours_are_those_of_what_the_shopper_bought() -> None:
    model = random_model(3)
    shoppers = Shoppers(model)
    for item in range(0, model.n_items, 37):
        values = learned_item(model, item).near
        assert values is not None
        for user in range(model.n_users):
            history = history_of(model, user)
            wanted = ItemNeighbours(model).scores(UserState(user, history)).of(np.asarray([item], np.int32))
            assert history.confidence @ values[history.items] == pytest.approx(
                float(wanted[0]), rel=1e-4, abs=1e-4
            )
    assert (shoppers.near > 0).any()


def test_kind_is_the_narrowest_category() -> None:
    kind = column(MILK, "kind")
    assert kind[ADA] > kind[BEN]
    assert learned_item(with_categories(small_model()), MILK).is_of_kind.nonzero()[0].tolist() == [MILK, TEA]


def test_what_sells_is_the_same_for_everybody() -> None:
    sold = column(JAM, "log_sales")
    assert len(np.unique(sold)) == 1
    assert sold[0] == pytest.approx(np.log(9.5 / 4))


def test_owners_are_due_as_each_of_them_is() -> None:
    model = small_model()
    shoppers = Shoppers(model)
    owners = Owners.of(shoppers, TEA)
    assert owners.users.tolist() == [ADA, ANN]
    own = own_signals(shoppers, owners)
    assert own.shape == (2, len(BY_OWN))
    for row, user in zip(own, owners.users, strict=True):
        history = history_of(model, int(user))
        wanted = due(model, history)[history.items == TEA]
        assert row[BY_OWN.index("log_due")] == pytest.approx(np.log(wanted[0] + 1e-3), abs=1e-4)


def test_nothing_is_out_of_bounds() -> None:
    model = random_model(1)
    table = signals_of(Shoppers(model), learned_item(model, 5))
    assert table.shape == (model.n_users, len(NEW))
    assert np.abs(table).max() <= HIGHEST
    assert AGAIN[: len(NEW)] == NEW


def test_an_item_that_nobody_bought_has_no_owners() -> None:
    assert len(Owners.of(Shoppers(small_model()), JAM).users) == 0
    assert Owners.of(Shoppers(small_model()), HAMMER).users.tolist() == [BEN]
