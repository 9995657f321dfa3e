"""Item-item neighbours over users' whole histories, by ``implicit``."""

import warnings

import numpy as np
from implicit.nearest_neighbours import BM25Recommender
from implicit.utils import ParameterWarning
from numpy.typing import NDArray
from scipy import sparse

from recsvc.model.sparse import SparseRows
from training.fit.counted import Arrays, CountedHistory
from training.fit.variant_sharing import with_variants
from training.history.sorting import best_of_rows
from training.settings import TrainingSettings

K1, B = 1.2, 0.75
"""Of BM25: how soon more orders stop to say more, and how much what sells well counts less."""


def item_neighbours(history: CountedHistory, settings: TrainingSettings) -> Arrays:
    """Return the array of this name."""
    user_items = history.user_items
    bought = with_variants(user_items.matrix(user_items.decayed), history.interactions)
    return {"item_neighbours": fit_item_neighbours(bought, settings)}


def fit_item_neighbours(decayed: sparse.csr_matrix, settings: TrainingSettings) -> SparseRows:
    """Return the neighbours of each item over users' whole histories, orders weighted by BM25.

    Of a user with more than ``settings.neighbour_items`` the strongest count, as in the interaction cut of Schelter,
    Boden, Markl: Scalable Similarity-Based Neighborhood Methods with MapReduce (RecSys 2012).
    """
    weights = strongest(decayed, settings.neighbour_items).astype(np.float64)
    model = BM25Recommender(K=settings.neighbours + 1, K1=K1, B=B, num_threads=settings.threads)
    with warnings.catch_warnings():
        # BM25Recommender weighs in COO form and then warns itself that it converts that to CSR.
        warnings.simplefilter("ignore", ParameterWarning)
        model.fit(weights, show_progress=False)
    return _best_neighbours(model.similarity.tocoo(), settings.neighbours)


def bm25_weights(bought: sparse.csr_matrix, item_sums: NDArray[np.float64]) -> sparse.csr_matrix:
    """Return the matrix that ``implicit`` multiplies with itself, of some of the users; float64, the same shape.

    An item is the document, a user the term; Robertson, Walker: Some Simple Effective Approximations to the 2-Poisson
    Model (SIGIR 1994).

    Args:
        bought: shape (n_users, n_items): of each user the strongest only.
        item_sums: float64, shape (n_items,): what all users together have of each item.
    """
    lengths = np.diff(bought.indptr)
    rarity = np.log(bought.shape[1]) - np.log1p(lengths)
    norm = (1 - B) + B * item_sums / max(item_sums.mean(), 1e-300)
    values = bought.data.astype(np.float64)
    weights = values * (K1 + 1) / (K1 * norm[bought.indices] + values) * np.repeat(rarity, lengths)
    return sparse.csr_matrix((weights, bought.indices, bought.indptr), shape=bought.shape)


def strongest(matrix: sparse.csr_matrix, most: int) -> sparse.csr_matrix:
    """Return the matrix with the ``most`` largest values of each row, all positive."""
    lengths = np.diff(matrix.indptr)
    if lengths.max(initial=0) <= most:
        return matrix
    row = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
    long = np.flatnonzero(lengths[row] > most)
    kept = lengths[row] <= most
    kept[long[best_of_rows(row[long], matrix.indices[long], matrix.data[long], most)]] = True
    return sparse.csr_matrix((matrix.data[kept], (row[kept], matrix.indices[kept])), shape=matrix.shape)


def _best_neighbours(pairs: sparse.coo_matrix, n: int) -> SparseRows:
    """Return the ``n`` best neighbours of each row, best first, without the row itself."""
    keep = (pairs.row != pairs.col) & (pairs.data > 0)
    row, column, value = pairs.row[keep], pairs.col[keep], pairs.data[keep].astype(np.float32)
    best = best_of_rows(row, column, value, n)
    indptr = np.searchsorted(row[best], np.arange(pairs.shape[0] + 1))
    return SparseRows(indptr.astype(np.int64), column[best].astype(np.int32), value[best], pairs.shape[1])
