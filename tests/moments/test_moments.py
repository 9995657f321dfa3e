"""What comes out for shoppers of many kinds, of a shop whose rhythm was learned."""

from functools import cache

import numpy as np
import pytest
from support.rhythms import START_DAYS, order_days, renewals

from recsvc.moments.moments import Moments, moments_of
from recsvc.moments.rhythm import Rhythms
from recsvc.moments.shop_rhythm import ShopRhythm
from recsvc.moments.states import STATES
from training.moments.learning import learn_shop_rhythm

N_DAYS = 300.0


@cache
def shop() -> ShopRhythm:
    return learn_shop_rhythm(order_days(renewals(200, N_DAYS), N_DAYS), seed=1)


def regular(gap_days: float, n: int) -> Rhythms:
    orders = Rhythms.first_orders()
    for _ in range(n - 1):
        orders = orders.after(np.asarray([gap_days]))
    return orders


def waiting(rhythm: Rhythms, since_days: list[float]) -> Moments:
    """Return the moments of one shopper, so many days after the last order."""
    rows = np.zeros(len(since_days), dtype=np.int64)
    return moments_of(shop(), rhythm.at(rows), np.asarray(since_days), START_DAYS + N_DAYS)


KINDS = {
    "a subscription of four weeks": regular(28, 12),
    "a business that orders each day": regular(1, 200),
    "gifts once a year": regular(365, 4),
    "one order": regular(1, 1),
    "two orders on following days": regular(0.3, 2),
    "a weekly shop": regular(7, 30),
}


@pytest.mark.parametrize("kind", KINDS)
def test_bounds_and_chances_are_in_order_whoever_it_is(kind: str) -> None:
    found = waiting(KINDS[kind], np.geomspace(0.01, 4000, 60).tolist())
    bounds = np.nan_to_num(found.next_order_days, nan=np.inf)
    assert (bounds[:, 0] <= bounds[:, 1]).all()
    assert (bounds[:, 1] <= bounds[:, 2]).all()
    assert (bounds > 0).all()
    assert (np.diff(found.chances, axis=1) >= 0).all()
    assert ((found.chances >= 0) & (found.chances <= 1)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_while_no_order_comes_states_only_go_forward(kind: str) -> None:
    since = np.geomspace(0.01, 4000, 200)
    found = waiting(KINDS[kind], since.tolist())
    assert (np.diff(found.states) >= 0).all()
    assert (found.state_since_days >= 0).all()
    assert (found.state_since_days <= since + 1e-9).all()
    assert not (found.next_state_days < 0).any()
    for i in np.flatnonzero(~np.isnan(found.next_state_days)):
        later = waiting(KINDS[kind], [float(since[i] + found.next_state_days[i] + 1e-6)])
        assert later.states[0] >= found.next_states[i]


def test_a_subscription_is_due_when_its_four_weeks_are_over() -> None:
    found = waiting(KINDS["a subscription of four weeks"], [1.0, 27.0, 80.0])
    assert [STATES[state] for state in found.states[:1]] == ["active"]
    assert STATES[found.states[2]] in {"late", "away", "gone"}
    low, middle, high = found.next_order_days[0]
    assert low < 27
    assert not high < 27
    assert 15 < middle < 40


def test_a_first_order_is_new_and_a_second_one_is_not() -> None:
    assert STATES[waiting(KINDS["one order"], [0.5]).states[0]] == "new"
    assert STATES[waiting(regular(28, 2), [0.5]).states[0]] == "active"


def test_who_has_not_come_for_years_is_gone() -> None:
    found = waiting(KINDS["a weekly shop"], [1500.0])
    assert STATES[found.states[0]] == "gone"
    assert found.chances[0, 2] < 0.1


def test_an_order_just_now_makes_the_next_one_less_likely_than_a_late_one() -> None:
    found = waiting(KINDS["a subscription of four weeks"], [0.05, 27.0])
    assert found.chances[0, 0] < found.chances[1, 0] / 3


def test_many_shoppers_at_once_are_the_same_as_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = waiting(KINDS["a weekly shop"], [1.0, 5.0, 9.0])
    monkeypatch.setattr("recsvc.moments.moments.AT_ONCE", 2)
    parts = waiting(KINDS["a weekly shop"], [1.0, 5.0, 9.0])
    for name, value in vars(whole).items():
        np.testing.assert_allclose(getattr(parts, name), value)


def test_a_shop_of_which_nothing_is_learned_is_refused() -> None:
    with pytest.raises(ValueError, match="not learned"):
        moments_of(ShopRhythm(3), KINDS["one order"], np.zeros(1), START_DAYS)


def test_nobody_has_no_moments() -> None:
    assert len(moments_of(shop(), Rhythms.first_orders(0), np.zeros(0), START_DAYS)) == 0
