"""What shoppers take, before it is bundled into orders: by taste, together, and again."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.sample.catalogue import SampleCatalogue
from training.sample.demand import Visits, draw_visits, item_demand
from training.sample.shop import SampleShop
from training.sample.shoppers import Shoppers, aisle_appetite
from training.sample.words import STYLES

_OWN_STYLE, _OTHER_STYLE = 4.0, 0.4
_BECOMES_REGULAR = 0.35  # of a customer's first tries, for one who comes often
_STOPS = 0.07  # after each refill
_JITTER_SIGMA = 0.12
_IMPULSE = 0.06  # a chance to take the same thing again that no rhythm explains


@dataclass(frozen=True, eq=False)
class Purchases:
    """One row a thing taken: columns, int32, shape (n,) each."""

    user: NDArray[np.int32]
    day: NDArray[np.int32]
    item: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.user)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Purchases":
        """Return the chosen rows."""
        return Purchases(self.user[rows], self.day[rows], self.item[rows])

    def __add__(self, other: "Purchases") -> "Purchases":
        return Purchases(
            np.concatenate((self.user, other.user)),
            np.concatenate((self.day, other.day)),
            np.concatenate((self.item, other.item)),
        )


def draw_choices(
    shop: SampleShop, catalogue: SampleCatalogue, shoppers: Shoppers, visits: Visits, rng: np.random.Generator
) -> Purchases:
    """Draw an item for every thing taken, week by week and table by table."""
    appetite = aisle_appetite(shoppers.groups, catalogue.aisles)
    appetite = np.vstack((appetite, np.ones(len(catalogue.aisles))))[:, catalogue.aisle_of]
    same_style = np.arange(len(STYLES))[:, None] == catalogue.style_of
    liking = np.where(same_style, _OWN_STYLE, _OTHER_STYLE)
    n_tables = len(appetite) * len(STYLES)
    ends = np.concatenate(([0], np.cumsum(visits.size)))
    starts = np.searchsorted(visits.day // 7 * n_tables + visits.table, np.arange(shop.weeks * n_tables + 1))
    item = np.empty(ends[-1], dtype=np.int32)
    for week in range(shop.weeks):
        demand = item_demand(catalogue, shop, week)
        for table in range(n_tables):
            low, high = ends[starts[week * n_tables + table]], ends[starts[week * n_tables + table + 1]]
            if low == high:
                continue
            taste, style = divmod(table, len(STYLES))
            steps = np.cumsum(demand * appetite[taste] * liking[style])
            # A hair below 1, so that rounding cannot reach past the last item that is on sale.
            at = rng.random(high - low) * (steps[-1] * (1 - 1e-12))
            item[low:high] = np.searchsorted(steps, at, side="right")
    return Purchases(np.repeat(visits.user, visits.size), np.repeat(visits.day, visits.size), item)


def draw_repurchases(
    catalogue: SampleCatalogue,
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


def _one_brand_each(catalogue: SampleCatalogue, tries: Purchases) -> Purchases:
    """Keep the first item of each type that a user tries: only that becomes a habit."""
    kind = tries.user.astype(np.int64) * len(catalogue.types) + catalogue.type_of[tries.item]
    order = np.lexsort((tries.day, kind))
    is_first = np.concatenate(([True], np.diff(kind[order]) != 0))[: len(order)]
    return tries.take(order[is_first])


def draw_purchases(
    shop: SampleShop,
    catalogue: SampleCatalogue,
    shoppers: Shoppers,
    mean_visits: float,
    rng: np.random.Generator,
) -> Purchases:
    """Draw all purchases of ``shoppers`` who come ``mean_visits`` times on average.

    Choices by taste and season come first, then companions of what was taken, then the refills.
    """
    visits, n_visits = draw_visits(shop, catalogue, shoppers, mean_visits, rng)
    choices = draw_choices(shop, catalogue, shoppers, visits, rng)
    taken = choices + _draw_companions(catalogue, choices, rng)
    crowding = shop.order_lines / (shop.users * shop.items)
    taken, is_first = _leave_out_repeats(taken, len(catalogue), min(1.0, _IMPULSE + crowding), rng)
    loyalty = 1 - np.exp(-n_visits / 6)
    refills = draw_repurchases(catalogue, taken.take(is_first), loyalty, shoppers.left_day, rng)
    return taken + refills


def _draw_companions(catalogue: SampleCatalogue, choices: Purchases, rng: np.random.Generator) -> Purchases:
    """Add, on the same day, what belongs to a thing, as often as its chance says and if it is on sale."""
    calls = (catalogue.companions >= 0).any(axis=1)
    callers = np.flatnonzero(np.asarray(calls)[choices.item])
    found = Purchases(*(np.empty(0, dtype=np.int32) for _ in range(3)))
    for slot in range(catalogue.companions.shape[1]):
        partner = catalogue.companions[choices.item[callers], slot]
        wanted = rng.random(len(callers)) < catalogue.companion_chance[choices.item[callers], slot]
        wanted &= catalogue.introduced_day[partner] <= choices.day[callers]
        rows = callers[wanted]
        found += Purchases(choices.user[rows], choices.day[rows], partner[wanted].astype(np.int32))
    return found


def _leave_out_repeats(
    taken: Purchases, n_items: int, impulse: float, rng: np.random.Generator
) -> tuple[Purchases, NDArray[np.bool_]]:
    """Keep what a user takes for the first time, and little of the rest; say which is which.

    Ordered by user, item and day.
    """
    pair = taken.user.astype(np.int64) * n_items + taken.item
    order = np.argsort(pair * 2**13 + taken.day, kind="stable")
    pair = pair[order]
    is_first = np.concatenate(([True], pair[1:] != pair[:-1]))
    kept = is_first | (rng.random(len(pair)) < impulse)
    return taken.take(order[kept]), is_first[kept]
