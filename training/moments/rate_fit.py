"""Weights of the terms of the rate, by penalised likelihood; how much they are held is chosen on earlier weeks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve

from recsvc.moments.hazard import LEAST_LOG_RATE, MOST_LOG_RATE
from training.moments.spells import Rows

Floats = NDArray[np.float64]

CHOOSING_DAYS = 28.0
"""The settings are those that foretell so many last days of what is known best, learned from what lies before."""

LEAST_ORDERS_TO_CHOOSE = 100
"""With fewer orders in those days, the settings are the first of each."""

PENALTIES = (10.0, 1.0, 100.0)
HALF_LIVES_DAYS = (365.0, 90.0)
ROWS_TO_CHOOSE_ON = 25_000
"""Settings are chosen on at most about so many rows."""

LEAST_SPREAD = 1e-3
"""A term that varies less is other than usual in a few rows alone: its weight would have hardly a bound, and is 0."""

MOST_STEPS = 30
CLOSE_ENOUGH = 0.02
"""A step that gains less in log-likelihood is the last."""


@dataclass(frozen=True)
class FitSettings:
    """How weights are held.

    Attributes:
        penalty: of the squared weights of terms of spread 1.
        half_life_days: what lies so long back counts half.
    """

    penalty: float = PENALTIES[0]
    half_life_days: float = HALF_LIVES_DAYS[0]


def choose_settings(rows: Rows) -> FitSettings:
    """Return the settings that foretell the last days of ``rows`` best."""
    late = rows.ago_days < CHOOSING_DAYS
    if (
        rows.is_order[late].sum() < LEAST_ORDERS_TO_CHOOSE
        or rows.is_order[~late].sum() < LEAST_ORDERS_TO_CHOOSE
    ):
        return FitSettings()
    every = max(1, len(late) // ROWS_TO_CHOOSE_ON)
    some = np.arange(len(late)) % every == 0
    earlier, later = rows.at(~late & some), rows.at(late)

    def foretold(settings: FitSettings) -> float:
        log_rates = np.clip(later.terms @ fit_weights(earlier, settings), LEAST_LOG_RATE, MOST_LOG_RATE)
        return float(later.is_order @ log_rates - later.days @ np.exp(log_rates))

    tried = [FitSettings(penalty, half_life) for half_life in HALF_LIVES_DAYS for penalty in PENALTIES]
    return max(tried, key=foretold)


def fit_weights(rows: Rows, settings: FitSettings) -> Floats:
    """Return the weight of each term; float64, shape (n_terms,). The first term is the level, which nothing holds.

    Newton's method on a concave likelihood, with steps that are halved until it gains.
    """
    counts = np.exp2(-np.maximum(rows.ago_days, 0) / settings.half_life_days)
    spread = rows.terms.std(axis=0)
    used = np.flatnonzero(spread > LEAST_SPREAD)
    used = used[used > 0]
    mean = rows.terms[:, used].mean(axis=0)
    terms = np.concatenate(
        [np.ones((len(rows.terms), 1)), (rows.terms[:, used] - mean) / spread[used]], axis=1
    )
    orders, days = counts * rows.is_order, counts * rows.days
    hold = np.full(terms.shape[1], settings.penalty)
    hold[0] = 0
    weights = np.zeros(terms.shape[1])
    weights[0] = np.log(max(float(orders.sum()), 0.5) / max(float(days.sum()), 1e-9))

    def gain(at: Floats) -> float:
        log_rates = np.minimum(terms @ at, 50)
        return float(orders @ log_rates - days @ np.exp(log_rates) - 0.5 * hold @ at**2)

    best = gain(weights)
    for _ in range(MOST_STEPS):
        expected = days * np.exp(np.minimum(terms @ weights, 50))
        slope = terms.T @ (orders - expected) - hold * weights
        curvature = (terms.T * expected) @ terms + np.diag(hold + 1e-9)
        step = solve(curvature, slope, assume_a="pos")
        size = 1.0
        while (found := gain(weights + size * step)) < best and size > 1e-6:
            size /= 2
        if found <= best + CLOSE_ENOUGH:
            break
        weights, best = weights + size * step, found
    result = np.zeros(rows.terms.shape[1])
    result[used] = weights[1:] / spread[used]
    result[0] = weights[0] - mean @ result[used]
    return result
