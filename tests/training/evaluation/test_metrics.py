import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from scipy import sparse
from support.runs import a_run, forty_shoppers, measured

from training.cli.evaluate import evaluation_table
from training.evaluation import metrics
from training.evaluation.baselines import Baseline
from training.evaluation.evaluate import EvaluationOptions
from training.evaluation.metrics import (
    NO_ITEM,
    Figure,
    Metric,
    categories_at_k,
    churn_at_k,
    coverage_at_k,
    find_hits,
    hit_rate_at_k,
    ndcg_at_k,
    popularity_rank_at_k,
    recall_at_k,
)
from training.report.page import render


def lists(*rows: list[int]) -> np.ndarray:
    return np.asarray(rows, dtype=np.int32)


def hits(*rows: str) -> np.ndarray:
    """Return hits written as x and misses as -."""
    return np.asarray([[mark == "x" for mark in row] for row in rows])


def counts(*numbers: int) -> np.ndarray:
    return np.asarray(numbers, dtype=np.int64)


def test_a_hit_is_an_item_that_this_user_bought() -> None:
    bought_by_two_users = np.asarray([5, 7, 1], dtype=np.int32)
    found = find_hits(lists([1, 5, 2], [1, 5, 2]), counts(0, 2, 3), bought_by_two_users)
    assert found.tolist() == hits("-x-", "x--").tolist()


def test_an_empty_place_is_never_a_hit_not_even_after_a_user_who_bought_the_last_item() -> None:
    found = find_hits(lists([0, NO_ITEM], [NO_ITEM, 1]), counts(0, 1, 2), np.asarray([1, 1], np.int32))
    assert found.tolist() == hits("--", "-x").tolist()


def test_recall_divides_by_the_targets_while_they_fit_on_the_list_and_by_k_beyond() -> None:
    got = recall_at_k(hits("x-x-", "xx--", "xx--"), counts(4, 2, 50), k=4)
    assert got.tolist() == [2 / 4, 2 / 2, 2 / 4]


def test_recall_sees_only_the_first_k() -> None:
    assert recall_at_k(hits("--xx"), counts(2), k=2).tolist() == [0]


def test_ndcg_is_one_when_all_targets_stand_first_and_zero_without_a_hit() -> None:
    assert ndcg_at_k(hits("xx--", "----"), counts(2, 2), k=4).tolist() == [1, 0]


def test_ndcg_counts_a_hit_by_its_rank() -> None:
    # one target: the ideal gain is 1; at rank 3 it is 1 / log2(4)
    assert ndcg_at_k(hits("x--", "--x"), counts(1, 1), k=3).tolist() == [1, 0.5]


def test_the_ideal_of_ndcg_is_cut_at_k() -> None:
    assert ndcg_at_k(hits("xx"), counts(50), k=2).tolist() == [1]


def test_a_list_shorter_than_k_is_scored_against_the_ideal_of_k() -> None:
    assert ndcg_at_k(hits("x"), counts(2), k=2)[0] == pytest.approx(1 / (1 + 1 / np.log2(3)))


def test_hit_rate_is_about_any_hit_in_the_first_k() -> None:
    assert hit_rate_at_k(hits("-xx", "--x", "---"), k=2).tolist() == [1, 0, 0]


def test_coverage_counts_each_item_once_and_no_empty_place() -> None:
    assert coverage_at_k(lists([0, 1, 9], [1, NO_ITEM, 9]), n_items=4, k=2) == 2 / 4


def test_popularity_rank_is_the_mean_rank_of_what_is_there() -> None:
    ranks = counts(1, 2, 3, 40)
    got = popularity_rank_at_k(lists([0, 1, 3], [3, NO_ITEM, 0], [NO_ITEM] * 3), ranks, k=2)
    np.testing.assert_array_equal(got, [1.5, 40, np.nan])


def test_categories_are_counted_once_however_many_items_are_in_them() -> None:
    # item 0 is in category 0, item 1 in 0 and 1, item 2 in none
    categories = sparse.csr_matrix(np.asarray([[1, 0, 0], [1, 1, 0], [0, 0, 0]]))
    shown = lists([0, 1, 2], [0, 2, 1], [2, NO_ITEM, NO_ITEM])
    assert categories_at_k(shown, categories, k=2).tolist() == [2, 1, 0]


def test_churn_is_the_share_of_items_that_changed_whatever_their_order() -> None:
    one = lists([1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4])
    other = lists([4, 3, 2, 1], [1, 2, 7, 8], [5, 6, 7, 8])
    assert churn_at_k(one, other, k=4).tolist() == [0, 0.5, 1]


def test_churn_of_short_lists_is_measured_on_the_longer_of_both() -> None:
    one, other = lists([1, NO_ITEM], [NO_ITEM, NO_ITEM]), lists([1, 2], [NO_ITEM, NO_ITEM])
    assert churn_at_k(one, other, k=2).tolist() == [0.5, 0]


@given(
    st.lists(st.lists(st.booleans(), min_size=10, max_size=10), min_size=1, max_size=5),
    st.integers(1, 12),
    st.integers(0, 30),
)
def test_metrics_are_shares_and_agree_on_what_is_nothing(
    rows: list[list[bool]], k: int, more_targets: int
) -> None:
    found = np.asarray(rows)
    n_targets = np.maximum(found.sum(axis=1), 1) + more_targets
    recall, ndcg = recall_at_k(found, n_targets, k), ndcg_at_k(found, n_targets, k)
    for metric in (recall, ndcg):
        assert ((metric >= 0) & (metric <= 1 + 1e-12)).all()
        assert ((metric > 0) == (hit_rate_at_k(found, k) == 1)).all()


FIRST_HIT = Metric(
    "first_hit",
    "First hit",
    "1st",
    "place of the first hit, 21 for none",
    lambda shown: np.where(shown.hits.any(axis=1), shown.hits.argmax(axis=1) + 1.0, 21.0),
    higher_is_better=False,
)
LENGTH = Figure(
    "length",
    "length",
    "len",
    "items in the longest list",
    lambda shown: float((shown.lists != NO_ITEM).sum(axis=1).max()),
    "{:.0f}".format,
)


def test_what_is_measured_from_outside_is_in_the_json_the_table_and_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(metrics, "METRICS", (*metrics.METRICS, FIRST_HIT))
    monkeypatch.setattr(metrics, "FIGURES", (*metrics.FIGURES, LENGTH))
    history = forty_shoppers()
    options = EvaluationOptions((Baseline.POPULAR, Baseline.OWN_FREQUENCY), n_resamples=20, threads=1)
    model, split, evaluation = measured(history, options)
    answered = evaluation.to_json()["questions"]["all"]
    means = {name: ranker["first_hit"]["mean"] for name, ranker in answered["rankers"].items()}
    assert answered["best_baseline"]["first_hit"] == min(options.baselines, key=lambda name: means[name])
    assert answered["rankers"]["recsvc"]["length"] == 20
    assert answered["rankers"]["popular"]["recsvc_minus_this"]["first_hit"]["mean"] == pytest.approx(
        means["recsvc"] - means["popular"]
    )
    console = Console(width=160)
    with console.capture() as table:
        console.print(evaluation_table(evaluation))
    assert "1st: place of the first hit, 21 for none." in " ".join(table.get().split())
    page = render(a_run(history, model, split, evaluation))
    assert "<th>First hit</th>" in page
    assert "<dt>length</dt><dd>Items in the longest list.</dd>" in page
