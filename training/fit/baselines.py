"""The models of ``implicit`` that ours has to beat, as someone would fit them without further thought."""

import warnings

import numpy as np
from implicit.als import AlternatingLeastSquares
from implicit.nearest_neighbours import BM25Recommender
from implicit.utils import ParameterWarning
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits

ALS_FACTORS = 100
BM25_NEIGHBOURS = 200


def fit_default_als(
    weights: sparse.csr_matrix, seed: int, threads: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Factorize ``weights``, shape (n_users, n_items), by ALS with the defaults of ``implicit``.

    Returns user and item factors, float32, shape (n_users, 100) and (n_items, 100).
    """
    # implicit runs its own threads; BLAS threads below them would only get in their way.
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(factors=ALS_FACTORS, num_threads=threads, random_state=seed)
        model.fit(weights.astype(np.float32), show_progress=False)
    return np.asarray(model.user_factors, np.float32), np.asarray(model.item_factors, np.float32)


def fit_default_bm25(weights: sparse.csr_matrix, threads: int) -> sparse.csr_matrix:
    """Return the similarity of each item to its 200 nearest, float64, shape (n_items, n_items), by BM25."""
    model = BM25Recommender(K=BM25_NEIGHBOURS, num_threads=threads)
    with warnings.catch_warnings():
        # BM25Recommender weighs in COO form and then warns itself that it converts that to CSR.
        warnings.simplefilter("ignore", ParameterWarning)
        model.fit(weights.astype(np.float64), show_progress=False)
    return sparse.csr_matrix(model.similarity)
