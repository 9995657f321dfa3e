"""When items are wanted and shoppers come: seasons, launches, trends, weekdays and hours."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from training.sample.aisles import Aisle
from training.sample.catalogue import SampleCatalogue
from training.sample.shop import SampleShop
from training.sample.shoppers import Shoppers, aisle_appetite
from training.sample.words import STYLES

TREND_DAYS = 28
TREND_FACTOR = 9.0  # on the last day, against before the trend

_TREND_START = 3.0
_LAUNCH_BUMP, _LAUNCH_WEEKS = 2.5, 2.5
_FADING_PER_WEEK = 0.65
_SEASON_WIDTH = 3.5  # concentration of the bump over the year; about four months from foot to foot
_WEEKDAY_VOLUME = np.array([1.1, 1.0, 0.98, 1.0, 0.9, 0.85, 1.2])  # Monday first
_YEAR_PEAK, _YEAR_SWING = (12, 8), 0.45
_WORKDAY_HOURS = (2, 1, 1, 1, 1, 2, 8, 18, 28, 34, 38, 40, 50, 44, 36, 34, 36, 42, 50, 62, 74, 70, 42, 14)
_WEEKEND_HOURS = (4, 2, 1, 1, 1, 1, 3, 10, 26, 48, 62, 64, 56, 50, 52, 54, 54, 50, 46, 52, 58, 52, 34, 14)

_OWN_TASTE, _SECOND_TASTE = 0.75, 0.16  # of the visits; the others are after anything
_BASKET_MEAN, _BASKET_SIGMA = 1.8, 0.6  # of what a customer takes besides the first thing


def item_demand(catalogue: SampleCatalogue, shop: SampleShop, week: int) -> NDArray[np.float64]:
    """Return how much of each item is wanted in ``week`` of the history, shape (n_items,); 0: not on sale."""
    day = min(7 * week + 3, shop.days - 1)
    season = season_factors(catalogue.aisles, shop, np.array([day]))[:, 0]
    demand = catalogue.popularity * season[catalogue.aisle_of]
    weeks_on_sale = week - catalogue.introduced_day // 7
    bump = 1 + _LAUNCH_BUMP * np.exp(-np.maximum(weeks_on_sale, 0) / _LAUNCH_WEEKS)
    demand *= np.where(catalogue.introduced_day > 0, bump, 1.0)
    demand *= _FADING_PER_WEEK ** np.maximum((day - catalogue.fading_from) / 7, 0)
    left = shop.days - 1 - day
    if left < TREND_DAYS:
        demand[catalogue.trending] *= _TREND_START + (TREND_FACTOR - _TREND_START) * (1 - left / TREND_DAYS)
    demand[(weeks_on_sale < 0) | (7 * week >= catalogue.gone_day)] = 0.0
    return np.asarray(demand, dtype=np.float64)


def season_factors(
    aisles: tuple[Aisle, ...], shop: SampleShop, days: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the demand in each aisle on ``days``, shape (n_aisles, n_days); 1 out of season."""
    return np.array([_season(aisle.peak, aisle.swing, shop, days) for aisle in aisles])


def visit_volume(
    shop: SampleShop, catalogue: SampleCatalogue, appetite: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how many visits each day sees from each taste group, relative to other days.

    Args:
        shop: gives the calendar.
        catalogue: gives the seasons; a group comes more often when those of its favourite aisles are on.
        appetite: float64, shape (n_groups, n_aisles).

    Returns:
        float64, shape (n_groups, n_days).
    """
    days = np.arange(shop.days)
    in_aisle = np.bincount(catalogue.aisle_of, weights=catalogue.popularity, minlength=len(catalogue.aisles))
    wanted = appetite * in_aisle
    wanted /= wanted.sum(axis=1, keepdims=True)
    weekday = _WEEKDAY_VOLUME[(days + shop.start.weekday()) % 7]
    volume = _season(_YEAR_PEAK, _YEAR_SWING, shop, days) * weekday
    return np.asarray(wanted @ season_factors(catalogue.aisles, shop, days) * volume, dtype=np.float64)


def _season(
    peak: tuple[int, int], swing: float, shop: SampleShop, days: NDArray[np.int64]
) -> NDArray[np.float64]:
    days_away = days + (shop.start - date(shop.start.year, *peak)).days
    nearness = np.exp(_SEASON_WIDTH * (np.cos(2 * np.pi * days_away / 365.25) - 1))
    return np.asarray(1 + swing * nearness, dtype=np.float64)


def draw_seconds(shop: SampleShop, days: NDArray[np.int32], rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw a time for an order on each of ``days``: seconds since the first midnight, shape of ``days``."""
    weekend = (days + shop.start.weekday()) % 7 >= 5
    draws = rng.random(len(days))
    hours = np.where(weekend, _hour(draws, _WEEKEND_HOURS), _hour(draws, _WORKDAY_HOURS))
    second = days.astype(np.int64) * 86_400 + hours * 3600 + rng.integers(3600, size=len(days))
    return np.asarray(second, dtype=np.int64)


def _hour(draws: NDArray[np.float64], weights: tuple[int, ...]) -> NDArray[np.int64]:
    steps = np.cumsum(weights) / sum(weights)
    return np.asarray(np.searchsorted(steps, draws, side="right"), dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Visits:
    """Visits to the shop, ordered by week and table: columns, shape (n_visits,) each; ``size`` in things.

    A table holds what visitors with one taste in one style want; its number is taste * n_styles + style, and
    the taste after the last group's is that of any shopper.
    """

    user: NDArray[np.int32]
    day: NDArray[np.int32]
    table: NDArray[np.int16]
    size: NDArray[np.int64]


def draw_visits(
    shop: SampleShop,
    catalogue: SampleCatalogue,
    shoppers: Shoppers,
    mean_visits: float,
    rng: np.random.Generator,
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
