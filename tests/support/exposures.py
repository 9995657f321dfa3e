"""Exposures of a shop whose likings and looks are known, drawn without a store."""

import numpy as np
import polars as pl

from training.history.exposures import SCHEMA, Exposures

LOOKED_AT = 1 / np.arange(1, 11)
"""How likely each of ten places is looked at."""


def drawn(
    likes: np.ndarray,
    shown_at: np.ndarray,
    rng: np.random.Generator,
    *,
    tells_seen: bool = False,
    day: int = 20_000,
) -> Exposures:
    """Return what happens where items, float64, shape (n_items,), are shown at places so often: (n_items, 10).

    Who looks at an item clicks it as often as it is liked. ``tells_seen``: what was looked at was in view.
    """
    looked = rng.binomial(shown_at, LOOKED_AT)
    clicks = rng.binomial(looked, likes[:, np.newaxis])
    item, place = np.nonzero(shown_at)
    counts = pl.DataFrame(
        {
            "day": np.full(len(item), day),
            "placement": np.zeros(len(item)),
            "position": place + 1,
            "item": item,
            "shown": shown_at[item, place],
            "seen": (looked if tells_seen else clicks)[item, place],
            "clicks": clicks[item, place],
        }
    ).cast(SCHEMA)
    ids = tuple(f"i{index:03}" for index in range(len(likes)))
    return Exposures(counts, ("for_you",), ids, np.full(int(clicks.sum()), day, dtype=np.int32))


def sales_first(n_items: int, n_lists: int, rng: np.random.Generator) -> np.ndarray:
    """Return how often each item is shown at each of ten places: the first items mostly in the first of them."""
    shown = np.zeros((n_items, 10), dtype=np.int64)
    for _ in range(n_lists):
        ranked = np.argsort(np.arange(n_items) + rng.normal(0, 8, n_items))[:10]
        shown[ranked, np.arange(10)] += 1
    return shown
