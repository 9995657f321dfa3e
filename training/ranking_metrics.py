"""How well scores order candidates."""

import numpy as np
from numpy.typing import NDArray

from training.examples import Examples
from training.sorting import falling, joined


def shopper_quality(scores: NDArray[np.float32], examples: Examples) -> NDArray[np.float64]:
    """Return (recall at 20 + NDCG at 10) / 2 of each shopper; float64, shape (n_shoppers,)."""
    starts = np.cumsum(examples.groups) - examples.groups
    shopper = np.repeat(np.arange(examples.n_shoppers), examples.groups)
    order = np.argsort(joined(shopper, falling(scores)), kind="stable")
    place = np.arange(len(order)) - starts[shopper]
    hit = examples.bought[order]
    hits_20 = np.bincount(shopper[hit & (place < 20)], minlength=examples.n_shoppers)
    gain = np.where(hit & (place < 10), 1 / np.log2(place + 2.0), 0)
    ideal = np.cumsum(1 / np.log2(np.arange(10) + 2.0))
    recall = hits_20 / np.minimum(examples.targets, 20)
    ndcg = np.bincount(shopper, gain, examples.n_shoppers) / ideal[np.minimum(examples.targets, 10) - 1]
    return np.asarray((recall + ndcg) / 2)
