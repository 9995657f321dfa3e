"""Whether an array holds only finite numbers."""

import numpy as np
from numpy.typing import NDArray


def is_finite(values: NDArray[np.float32]) -> bool:
    """Return whether no value is infinite or not a number; needs no memory, however large the array."""
    # Both carry on a NaN. A mask of a large array, once freed, would stay in the heap of each worker.
    return bool(np.isfinite(values.min(initial=0)) and np.isfinite(values.max(initial=0)))
