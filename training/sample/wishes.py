"""What a visitor would like, by taste, style and season."""

import numpy as np

from training.sample.catalogue import Catalogue
from training.sample.demand import item_demand
from training.sample.purchases import Purchases
from training.sample.shop import SampleShop
from training.sample.shoppers import Shoppers
from training.sample.tastes import aisle_appetite
from training.sample.visits import Visits
from training.sample.words import STYLES

_OWN_STYLE, _OTHER_STYLE = 4.0, 0.4


def draw_wishes(
    shop: SampleShop, catalogue: Catalogue, shoppers: Shoppers, visits: Visits, rng: np.random.Generator
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
