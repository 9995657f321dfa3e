"""What is taken together, once, and again."""

import numpy as np
from numpy.typing import NDArray

from training.sample.catalogue import Catalogue
from training.sample.purchases import Purchases
from training.sample.rhythms import draw_repurchases
from training.sample.shop import SampleShop
from training.sample.shoppers import Shoppers
from training.sample.visits import draw_visits
from training.sample.wishes import draw_wishes

_IMPULSE = 0.06  # a chance to take the same thing again that no rhythm explains


def draw_purchases(
    shop: SampleShop, catalogue: Catalogue, shoppers: Shoppers, mean_visits: float, rng: np.random.Generator
) -> Purchases:
    """Draw all purchases of ``shoppers`` who come ``mean_visits`` times on average.

    Wishes by taste and season come first, then what belongs to the things taken, then the refills.
    """
    visits, n_visits = draw_visits(shop, catalogue, shoppers, mean_visits, rng)
    wishes = draw_wishes(shop, catalogue, shoppers, visits, rng)
    taken = wishes + _draw_companions(catalogue, wishes, rng)
    crowding = shop.order_lines / (shop.users * shop.items)
    taken, is_first = _leave_out_repeats(taken, len(catalogue), min(1.0, _IMPULSE + crowding), rng)
    loyalty = 1 - np.exp(-n_visits / 6)
    refills = draw_repurchases(catalogue, taken.take(is_first), loyalty, shoppers.left_day, rng)
    return taken + refills


def _draw_companions(catalogue: Catalogue, wishes: Purchases, rng: np.random.Generator) -> Purchases:
    """Add, on the same day, what belongs to a thing, as often as its chance says and if it is on sale."""
    calls = (catalogue.companions >= 0).any(axis=1)
    callers = np.flatnonzero(np.asarray(calls)[wishes.item])
    found = Purchases(*(np.empty(0, dtype=np.int32) for _ in range(3)))
    for slot in range(catalogue.companions.shape[1]):
        partner = catalogue.companions[wishes.item[callers], slot]
        wanted = rng.random(len(callers)) < catalogue.companion_chance[wishes.item[callers], slot]
        wanted &= catalogue.introduced_day[partner] <= wishes.day[callers]
        rows = callers[wanted]
        found += Purchases(wishes.user[rows], wishes.day[rows], partner[wanted].astype(np.int32))
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
