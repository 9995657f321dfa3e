"""ALS and fold-in, by ``implicit``."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from implicit.als import AlternatingLeastSquares
from implicit.recommender_base import ModelFitError
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits

from recsvc.errors import SettingsError
from training.fit.counted import Arrays
from training.settings import TrainingSettings

FOLD_IN_STEPS = 5
"""Steps of conjugate gradients from zeros: they are enough for the direction, which is all that is needed."""


@dataclass(frozen=True, eq=False)
class Factors:
    """What ALS learned.

    Attributes:
        users: float32, shape (n_users, n_factors).
        items: float32, shape (n_items, n_factors).
        item_gramian: float32, shape (n_factors, n_factors): ``items.T @ items`` plus the regularization.
    """

    users: NDArray[np.float32]
    items: NDArray[np.float32]
    item_gramian: NDArray[np.float32]

    def arrays(self) -> Arrays:
        """Return them under their names in the model."""
        return {"user_factors": self.users, "item_factors": self.items, "item_gramian": self.item_gramian}


def fit_als(
    confidence: sparse.csr_matrix,
    settings: TrainingSettings,
    on_iteration: Callable[[int], None],
    start: tuple[NDArray[np.float32] | None, NDArray[np.float32]] | None = None,
) -> Factors:
    """Factorize the confidence matrix, shape (n_users, n_items), by alternating least squares.

    Hu, Koren, Volinsky: Collaborative Filtering for Implicit Feedback Datasets (ICDM 2008).

    Args:
        confidence: shape (n_users, n_items).
        settings: number of factors, regularization, seed and the like.
        on_iteration: told of each finished iteration.
        start: user and item factors to go on from, with a third of the iterations, at least one, and the users
            solved once more; None for users: random ones. The arrays are changed. Those of another width are ignored.

    Raises:
        SettingsError: the regularization is too small for a solution.
    """
    with _solving(settings):
        # No more factors than the smaller side can carry: beyond, they only fit noise.
        model = _als(settings, min(settings.factors, *confidence.shape))
        if start is not None and start[1].shape[1] != model.factors:
            start = None
        if start is not None:
            model.user_factors, model.item_factors = start
            model.iterations = max(1, settings.iterations // 3)
        model.fit(confidence, show_progress=False, callback=lambda iteration, *_: on_iteration(iteration + 1))
        if start is not None:
            _solve_users(model, confidence, model.user_factors, model.item_factors)
        if not np.isfinite(model.item_factors).all():
            raise ModelFitError("infinite factors")
    items = np.asarray(model.item_factors, dtype=np.float32)
    users = np.asarray(model.user_factors, dtype=np.float32)
    return Factors(users, items, gramian_of(items, settings))


def fold_in(
    confidence: sparse.csr_matrix, items: NDArray[np.float32], settings: TrainingSettings
) -> NDArray[np.float32]:
    """Return the factors of users with other histories for the same items; float32, shape (n_users, n_factors).

    By conjugate gradients, as ``fit_als`` solves: Takács, Pilászy, Tikk: Applications of the Conjugate Gradient
    Method for Implicit Feedback Collaborative Filtering (RecSys 2011).

    Args:
        confidence: shape (n_users, n_items).
        items: float32, shape (n_items, n_factors), as ``fit_als`` returns them.
        settings: those of the fit.
    """
    with _solving(settings):
        model = _als(settings, items.shape[1])
        model.cg_steps = FOLD_IN_STEPS
        users = np.zeros((confidence.shape[0], items.shape[1]), dtype=np.float32)
        _solve_users(model, confidence, users, items)
        return users


def solved_users(
    confidence: sparse.csr_matrix, items: NDArray[np.float32], settings: TrainingSettings
) -> NDArray[np.float32]:
    """Return the factors of users for given items, solved to the end; float32, shape (n_users, n_factors).

    As serving folds in a user with newer events; the arguments are those of ``fold_in``.
    """
    with _solving(settings):
        model = _als(settings, items.shape[1])
        model.use_cg = False
        users = np.zeros((confidence.shape[0], items.shape[1]), dtype=np.float32)
        _solve_users(model, confidence, users, items)
        return users


def gramian_of(items: NDArray[np.float32], settings: TrainingSettings) -> NDArray[np.float32]:
    """Return ``items.T @ items`` plus the regularization; float32, shape (n_factors, n_factors)."""
    identity = np.eye(items.shape[1], dtype=np.float32)
    return np.asarray(items.T @ items + settings.regularization * identity, dtype=np.float32)


def _solve_users(
    model: AlternatingLeastSquares,
    confidence: sparse.csr_matrix,
    users: NDArray[np.float32],
    items: NDArray[np.float32],
) -> None:
    """Improve the factors of ``users``, in place, by the steps that ``model`` takes."""
    model.solver(confidence, users, items, model.regularization, num_threads=model.num_threads)


def unit_rows(table: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return each row scaled to length 1; rows of zeros stay."""
    lengths = np.linalg.norm(table, axis=1, keepdims=True)
    scaled: NDArray[np.float32] = table / np.maximum(lengths, 1e-9)
    return scaled


@contextmanager
def _solving(settings: TrainingSettings) -> Iterator[None]:
    # implicit runs its own threads; BLAS threads below them would only get in their way. What overflows
    # there ends in a ModelFitError, which says it better than numpy's warning.
    try:
        with threadpool_limits(1, "blas"), np.errstate(over="ignore", invalid="ignore"):
            yield
    except (ModelFitError, ValueError) as error:
        raise SettingsError(
            f"ALS finds no solution with a regularization of {settings.regularization}: raise it, to 0.1 or more"
        ) from error


def _als(settings: TrainingSettings, n_factors: int) -> AlternatingLeastSquares:
    return AlternatingLeastSquares(
        factors=n_factors,
        regularization=settings.regularization,
        alpha=1.0,
        iterations=settings.iterations,
        num_threads=settings.threads,
        random_state=settings.seed,
    )
