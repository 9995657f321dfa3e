import numpy as np
import pytest

from training.fit.heads import RECALL_K, fit_heads
from training.settings import TrainingSettings

N_ITEMS, N_FACTORS = 20_000, 8
LARGE = TrainingSettings(index_above_items=N_ITEMS - 1)


@pytest.fixture
def tastes() -> np.ndarray:
    return np.random.default_rng(1).standard_normal((300, N_FACTORS)).astype(np.float32)


def table(skew: float) -> np.ndarray:
    """Return rows in random directions, shuffled; the larger ``skew``, the more of them are short."""
    rng = np.random.default_rng(2)
    lengths = (1 + rng.permutation(N_ITEMS)) ** -skew
    return (rng.standard_normal((N_ITEMS, N_FACTORS)) * lengths[:, np.newaxis]).astype(np.float32)


def test_a_small_catalogue_has_no_heads(tastes: np.ndarray) -> None:
    assert fit_heads({"a": table(1.0)}, tastes, TrainingSettings(index_above_items=N_ITEMS)) == {}


def test_a_head_holds_the_best_of_shoppers_who_were_not_asked(tastes: np.ndarray) -> None:
    items = table(0.7)
    head = fit_heads({"a": items}, tastes, LARGE)["a"]
    best = np.argsort(-items @ tastes[100:].T, axis=0)[:RECALL_K]
    assert np.isin(best, head.items).mean() > 0.97
    assert len(head.items) < N_ITEMS / 2


def test_a_head_is_the_longest_rows_in_the_order_of_the_table(tastes: np.ndarray) -> None:
    items = table(0.7)
    head = fit_heads({"a": items}, tastes, LARGE)["a"]
    lengths = np.linalg.norm(items, axis=1)
    assert lengths[head.items].min() >= np.delete(lengths, head.items).max()
    assert (np.diff(head.items) > 0).all()
    np.testing.assert_array_equal(head.rows, items[head.items])


def test_a_table_whose_rows_are_all_of_a_length_has_no_head(tastes: np.ndarray) -> None:
    assert fit_heads({"flat": table(0.0), "steep": table(1.0)}, tastes, LARGE).keys() == {"steep"}


def test_an_intercept_counts_for_every_shopper(tastes: np.ndarray) -> None:
    intercept = np.zeros((N_ITEMS, 1), np.float32)
    intercept[7] = 100
    head = fit_heads({"a": np.concatenate([table(1.0), intercept], axis=1)}, tastes, LARGE)["a"]
    assert 7 in head.items


def test_the_same_seed_gives_the_same_head(tastes: np.ndarray) -> None:
    first, again = (fit_heads({"a": table(0.7)}, tastes, LARGE)["a"] for _ in range(2))
    np.testing.assert_array_equal(first.items, again.items)


def test_a_table_of_zeros_has_a_head_all_the_same(tastes: np.ndarray) -> None:
    zeros = np.zeros((N_ITEMS, N_FACTORS), np.float32)
    assert len(fit_heads({"undated": zeros}, tastes, LARGE)["undated"].items) > 0
