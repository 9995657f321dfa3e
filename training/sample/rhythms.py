"""Refills: what is used up is bought again at its own interval."""

import numpy as np
from numpy.typing import NDArray

from training.sample.catalogue import Catalogue
from training.sample.purchases import Purchases

_BECOMES_REGULAR = 0.35  # of a customer's first tries, for one who comes often
_STOPS = 0.07  # after each refill
_JITTER_SIGMA = 0.12


def draw_repurchases(
    catalogue: Catalogue,
    first: Purchases,
    loyalty: NDArray[np.float64],
    left_day: NDArray[np.int64],
    rng: np.random.Generator,
) -> Purchases:
    """Draw the refills that follow from ``first``, the first purchase of each item by each user.

    Args:
        catalogue: gives the interval of each item.
        first: where a rhythm may begin.
        loyalty: float64, shape (n_users,): 0..1.
        left_day: int64, shape (n_users,): nothing is bought later.
        rng: of all randomness.
    """
    tries = first.take(catalogue.repurchase_days[first.item] > 0)
    tries = tries.take(rng.random(len(tries)) < _BECOMES_REGULAR * loyalty[tries.user])
    regular = _one_brand_each(catalogue, tries)
    interval = catalogue.repurchase_days[regular.item]
    until = np.minimum(left_day[regular.user], catalogue.gone_day[regular.item] - 1)
    fit = np.maximum(until - regular.day, 0) // np.maximum(interval * 3 // 4, 1)
    count = np.minimum(rng.geometric(_STOPS, size=len(fit)) - 1, fit)
    source = np.repeat(np.arange(len(count)), count)
    steps = interval[source] * rng.lognormal(0.0, _JITTER_SIGMA, size=len(source))
    total = np.concatenate(([0.0], np.cumsum(steps)))
    elapsed = total[1:] - np.repeat(total[np.cumsum(count) - count], count)
    day = regular.day[source] + np.rint(elapsed).astype(np.int64)
    kept = day <= until[source]
    return Purchases(regular.user[source][kept], day[kept].astype(np.int32), regular.item[source][kept])


def _one_brand_each(catalogue: Catalogue, tries: Purchases) -> Purchases:
    """Of the things of one type that a user tries, only the first becomes a habit."""
    kind = tries.user.astype(np.int64) * len(catalogue.types) + catalogue.type_of[tries.item]
    order = np.lexsort((tries.day, kind))
    is_first = np.concatenate(([True], np.diff(kind[order]) != 0))[: len(order)]
    return tries.take(order[is_first])
