"""The moments of many shoppers at once: when they order next, how likely, and where they stand."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from recsvc.moments.curve import ahead_edges
from recsvc.moments.rhythm import Rhythms
from recsvc.moments.shop_rhythm import ShopRhythm
from recsvc.moments.states import STATE_EDGES, Stages, next_number

Floats = NDArray[np.float64]

CHANCE_DAYS = (7, 30, 90)
QUANTILES = (0.1, 0.5, 0.9)
AT_ONCE = 20_000
"""So many shoppers are worked on at a time: their curves fit into the caches of a core."""

EDGES = ahead_edges()


@dataclass(frozen=True, eq=False)
class Moments:
    """What is to be expected of n shoppers, now.

    Attributes:
        usual_gap_days: float64, shape (n,): between two orders of the shopper; drawn towards the shop's.
        next_order_days: float64, shape (n, 3): by when an order has come with probability .1, .5, .9, in days from now;
            NaN for not within ``HORIZON_DAYS``.
        chances: float64, shape (n, 3): of an order within ``CHANCE_DAYS``.
        states: int64, shape (n,): places in ``STATES``.
        state_since_days: float64, shape (n,): days since the state began.
        next_states: int64, shape (n,): what follows while no order comes.
        next_state_days: float64, shape (n,): in how many days that begins; NaN for never.
    """

    usual_gap_days: Floats
    next_order_days: Floats
    chances: Floats
    states: NDArray[np.int64]
    state_since_days: Floats
    next_states: NDArray[np.int64]
    next_state_days: Floats

    def __len__(self) -> int:
        """Return the number of shoppers."""
        return len(self.states)

    @classmethod
    def joined(cls, parts: Sequence["Moments"]) -> "Moments":
        """Return the moments of all ``parts``."""
        return cls(*(np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(cls)))


def moments_of(shop: ShopRhythm, rhythms: Rhythms, since_days: Floats, now_days: float) -> Moments:
    """Return the moments of n shoppers.

    Args:
        shop: what is learned of it; ask ``is_learned`` first.
        rhythms: of the shoppers.
        since_days: float64, shape (n,): since the last order of each; at least 0.
        now_days: the moment, in days since 1970.

    Raises:
        ValueError: nothing is learned.
    """
    blocks = [
        np.arange(start, min(start + AT_ONCE, len(rhythms)))
        for start in range(0, max(len(rhythms), 1), AT_ONCE)
    ]
    return Moments.joined([_of_block(shop, rhythms.at(rows), since_days[rows], now_days) for rows in blocks])


def _of_block(shop: ShopRhythm, rhythms: Rhythms, since_days: Floats, now_days: float) -> Moments:
    if shop.terms is None:
        raise ValueError("moments of a shop whose rhythm is not learned; ask is_learned first")
    ahead = shop.curves(rhythms, since_days, EDGES, now_days)
    whole = shop.curves(rhythms, np.zeros(len(rhythms)), STATE_EDGES)
    stages = Stages.of(whole, rhythms.orders == 1)
    states = stages.numbers(since_days)
    return Moments(
        np.exp(shop.terms.usual.log_gap(rhythms)),
        np.stack([ahead.days_until_chance(quantile) for quantile in QUANTILES], axis=1),
        np.stack([ahead.chance_within(float(days)) for days in CHANCE_DAYS], axis=1),
        states,
        since_days - stages.began_days(states),
        next_number(states),
        stages.ends_days(states) - since_days,
    )
