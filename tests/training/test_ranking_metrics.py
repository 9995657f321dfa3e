from math import log2

import numpy as np
import pytest

from recsvc.ranking.features import FEATURES
from training.examples import Examples
from training.ranking_metrics import shopper_quality


def quality(*shoppers: tuple[list[bool], int], scores: list[float] | None = None) -> list[float]:
    """Return the quality of (bought of each candidate, n targets); by default the best candidate is first."""
    bought = [one for candidates, _ in shoppers for one in candidates]
    examples = Examples(
        np.zeros((len(bought), len(FEATURES)), np.float32),
        np.asarray(bought, dtype=bool),
        np.asarray([len(candidates) for candidates, _ in shoppers]),
        np.asarray([n_targets for _, n_targets in shoppers]),
    )
    falling = -np.arange(len(bought), dtype=np.float32)
    return shopper_quality(falling if scores is None else np.asarray(scores, np.float32), examples).tolist()


def at(place: int, n: int = 25) -> list[bool]:
    """Return ``n`` candidates of which that at ``place``, from 1, was bought."""
    return [i == place for i in range(1, n + 1)]


def test_quality_is_the_mean_of_recall_and_ndcg() -> None:
    # two bought, at the 1st and the 3rd place: all are found; 1 + 1/log2(4) of 1 + 1/log2(3)
    ndcg = (1 + 1 / log2(4)) / (1 + 1 / log2(3))
    assert quality(([True, False, True], 2)) == pytest.approx([(1 + ndcg) / 2])


def test_what_is_bought_but_no_candidate_counts_against_it() -> None:
    ndcg = (1 / log2(3)) / (1 + 1 / log2(3))
    assert quality(([False, True], 2)) == pytest.approx([(1 / 2 + ndcg) / 2])


def test_the_best_order_is_1_and_nothing_bought_is_0() -> None:
    assert quality(([True, True, False], 2), ([False, False], 1)) == pytest.approx([1, 0])


def test_more_purchases_than_places_can_still_be_perfect() -> None:
    assert quality(([True] * 30, 30)) == pytest.approx([1])


@pytest.mark.parametrize(
    ("place", "expected"),
    [(1, 1), (10, (1 + 1 / log2(11)) / 2), (11, 1 / 2), (20, 1 / 2), (21, 0)],
)
def test_recall_looks_at_20_places_and_ndcg_at_10(place: int, expected: float) -> None:
    assert quality((at(place), 1)) == pytest.approx([expected])


def test_each_shopper_is_ranked_alone_by_score() -> None:
    # the second shopper's purchase has a lower score than all of the first, but the best of its own
    scores = [9, 8, 0.1, 0.2]
    assert quality(([True, False], 1), ([False, True], 1), scores=scores) == pytest.approx([1, 1])


def test_a_shopper_without_candidates_is_0() -> None:
    assert quality(([], 1), ([True], 1)) == pytest.approx([0, 1])
