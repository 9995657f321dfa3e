"""What goes with the items of a cart."""

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model

SHARPNESS = 4
"""Added values are summed over a cart in this power: one strong bond counts more than many weak ones."""


def cart_scores(model: Model, cart: NDArray[np.int32]) -> NDArray[np.float32]:
    """Return how strongly each item goes with ``cart``, int32, shape (n,); float32, shape (n_items,).

    The sum of the added values of the item beside each thing in the cart, in a power that was chosen with
    ``benchmarks/basket_completion.py``.
    """
    _, items, added_values = model.together.entries(cart)
    return np.bincount(items, added_values.astype(np.float64) ** SHARPNESS, model.n_items).astype(np.float32)
