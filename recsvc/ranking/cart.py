"""What goes with the items of a cart."""

import numpy as np
from numpy.typing import NDArray

from recsvc.model.model import Model

SHARPNESS = 4
"""Added values are summed over a cart in this power: one strong bond counts more than many weak ones."""


def cart_scores(model: Model, cart: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return what goes with ``cart``, int32, shape (n,), and how strongly; int32 and float32, shape (n_found,).

    The sum of the added values of the item beside each thing in the cart, in a power that was chosen with
    ``benchmarks/basket_completion.py``.
    """
    _, items, added_values = model.together.entries(cart)
    found, place = np.unique(items, return_inverse=True)
    return found, np.bincount(place, added_values.astype(np.float64) ** SHARPNESS, len(found)).astype(
        np.float32
    )
