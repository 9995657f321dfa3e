"""Learns how likely users buy items, from those of one window of the past."""

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression
from scipy.special import expit, logit
from threadpoolctl import threadpool_limits

from recsvc.model.model import Model
from recsvc.ranking.audience.likelihood import Case, CaseLikelihood, Likelihood
from recsvc.ranking.audience.shoppers import Shoppers
from recsvc.ranking.audience.signals import own_signals, signals_of
from training.audience.panel import Panel, PanelItem, bought_next, drawn_items, hidden_panel, learned_panel
from training.history.catalogue import ShopCatalogue

PAIRS = 800_000
"""About so many pairs of a user and an item are looked at."""

MOST_ITEMS, FEWEST_ITEMS = 200, 40
KEPT_PAIRS = 2_000
"""Of an item, about so many who did not buy it are learned from; each stands for as many as were left out."""

LEAST_BUYERS = 100
"""Of fewer purchases nothing is learned."""

RIDGE, STEPS, SMALLEST_STEP = 5.0, 25, 1e-5
FOLDS = 2
GROUPS = 200
"""The curve is drawn through so many groups of pairs, by their odds."""


def learn_likelihood(
    model: Model, lines: pl.DataFrame, days: float | None, catalogue: ShopCatalogue, seed: int
) -> str:
    """Return what ``Model.audience`` is, by what was bought in ``lines`` in the ``days`` after ``model``.

    Empty where there are no dates, or too little was bought.
    """
    if days is None or not model.is_dated or not model.n_users:
        return ""
    rng, buyers = np.random.default_rng(seed), bought_next(model, lines)
    n = int(np.clip(PAIRS / model.n_users, FEWEST_ITEMS, MOST_ITEMS))
    with threadpool_limits(1, "blas"):
        shoppers, items = Shoppers(model), drawn_items(model, n, rng)
        pairs = {case: Pairs(case) for case in Case}
        for one in learned_panel(shoppers, items, buyers):
            table = signals_of(shoppers, one.wanted)
            pairs[Case.NEW].add(shoppers, one, table, rng)
            pairs[Case.AGAIN].add(shoppers, one, table, rng)
        if len(model.content_features):
            hidden = np.sort(rng.permutation(items)[: n // 3]).astype(np.int32)
            panel: Panel = hidden_panel(model, hidden, buyers, catalogue, rng)
            for one in panel.items:
                table = signals_of(panel.shoppers, one.wanted)
                pairs[Case.COLD_START].add(panel.shoppers, one, table, rng)
    found = {case: of_case for case, one in pairs.items() if (of_case := one.learned(rng)) is not None}
    return Likelihood(round(days, 3), found).written() if Case.NEW in found else ""


class Pairs:
    """Pairs of a user and an item of one ``case``: what was known of them, and whether the user bought it next."""

    def __init__(self, case: Case) -> None:
        self._case = case
        width = len(case.signals)
        self._signals = [np.empty((0, width), np.float32)]
        self._bought = [np.empty(0, dtype=bool)]
        self._weights = [np.empty(0)]

    def add(
        self, shoppers: Shoppers, one: PanelItem, table: NDArray[np.float32], rng: np.random.Generator
    ) -> None:
        """Take the pairs of an item: those who bought it, and a part of the others; ``table``: its ``signals_of``."""
        bought = np.zeros(len(shoppers), dtype=bool)
        bought[one.buyers] = True
        is_owner = np.zeros(len(shoppers), dtype=bool)
        is_owner[one.owners.users] = True
        meant = is_owner if self._case is Case.AGAIN else ~is_owner
        others = int((meant & ~bought).sum())
        share = min(KEPT_PAIRS / max(others, 1), 1.0)
        kept = meant & (bought | (rng.random(len(shoppers)) < share))
        if not kept.any():
            return
        if self._case is Case.AGAIN:
            rows = np.flatnonzero(kept[one.owners.users])
            users = one.owners.users[rows]
            table = np.concatenate([table[users], own_signals(shoppers, one.owners)[rows]], axis=1)
        else:
            users = np.flatnonzero(kept)
            table = table[users]
        self._signals.append(table)
        self._bought.append(bought[users])
        self._weights.append(np.where(bought[users], 1.0, 1 / share))

    def learned(self, rng: np.random.Generator) -> CaseLikelihood | None:
        """Return what they teach; None where that is too little."""
        signals, bought = np.concatenate(self._signals), np.concatenate(self._bought)
        weights = np.concatenate(self._weights)
        if bought.sum() < LEAST_BUYERS:
            return None
        # The curve is drawn through odds of pairs that the weights did not learn from.
        fold, odds = rng.integers(FOLDS, size=len(bought)), np.empty(len(bought))
        for number in range(FOLDS):
            rest, own = fold != number, fold == number
            odds[own] = signals[own] @ logistic(signals[rest], bought[rest], weights[rest])
        found = dict(
            zip(self._case.signals, logistic(signals, bought, weights).round(6).tolist(), strict=True)
        )
        return CaseLikelihood(found, *_curve(odds, bought, weights))


def logistic(
    signals: NDArray[np.float32], bought: NDArray[np.bool_], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the weights of a logistic regression, with a ridge on signals of unit variance; float64, (n_signals,).

    Newton's method (iteratively reweighted least squares). The first signal is the intercept and bears no ridge.
    """
    total = float(weights.sum())
    mean = np.asarray(weights @ signals / total, dtype=np.float64)
    spread: NDArray[np.float64] = np.sqrt(np.maximum(weights @ (signals - mean) ** 2 / total, 1e-12))
    mean[0], spread[0] = 0.0, 1.0
    varies = spread > 1e-4
    scaled = np.asarray(np.where(varies, (signals - mean) / spread, 0.0), dtype=np.float64)
    ridge = np.full(scaled.shape[1], RIDGE)
    ridge[0] = 1e-6
    found = np.zeros(scaled.shape[1])
    found[0] = np.log(max(float(weights @ bought), 1.0) / max(float(weights @ ~bought), 1.0))
    loss = _loss(scaled @ found, bought, weights) + ridge @ found**2 / 2
    for _ in range(STEPS):
        chance = expit(scaled @ found)
        gradient = scaled.T @ (weights * (bought - chance)) - ridge * found
        curvature = weights * chance * (1 - chance)
        step = np.linalg.solve((scaled.T * curvature) @ scaled + np.diag(ridge), gradient)
        # From far away, a whole step may lead further away.
        while (
            ahead := _loss(scaled @ (found + step), bought, weights) + ridge @ (found + step) ** 2 / 2
        ) > loss:
            step /= 2
            if np.abs(step).max() < SMALLEST_STEP:
                break
        found, loss = found + step, min(ahead, loss)
        if np.abs(step).max() < SMALLEST_STEP:
            break
    found = np.where(varies, found / spread, 0.0)
    found[0] -= found[1:] @ mean[1:]
    return np.asarray(found, dtype=np.float64)


def _loss(odds: NDArray[np.float64], bought: NDArray[np.bool_], weights: NDArray[np.float64]) -> float:
    """Return the negative logarithm of the likelihood."""
    return float(weights @ np.logaddexp(0, np.where(bought, -odds, odds)))


def _curve(
    odds: NDArray[np.float64], bought: NDArray[np.bool_], weights: NDArray[np.float64]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return log odds and how often those with such odds bought: isotonic, through groups of alike many who bought."""
    order = np.argsort(odds, kind="stable")
    odds, bought, weights = odds[order], bought[order], weights[order]
    # Many who bought are where the odds are high, and there the curve has to be right.
    n_groups = int(np.clip(bought.sum() // 20, 2, GROUPS))
    group = np.minimum((np.cumsum(bought) * n_groups) // (bought.sum() + 1), n_groups - 1)
    of_group = np.bincount(group, weights, n_groups)
    # Each group borrows one pair from all of them: where twenty of twenty bought, the next one may not.
    usual = weights @ bought / weights.sum()
    rates = (np.bincount(group, weights * bought, n_groups) + usual) / (of_group + 1)
    middles = logit(np.bincount(group, weights * expit(odds), n_groups) / np.maximum(of_group, 1e-9))
    smooth = isotonic_regression(rates, weights=of_group).x
    keep = np.ones(n_groups, dtype=bool)
    keep[1:-1] = (np.diff(smooth)[:-1] > 0) | (np.diff(smooth)[1:] > 0)
    return tuple(middles[keep].round(5).tolist()), tuple(smooth[keep].round(8).tolist())
