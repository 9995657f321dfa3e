"""When customers come, in which mood, and how much they take."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.sample.catalogue import Catalogue
from training.sample.demand import visit_volume
from training.sample.shop import SampleShop
from training.sample.shoppers import Shoppers
from training.sample.tastes import aisle_appetite
from training.sample.words import STYLES

_OWN_TASTE, _SECOND_TASTE = 0.75, 0.16  # of the visits; the others are after anything
_BASKET_MEAN, _BASKET_SIGMA = 1.8, 0.6  # of what a customer takes besides the first thing


@dataclass(frozen=True, eq=False)
class Visits:
    """Visits to the shop, ordered by week and table: columns, shape (n_visits,) each; ``size`` in things.

    A table holds what visitors with one taste in one style want; its number is taste * n_styles + style, and
    the taste after the last group's is everybody's.
    """

    user: NDArray[np.int32]
    day: NDArray[np.int32]
    table: NDArray[np.int16]
    size: NDArray[np.int64]


def draw_visits(
    shop: SampleShop, catalogue: Catalogue, shoppers: Shoppers, mean_visits: float, rng: np.random.Generator
) -> tuple[Visits, NDArray[np.int64]]:
    """Draw the visits of ``shoppers`` who come ``mean_visits`` times on average.

    Returns:
        the visits, and int64, shape (n_users,): how many each shopper makes, 1 at least.
    """
    n_visits = np.maximum(1, rng.poisson(mean_visits * shoppers.activity))
    user = np.repeat(np.arange(len(shoppers), dtype=np.int32), n_visits)
    appetite = aisle_appetite(shoppers.groups, catalogue.aisles)
    day = _draw_days(visit_volume(shop, catalogue, appetite), shoppers, user, rng)
    first = np.cumsum(n_visits) - n_visits
    day[first[shoppers.is_new]] = shoppers.joined_day[shoppers.is_new]
    table = _draw_tables(shoppers, user, rng)
    extra = rng.lognormal(np.log(_BASKET_MEAN) - _BASKET_SIGMA**2 / 2, _BASKET_SIGMA, size=len(shoppers))
    size = 1 + rng.poisson(extra[user])
    n_tables = (len(shoppers.groups) + 1) * len(STYLES)
    order = np.argsort(day // 7 * n_tables + table, kind="stable")
    return Visits(user[order], day[order], table[order], size[order]), n_visits


def _draw_days(
    volume: NDArray[np.float64], shoppers: Shoppers, user: NDArray[np.int32], rng: np.random.Generator
) -> NDArray[np.int32]:
    """Draw a day for each visit from the user's time in the shop, by the volume of the user's group."""
    n_days = volume.shape[1]
    # One long staircase, group after group, so that one search serves all.
    stairs = np.concatenate(([0.0], np.cumsum(volume)))
    ground = shoppers.group_of * n_days
    low, high = stairs[ground + shoppers.joined_day], stairs[ground + shoppers.left_day + 1]
    at = low[user] + rng.random(len(user)) * (high - low)[user]
    day = np.searchsorted(stairs, at, side="right") - 1 - ground[user]
    day = np.clip(day, shoppers.joined_day[user], shoppers.left_day[user])
    return np.asarray(day, dtype=np.int32)


def _draw_tables(shoppers: Shoppers, user: NDArray[np.int32], rng: np.random.Generator) -> NDArray[np.int16]:
    mood = rng.random(len(user))
    taste = np.where(mood < _OWN_TASTE, shoppers.group_of[user], shoppers.second_group_of[user])
    taste[mood >= _OWN_TASTE + _SECOND_TASTE] = len(shoppers.groups)
    return (taste * len(STYLES) + shoppers.style_of[user]).astype(np.int16)
