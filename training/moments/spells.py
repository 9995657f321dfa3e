"""The time between orders as rows that a rate can be learned from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsvc.moments.hazard import Terms
from recsvc.moments.rhythm import Rhythms
from training.moments.order_days import OrderDays

POINTS = 6
"""A spell without an order is looked at in so many moments, more of them soon after the order that it follows."""

MAX_SPELLS = 40_000
"""A rate of some 50 weights is learned from at most so many spells, drawn at random."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Rows:
    """Moments at which an order came, and moments that stand for the time in which none did.

    The likelihood of a process in which orders come at a rate is the sum of the log rates at the orders less the
    integral of the rate over all time; each moment without an order stands for some days of that integral (Berman,
    Turner: Approximating Point Process Likelihoods with GLIM, Applied Statistics 41, 1992).

    Attributes:
        terms: float64, shape (n, n_terms): of the log rate.
        is_order: float64, shape (n,): 1 for an order, else 0.
        days: float64, shape (n,): the days that it stands for, busy ones counting more; 0 for an order.
        ago_days: float64, shape (n,): before the end of what is known.
    """

    terms: Floats
    is_order: Floats
    days: Floats
    ago_days: Floats

    def at(self, chosen: NDArray[np.bool_]) -> "Rows":
        """Return some of the rows."""
        return Rows(*(value[chosen] for value in vars(self).values()))


def rows_of(orders: OrderDays, rhythms: Rhythms, terms: Terms, seed: int) -> Rows:
    """Return the rows of at most ``MAX_SPELLS`` spells; ``rhythms`` are those after each order."""
    rng = np.random.default_rng(seed)
    ends, is_over = orders.ends()
    chosen = np.flatnonzero(ends > orders.at_days)
    if len(chosen) > MAX_SPELLS:
        chosen = np.sort(rng.choice(chosen, MAX_SPELLS, replace=False))
    lengths = ends[chosen] - orders.at_days[chosen]
    over = is_over[chosen]
    # Evenly spread in the log of days plus one, one at random in each part, so that their mean is the integral.
    part = (np.arange(POINTS) + rng.random((len(chosen), POINTS))) / POINTS
    logs = np.log1p(lengths)[:, np.newaxis]
    since = np.expm1(part * logs)
    days = (1 + since) * logs / POINTS
    spell = np.concatenate([np.repeat(chosen, POINTS), chosen[over]])
    since_days = np.concatenate([since.ravel(), lengths[over]])
    n_orders = int(over.sum())
    return Rows(
        terms.matrix(rhythms.at(spell), since_days),
        np.concatenate([np.zeros(since.size), np.ones(n_orders)]),
        np.concatenate([days.ravel(), np.zeros(n_orders)]),
        orders.now_days - orders.at_days[spell] - since_days,
    )
