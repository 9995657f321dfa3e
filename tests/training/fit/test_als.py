import numpy as np
import pytest
from implicit.als import AlternatingLeastSquares
from scipy import sparse

from recsvc.errors import SettingsError
from training.fit.als import fit_als, fold_in, unit_rows
from training.settings import TrainingSettings

SETTINGS = TrainingSettings(factors=2, iterations=20, neighbours=3, regularization=0.05)


def checkerboard(n: int = 12) -> sparse.csr_matrix:
    """Even users bought even items, odd users odd ones; each left out the item of the own number."""
    users, items = np.indices((n, n))
    bought = ((users + items) % 2 == 0) & (users != items)
    return sparse.csr_matrix(np.where(bought, 9.0, 0.0).astype(np.float32))


def ignore(_done: int) -> None:
    pass


def test_als_completes_a_checkerboard() -> None:
    factors = fit_als(checkerboard(), SETTINGS, ignore)
    scores = factors.users @ factors.items.T
    users, items = np.indices(scores.shape)
    same = (users + items) % 2 == 0
    assert scores[same].min() > 0.3
    assert abs(scores[~same]).max() < 0.1


def test_als_is_the_same_bit_for_bit_for_a_seed() -> None:
    one, two = (fit_als(checkerboard(), SETTINGS, ignore) for _ in range(2))
    np.testing.assert_array_equal(one.users, two.users)
    np.testing.assert_array_equal(one.items, two.items)
    other = fit_als(checkerboard(), SETTINGS.model_copy(update={"seed": 1}), ignore)
    assert (one.items != other.items).any()


def test_folding_in_a_known_history_gives_the_users_own_factors() -> None:
    factors = fit_als(checkerboard(), SETTINGS, ignore)
    folded = fold_in(checkerboard()[:3], factors.items, SETTINGS)
    np.testing.assert_allclose(folded @ factors.items.T, factors.users[:3] @ factors.items.T, atol=0.05)


def test_folded_in_tastes_point_where_the_exact_ones_do() -> None:
    bought = sparse.random(300, 60, 0.1, format="csr", dtype=np.float32, random_state=1)
    factors = fit_als(bought, SETTINGS.model_copy(update={"factors": 16}), ignore)
    exact = AlternatingLeastSquares(factors=16, regularization=SETTINGS.regularization, alpha=1.0)
    exact.item_factors = factors.items
    wanted = unit_rows(exact.recalculate_user(np.arange(300), bought))
    folded = unit_rows(fold_in(bought, factors.items, SETTINGS))
    assert (wanted * folded).sum(axis=1)[np.diff(bought.indptr) > 0].min() > 0.99


def test_too_small_a_regularization_is_named() -> None:
    too_much = checkerboard() * np.float32(1e37)
    with pytest.raises(SettingsError, match=r"no solution with a regularization of 0\.\d+: raise it"):
        fit_als(too_much, SETTINGS, ignore)


def test_nobody_can_be_told_from_items_without_factors() -> None:
    nobody = fold_in(checkerboard()[:1], np.zeros((checkerboard().shape[1], 2), np.float32), SETTINGS)
    assert nobody.tolist() == [[0, 0]]


def test_als_tells_of_each_iteration() -> None:
    told = []
    fit_als(checkerboard(), SETTINGS, told.append)
    assert told == list(range(1, 21))


def test_als_goes_on_from_factors_with_fewer_iterations_and_users_who_fit_the_items() -> None:
    bought = sparse.random(300, 60, 0.1, format="csr", dtype=np.float32, random_state=1)
    settings, told = SETTINGS.model_copy(update={"factors": 16, "regularization": 1.0}), []
    before = fit_als(bought, settings, ignore)
    after = fit_als(bought, settings, told.append, (None, before.items.copy()))
    assert told == list(range(1, 7))
    cosines = (unit_rows(after.users) * unit_rows(fold_in(bought, after.items, settings))).sum(axis=1)
    assert cosines[np.diff(bought.indptr) > 0].min() > 0.99
    others = fit_als(bought, settings, told.append, (None, before.items[:, :3]))
    assert len(told) == 6 + settings.iterations
    np.testing.assert_array_equal(others.items, before.items)


def test_the_gramian_holds_the_regularization() -> None:
    factors = fit_als(checkerboard(), SETTINGS, ignore)
    expected = factors.items.T @ factors.items + SETTINGS.regularization * np.eye(2)
    np.testing.assert_allclose(factors.item_gramian, expected, rtol=1e-5)


def test_there_are_never_more_factors_than_users_or_items() -> None:
    factors = fit_als(sparse.csr_matrix(np.asarray([[2.0, 2.0, 0.0]], np.float32)), SETTINGS, ignore)
    assert (factors.users.shape, factors.items.shape) == ((1, 1), (3, 1))
