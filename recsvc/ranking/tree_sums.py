"""Sums over trees, asked of LightGBM's library directly.

Its Python package copies settings and asks for sizes before each prediction, which takes as long as some trees do.
"""

import ctypes

import lightgbm
import numpy as np
from lightgbm.basic import _LIB  # type: ignore[attr-defined]  # its C API, which it does not export
from numpy.typing import NDArray

_FLOAT32, _ROW_MAJOR, _RAW_SCORE = 0, 1, 1
"""As the C API of LightGBM calls them."""


class TreeSums:
    """The sums over all trees of one booster; used by all threads at once.

    LightGBM notes in the booster which of its trees are asked: threads that ask one booster for different trees get
    each other's. So all of them are asked, always, and whoever wants some makes a booster of these: ``part``.
    """

    def __init__(self, booster: lightgbm.Booster) -> None:
        self._booster = booster  # frees the trees when nobody needs it any more
        self._handle: ctypes.c_void_p = booster._handle  # the C API wants it, and nothing public gives it
        self.n_trees = booster.num_trees()
        self.n_features = booster.num_feature()

    def part(self, first: int, n: int = -1) -> "TreeSums":
        """Return the sums over ``n`` trees (-1: all) from the ``first`` on."""
        text = self._booster.model_to_string(start_iteration=first, num_iteration=n)
        return TreeSums(lightgbm.Booster(model_str=text))

    def of(self, rows: NDArray[np.float32], threads: int = 1) -> NDArray[np.float32]:
        """Return for each row the sum over the trees; float32, shape (n_rows,).

        ``rows``: float32, shape (n_rows, n_features). ``threads``: 0 for all cores. Raises ValueError for rows of
        another number of features, and LightGBMError for what LightGBM refuses.
        """
        if rows.shape[1] != self.n_features:
            raise ValueError(f"rows have {rows.shape[1]} features, the trees {self.n_features}")
        rows = np.ascontiguousarray(rows, dtype=np.float32)
        sums = np.empty(len(rows), dtype=np.float64)
        if len(rows):
            n_sums = ctypes.c_int64()
            failed = _LIB.LGBM_BoosterPredictForMat(
                self._handle,
                rows.ctypes.data_as(ctypes.c_void_p),
                ctypes.c_int(_FLOAT32),
                ctypes.c_int32(len(rows)),
                ctypes.c_int32(rows.shape[1]),
                ctypes.c_int(_ROW_MAJOR),
                ctypes.c_int(_RAW_SCORE),
                ctypes.c_int(0),  # from the first tree on
                ctypes.c_int(-1),  # all trees
                b"num_threads=%d" % threads,
                ctypes.byref(n_sums),
                sums.ctypes.data_as(ctypes.c_void_p),
            )
            if failed or n_sums.value != len(rows):
                raise lightgbm.basic.LightGBMError(_LIB.LGBM_GetLastError().decode())
        return sums.astype(np.float32)
