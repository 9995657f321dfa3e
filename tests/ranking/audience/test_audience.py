from dataclasses import replace

import numpy as np
import pytest
from support.audiences import by, with_audience
from support.models import CAKE, NAILS, TEA, USERS, small_model, with_categories

from recsvc.errors import ConflictError, DamagedModelError, QueryError
from recsvc.model.model import Model
from recsvc.ranking.audience.audience import (
    MAX_ITEMS,
    MAX_N,
    AudienceQuery,
    Audiences,
    Chances,
    OwnersAre,
    Since,
    size_for,
)
from recsvc.ranking.audience.likelihood import Case, Likelihood
from recsvc.ranking.audience.shoppers import Shoppers
from recsvc.ranking.audience.wanted import cold_start_item, learned_item
from recsvc.ranking.cold_start import ColdStartItem, ColdStartMaker

NOBODY = np.empty(0, dtype=np.intp)


def audiences(model: Model) -> Audiences:
    return Audiences(Shoppers(model))


def never_again(model: Model) -> Model:
    return replace(model, item_statistics=np.zeros_like(model.item_statistics))


def names(chances: Chances) -> list[str]:
    return [USERS[user] for user in chances.best_first()]


def test_those_whose_taste_it_is_come_first() -> None:
    found = audiences(never_again(with_audience()))
    assert names(found.chances([learned_item(found.shoppers.model, NAILS)]))[0] == "ben"
    assert names(found.chances([learned_item(found.shoppers.model, CAKE)]))[0] == "ada"


def test_owners_are_left_out_unless_the_item_is_bought_again() -> None:
    once, again = audiences(never_again(with_audience())), audiences(with_audience())
    assert not {"ada", "ann"} & set(names(once.chances([learned_item(once.shoppers.model, TEA)])))
    assert set(names(again.chances([learned_item(again.shoppers.model, TEA)]))[:2]) == {"ada", "ann"}


@pytest.mark.parametrize(("owners", "are_in"), [(OwnersAre.WELCOME, True), (OwnersAre.LEFT_OUT, False)])
def test_who_asks_decides_on_owners(owners: OwnersAre, are_in: bool) -> None:
    for model in (with_audience(), never_again(with_audience())):
        found = audiences(model)
        chances = found.chances([learned_item(model, TEA)], owners)
        assert ("ada" in names(chances)) is are_in
        assert chances.owners_left_out == (not are_in,)


def test_what_happened_since_counts() -> None:
    found = audiences(never_again(with_audience()))
    ada, ben = np.asarray([0]), np.asarray([2])
    since = Since(bought=[ada], disliked=[ben])
    left = names(found.chances([learned_item(found.shoppers.model, CAKE)], since=since))
    assert not {"ada", "ben"} & set(left)


def test_a_dislike_counts_for_owners_too() -> None:
    found = audiences(with_audience())
    since = Since(bought=[NOBODY], disliked=[np.asarray([0])])
    assert "ada" not in names(found.chances([learned_item(found.shoppers.model, TEA)], since=since))


def test_of_several_items_any_will_do() -> None:
    found = audiences(with_audience(taste=0.5))
    model = found.shoppers.model
    alone = [found.chances([learned_item(model, item)]).probabilities for item in (CAKE, NAILS)]
    both = found.chances([learned_item(model, item) for item in (CAKE, NAILS)]).probabilities
    np.testing.assert_allclose(both, 1 - (1 - alone[0]) * (1 - alone[1]))


def test_a_new_item_is_for_those_who_buy_what_is_like_it() -> None:
    model = with_audience(with_categories(small_model()))
    made = ColdStartMaker(model).make([ColdStartItem("oolong", ("Food > Drinks",))])
    found = audiences(model).chances([cold_start_item(model, made, 0)])
    assert set(names(found)[:2]) == {"ada", "ann"}
    assert found.owners_left_out == (True,)


def test_a_model_that_learned_nothing_of_it_says_so() -> None:
    model = small_model()
    with pytest.raises(ConflictError, match="train again on dated orders"):
        audiences(model).chances([learned_item(model, TEA)])
    of_learned = Likelihood(28, {Case.NEW: by(one=1.0)}).written()
    model = replace(with_categories(model), audience=of_learned)
    made = ColdStartMaker(model).make([ColdStartItem("oolong", ("Food",))])
    with pytest.raises(ConflictError, match="never sold"):
        audiences(model).chances([cold_start_item(model, made, 0)])


def test_each_item_may_be_the_last_that_there_is_time_for() -> None:
    found, looked = audiences(with_audience()), []
    wanted = learned_item(found.shoppers.model, TEA)

    def check() -> None:
        looked.append(1)
        if len(looked) == 2:
            raise TimeoutError

    with pytest.raises(TimeoutError):
        found.chances([wanted, learned_item(found.shoppers.model, CAKE), wanted], check=check)
    assert len(looked) == 2


@pytest.mark.parametrize(("wished", "size"), [(0.5, 1), (0.4, 2), (0.3, 3), (0.29, 3), (0.9, 0), (0.01, 3)])
def test_an_audience_is_as_large_as_its_mean_chance_allows(wished: float, size: int) -> None:
    assert size_for(wished, np.asarray([0.5, 0.3, 0.1])) == size
    assert size_for(wished, np.empty(0)) == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"item_ids": ()},
        {"item_ids": tuple(map(str, range(MAX_ITEMS + 1)))},
        {"n": 0},
        {"n": MAX_N + 1},
        {"precision": 0.0},
        {"precision": 1.1},
    ],
)
def test_what_is_beyond_bounds_is_refused(fields: dict) -> None:
    with pytest.raises(QueryError):
        AudienceQuery(**{"item_ids": ("tea",), **fields})


def test_a_text_that_is_no_likelihood_is_refused() -> None:
    for text in (
        "{",
        "[]",
        '{"horizon_days": 0, "cases": {}}',
        '{"horizon_days": 1, "cases": {"other": {}}}',
    ):
        with pytest.raises(DamagedModelError, match="who buys an item"):
            audiences(replace(small_model(), audience=text))
    with pytest.raises(ValueError, match="ascending"):
        replace(by(one=1.0), probabilities=(1.0, 0.0))
    for one in (None, Likelihood(28, {Case.NEW: by(one=1.0)})):
        assert Likelihood.read("" if one is None else one.written()) == one
