"""What a shop's rhythm is, learned from its orders."""

from dataclasses import replace

import numpy as np

from recsvc.model.model import Model
from recsvc.moments.bg_nbd import BgNbd
from recsvc.moments.calendar import Calendar, day_number, day_of_week
from recsvc.moments.hazard import Terms, UsualGaps
from recsvc.moments.rhythm import Rhythms
from recsvc.moments.shop_rhythm import LEAST_REPEAT_BUYERS, ShopRhythm
from training.history.interactions import Interactions
from training.moments.bg_nbd import fit_bg_nbd
from training.moments.level import log_level
from training.moments.order_days import OrderDays
from training.moments.rate_fit import choose_settings, fit_weights
from training.moments.spells import Rows, rows_of

GAP_STRENGTH = 2.0
"""A shopper's own gaps are averaged with so many usual ones of the shop."""

RECENCY_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""The slope over time since the last order changes at these quantiles of the gaps between orders."""

MOST_USERS = 20_000
"""The four parameters of BG/NBD are learned from at most so many shoppers, drawn at random."""


def with_moments(model: Model, interactions: Interactions, seed: int) -> Model:
    """Return ``model`` with the rhythm of the shop and its shoppers; as it is where orders have no dates."""
    orders = OrderDays.of(interactions)
    if orders is None:
        return model
    text = learn_shop_rhythm(orders, seed).to_text()
    return replace(model, user_rhythm=orders.user_rhythm(), moments=text)


def learn_shop_rhythm(orders: OrderDays, seed: int, *, recency_alone: bool = False) -> ShopRhythm:
    """Return what is needed to foresee orders; without weights where too few shoppers ordered again.

    Args:
        orders: of all shoppers.
        seed: starts all random numbers.
        recency_alone: whether to look at nothing but the time since the last order, as a rival to measure against.
    """
    n_again = orders.n_repeat_buyers
    if n_again < LEAST_REPEAT_BUYERS:
        return ShopRhythm(n_again)
    rhythms = orders.rhythms()
    terms = Terms(
        _usual_gaps(orders, rhythms), bg_nbd_of(orders, rhythms, seed), _recency_knots(orders), recency_alone
    )
    rows = _by_day_of_week(rows_of(orders, rhythms, terms, seed), orders)
    weights = fit_weights(rows, choose_settings(rows))
    calendar = Calendar(
        orders.now_days, orders.day_starts_hour, orders.day_weights(), log_level(rows, weights)
    )
    return ShopRhythm(n_again, calendar, terms, dict(zip(terms.names(), weights.tolist(), strict=True)))


def bg_nbd_of(orders: OrderDays, rhythms: Rhythms, seed: int) -> BgNbd:
    """Return the parameters for these shoppers."""
    last = np.flatnonzero(np.diff(orders.users, append=-1) != 0)
    if len(last) > MOST_USERS:
        last = np.random.default_rng(seed).choice(last, MOST_USERS, replace=False)
    theirs = rhythms.at(last)
    since = np.maximum(orders.now_days - orders.at_days[last], 0)
    return fit_bg_nbd(theirs.orders - 1, theirs.tenure_days, theirs.tenure_days + since)


def _by_day_of_week(rows: Rows, orders: OrderDays) -> Rows:
    """Let busy days of the week count more: the rate is that of the mean day."""
    day = day_of_week(day_number(orders.now_days - rows.ago_days, orders.day_starts_hour))
    return replace(rows, days=rows.days * np.asarray(orders.day_weights())[day])


def _usual_gaps(orders: OrderDays, rhythms: Rhythms) -> UsualGaps:
    last = np.flatnonzero((np.diff(orders.users, append=-1) != 0) & (rhythms.orders > 1))
    theirs = rhythms.at(last)
    n_gaps = theirs.orders - 1
    means = theirs.log_gaps / n_gaps
    inside = np.maximum(theirs.log_gaps_squared - n_gaps * means**2, 0).sum()
    spread = np.sqrt(inside / max(float((n_gaps - 1).sum()), 1.0))
    return UsualGaps(float(means.mean()), max(float(spread), 0.1), GAP_STRENGTH)


def _recency_knots(orders: OrderDays) -> tuple[float, ...]:
    ends, is_over = orders.ends()
    gaps = (ends - orders.at_days)[is_over]
    knots = np.unique(np.round(np.log1p(np.quantile(gaps, RECENCY_QUANTILES)), 3))
    return tuple(knots.tolist())
