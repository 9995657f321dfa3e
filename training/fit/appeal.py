"""How often items are clicked where they are seen, whatever the place that they were shown in.

What stands first is looked at most, so that clicks of each impression say more of the place than of the item. By the
position-based model (Richardson, Dominowska, Ragno, WWW 2007; Craswell, Zoeter, Taylor, Ramsey, WSDM 2008) a click is
the product of a place that is looked at and an item that is liked. Both are found in turns, from items that were shown
in several places: those that personal lists differ in. An item's part is clicks over expected clicks (Zhang, Jones, WWW
2007), drawn towards 1 by a gamma prior whose strength is that of largest likelihood (empirical Bayes).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlogy

from recsvc.model.vocabulary import ItemVocabulary
from training.history.exposures import Exposures

LOOK_BACK_DAYS = 180
"""What was shown longer ago says nothing of what is liked now."""

TURNS = 30
"""Places and items are found in turns; after so many, they change in the fourth digit."""

PLACE_PRIOR_CLICKS = 10.0
"""A place borrows so many clicks from the mean place of its placement."""

SEEN_SHARE = 0.05
"""Where at least this share of what was not clicked in a placement is said to have been in view, the rest was not."""

STRENGTHS = np.geomspace(0.3, 300, 60)
"""Tried as the strength of the prior, in clicks."""

LEAST_GAIN = 1.92
"""Of the log-likelihood, over items that are all alike: the 95 % point of a likelihood ratio with one parameter."""

MOST_LOG_APPEAL = float(np.log(4))
"""Nothing counts for more than four times as appealing as the mean, or for less than a quarter."""


@dataclass(frozen=True, eq=False)
class Appeal:
    """What clicks say of items.

    Attributes:
        log_appeal: float64, shape (n_items,): as ``Model.item_appeal``; an item of ``exposures`` each.
        strength: of the prior, in clicks; None where items do not differ more than by chance.
        curves: float64, shape (n_placements, n_positions): how often the mean item is clicked there.
    """

    log_appeal: NDArray[np.float64]
    strength: float | None
    curves: NDArray[np.float64]


def fit_appeal(exposures: Exposures) -> Appeal:
    """Return what the newest clicks of ``exposures`` say of their items."""
    exposures = exposures.newest(LOOK_BACK_DAYS)
    counts = exposures.counts
    placement, position, item = (counts[name].to_numpy() for name in ("placement", "position", "item"))
    n_placements, n_items = len(exposures.placements), len(exposures.item_ids)
    n_positions = int(position.max(initial=0)) + 1
    shape = (n_placements, n_positions)
    clicks = counts["clicks"].to_numpy().astype(np.float64)
    trials = _trials(exposures)
    place = placement.astype(np.int64) * n_positions + position

    def of_places(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.bincount(place, values, n_placements * n_positions), np.float64)

    def of_items(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.bincount(item, values, n_items), np.float64)

    place_clicks, item_clicks = of_places(clicks), of_items(clicks)
    # What a placement is clicked in the mean, for each of its places.
    rates = np.repeat(_rates(clicks, trials, placement, n_placements), n_positions)
    appeal, curve, strength = np.ones(n_items), rates, None
    for _ in range(TURNS):
        expected = of_places(trials * appeal[item]) * rates
        curve = rates * (place_clicks + PLACE_PRIOR_CLICKS) / (expected + PLACE_PRIOR_CLICKS)
        item_expected = of_items(trials * curve[place])
        strength = _strength(item_clicks, item_expected)
        if strength is None:
            appeal = np.ones(n_items)
            break
        appeal = (item_clicks + strength) / (item_expected + strength)
        appeal /= (appeal * item_expected).sum() / max(item_expected.sum(), 1e-9)
    log_appeal = np.clip(np.log(appeal), -MOST_LOG_APPEAL, MOST_LOG_APPEAL)
    return Appeal(log_appeal, strength, curve.reshape(shape))


def item_appeal(exposures: Exposures, items: ItemVocabulary) -> NDArray[np.float32] | None:
    """Return the appeal of ``items``, those of a model; None where they do not differ.

    Returns:
        As ``Model.item_appeal``: float32, shape (n_items,); 0 for items that were not shown.
    """
    found = fit_appeal(exposures)
    if found.strength is None:
        return None
    appeal = np.zeros(len(items), dtype=np.float32)
    for item_id, value in zip(exposures.item_ids, found.log_appeal, strict=True):
        index = items.index_of(item_id) if value else None
        if index is not None:
            appeal[index] = value
    return appeal


def _trials(exposures: Exposures) -> NDArray[np.float64]:
    """Return how often each row may have been looked at: what was in view, where the shop tells."""
    counts = exposures.counts
    placement = counts["placement"].to_numpy()
    shown, seen, clicks = (counts[name].to_numpy().astype(np.float64) for name in ("shown", "seen", "clicks"))
    n = len(exposures.placements)
    told = np.bincount(placement, seen - clicks, n)
    tells = told >= SEEN_SHARE * np.maximum(np.bincount(placement, shown - clicks, n), 1)
    return np.where(tells[placement], seen, shown)


def _rates(
    clicks: NDArray[np.float64], trials: NDArray[np.float64], placement: NDArray[np.int32], n: int
) -> NDArray[np.float64]:
    return np.asarray(
        np.bincount(placement, clicks, n) / np.maximum(np.bincount(placement, trials, n), 1), np.float64
    )


def _strength(clicks: NDArray[np.float64], expected: NDArray[np.float64]) -> float | None:
    """Return the strength of the gamma prior of largest likelihood; None where items are alike as far as one sees."""
    shown = expected > 0
    n, mean = clicks[shown], expected[shown]
    alike = float((xlogy(n, mean) - mean).sum())
    strength = STRENGTHS[:, np.newaxis]
    differing = (
        gammaln(n + strength)
        - gammaln(strength)
        + strength * np.log(strength)
        + xlogy(n, mean)
        - (n + strength) * np.log(mean + strength)
    ).sum(axis=1)
    best = int(differing.argmax()) if len(n) else 0
    return float(STRENGTHS[best]) if len(n) and differing[best] > alike + LEAST_GAIN else None
