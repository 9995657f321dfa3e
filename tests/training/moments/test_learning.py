"""What is learned of shops whose shoppers order in a way that is known."""

from collections.abc import Callable

import numpy as np
import pytest
from support.rhythms import order_days, renewals

from recsvc.moments.moments import Moments, moments_of
from recsvc.moments.rhythm import Rhythms
from recsvc.moments.states import STATES
from training.moments.learning import learn_shop_rhythm
from training.moments.level import log_level
from training.moments.order_days import OrderDays
from training.moments.rate_fit import FitSettings, fit_weights
from training.moments.spells import Rows

N_DAYS = 360.0


def every(gap_days: float, n_users: int = 80, jitter: float = 0.0) -> list[np.ndarray]:
    rng = np.random.default_rng(5)
    times = np.arange(0, N_DAYS, gap_days)
    starts = rng.uniform(1, gap_days, n_users)
    return [start + times + rng.normal(0, jitter, len(times)) for start in starts]


def with_sale() -> list[np.ndarray]:
    return [np.append(times, 200.0) for times in renewals(120, N_DAYS)]


def closed_in_summer() -> list[np.ndarray]:
    return [times[(times < 180) | (times > 222)] for times in renewals(150, N_DAYS)]


def once_a_year() -> list[np.ndarray]:
    rng = np.random.default_rng(6)
    return [np.asarray([start, start + 340 + rng.normal(0, 5)]) for start in rng.uniform(0, 15, 150)]


def workdays() -> list[np.ndarray]:
    rng = np.random.default_rng(7)
    days = np.asarray([day for day in range(int(N_DAYS)) if day % 7 < 5]) + 0.4
    return [days[rng.random(len(days)) < 0.9] for _ in range(60)]


def learned(times: list[np.ndarray]) -> tuple[OrderDays, Moments]:
    orders = order_days(times, N_DAYS)
    shop = learn_shop_rhythm(orders, seed=1)
    rhythms, since = Rhythms.of_columns(orders.user_rhythm())
    known = np.flatnonzero(rhythms.orders > 0)
    return orders, moments_of(shop, rhythms.at(known), since[known], orders.now_days)


SHOPS: dict[str, Callable[[], list[np.ndarray]]] = {
    "a subscription to the day": lambda: every(28.0),
    "a flash sale": with_sale,
    "closed for six weeks": closed_in_summer,
    "gifts once a year": once_a_year,
    "businesses on workdays": workdays,
    "all ordered at one moment, twice": lambda: [np.asarray([10.0, 100.0])] * 60,
}


@pytest.mark.parametrize("name", SHOPS)
def test_nothing_silly_comes_out_of_a_shop_of_its_own_kind(name: str) -> None:
    _, found = learned(SHOPS[name]())
    bounds = np.nan_to_num(found.next_order_days, nan=np.inf)
    assert (bounds[:, 0] <= bounds[:, 1]).all()
    assert (bounds[:, 1] <= bounds[:, 2]).all()
    assert (bounds[:, 0] > 0).all()
    assert ((found.chances >= 0) & (found.chances <= 1)).all()
    assert (np.diff(found.chances, axis=1) >= 0).all()


def test_a_subscription_is_foreseen_to_a_few_days() -> None:
    orders, found = learned(every(28.0, jitter=0.5))
    _, since = Rhythms.of_columns(orders.user_rhythm())
    left = 28 - since
    middle = found.next_order_days[:, 1]
    assert np.abs(middle - left)[left > 3].mean() < 4
    assert np.corrcoef(middle[left > 3], left[left > 3])[0, 1] > 0.9


def test_a_business_that_orders_on_workdays_orders_within_the_week_and_hardly_on_a_weekend() -> None:
    orders = order_days(workdays(), 354.6)  # a Friday afternoon
    shop = learn_shop_rhythm(orders, seed=1)
    rhythms, since = Rhythms.of_columns(orders.user_rhythm())
    curves = shop.curves(rhythms, since, np.arange(8.0), orders.now_days)
    by_day = np.diff(curves.hazards, axis=1).mean(axis=0)
    assert by_day[1] < by_day[3] / 3
    assert curves.chance_within(7).mean() > 0.9


def test_who_gives_once_a_year_is_not_gone_after_a_quarter() -> None:
    shop = learn_shop_rhythm(order_days(once_a_year(), N_DAYS), seed=1)
    orders = Rhythms.first_orders().after(np.asarray([340.0])).after(np.asarray([340.0]))
    found = moments_of(shop, orders, np.asarray([91.0]), 20_000.0)
    assert STATES[found.states[0]] == "active"


def test_fewer_than_fifty_repeat_buyers_teach_nothing() -> None:
    shop = learn_shop_rhythm(order_days(every(30.0, n_users=49), N_DAYS), seed=1)
    assert (shop.is_learned, shop.repeat_buyers) == (False, 49)
    assert learn_shop_rhythm(order_days(every(30.0, n_users=50), N_DAYS), seed=1).is_learned


def test_the_same_orders_teach_the_same() -> None:
    orders = order_days(renewals(80, N_DAYS), N_DAYS)
    assert learn_shop_rhythm(orders, seed=1).to_text() == learn_shop_rhythm(orders, seed=1).to_text()


def test_a_shop_that_has_doubled_lately_is_busier_than_its_long_run() -> None:
    rng = np.random.default_rng(8)

    def times(rate: float, since: float) -> np.ndarray:
        return since + np.cumsum(rng.exponential(1 / rate, 60))

    steady = [times(0.05, start) for start in rng.uniform(0, 250, 300)]  # tenure does not tell the date
    more = [times(0.05, N_DAYS - 28) for _ in range(300)]
    doubled = [np.sort(np.concatenate(pair)) for pair in zip(steady, more, strict=True)]
    found = [
        learn_shop_rhythm(order_days(one, N_DAYS), seed=1).calendar.log_level for one in (steady, doubled)
    ]
    assert abs(found[0]) < 0.15
    assert found[1] > found[0] + 0.1


def test_what_a_few_rows_alone_show_weighs_nothing_and_no_rate_is_without_bound() -> None:
    """An order that is the only row far behind its usual gap would pull the rate there to infinity."""
    rng = np.random.default_rng(1)
    n = 2000
    terms = np.column_stack([np.ones(n), rng.normal(size=n), np.zeros(n)])
    is_order = (rng.random(n) < 0.2).astype(float)
    is_order[0], terms[0, 2] = 1.0, 0.02
    rows = Rows(terms, is_order, 1 - is_order, np.linspace(0, 360, n))
    weights = fit_weights(rows, FitSettings(penalty=1.0))
    assert weights[2] == 0
    assert abs(weights[0]) < 5
    assert np.isfinite(log_level(rows, np.asarray([0.0, 0.0, 1e6])))
