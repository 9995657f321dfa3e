"""The protocol's table from the same rows of Online Retail: metrics and baselines are right."""

from pathlib import Path

import polars as pl
import pytest

from training.evaluation.baselines import Baseline, BaselineHistory, fit_baseline, rank_by_scores
from training.evaluation.catalogue import Catalogue
from training.evaluation.scores import Scores
from training.evaluation.task import Question, Task
from training.history.interactions import Interactions
from training.history.split import OrderLines, Split, time_split

TOLERANCE = 0.01
"""ALS and the ends of ties differ a little from one seed and one library to the next."""


@pytest.fixture(scope="module")
def split(online_retail: Path) -> Split:
    """Rows with a customer, a quantity, a price and an article number of five digits."""
    raw = pl.read_csv(online_retail, infer_schema=False)
    kept = raw.filter(
        pl.col("CustomerID").is_not_null()
        & (pl.col("Quantity").cast(pl.Int64) > 0)
        & (pl.col("UnitPrice").cast(pl.Float64) > 0)
        & pl.col("StockCode").str.contains(r"^\d{5}")
    )
    lines = kept.select(
        pl.col("CustomerID").alias("user_id"),
        pl.col("StockCode").alias("item_id"),
        pl.col("InvoiceDate").str.to_datetime("%Y-%m-%d %H:%M:%S").dt.epoch("s").alias("ordered_at"),
        pl.col("InvoiceNo").alias("order_id"),
        pl.col("Quantity").cast(pl.Float64).alias("quantity"),
        pl.col("UnitPrice").cast(pl.Float64).alias("unit_price"),
        pl.col("Description").alias("title"),
    )
    return time_split(OrderLines(lines, lines.clear()))


@pytest.fixture(scope="module")
def interactions(split: Split) -> Interactions:
    return Interactions.of(split.train_lines, split.train_guest_lines)


def test_the_shoppers_and_their_targets_are_those_of_the_protocol(split: Split) -> None:
    assert split.n_test_users == 1_317
    assert split.targets.height / split.n_test_users == pytest.approx(32.2, abs=0.05)
    assert split.repeat_share == pytest.approx(0.438, abs=0.0005)


@pytest.mark.parametrize(
    ("baseline", "all_recall_ndcg", "new_recall_ndcg_hit_rate"),
    [
        (Baseline.POPULAR, (0.094, 0.078), (0.048, 0.033, 0.228)),
        (Baseline.POPULAR_RECENT, (0.139, 0.143), (0.096, 0.081, 0.411)),
        (Baseline.OWN_FREQUENCY, (0.344, 0.335), (0.048, 0.033, 0.228)),
        (Baseline.ALS, (0.294, 0.279), (0.110, 0.089, 0.415)),
        (Baseline.ALS_DECAYED, (0.314, 0.300), (0.119, 0.091, 0.439)),
        (Baseline.ITEM_ITEM, (0.285, 0.275), (0.097, 0.076, 0.371)),
    ],
)
def test_a_baseline_is_as_good_as_it_was_found_to_be(
    split: Split,
    interactions: Interactions,
    baseline: Baseline,
    all_recall_ndcg: tuple[float, float],
    new_recall_ndcg_hit_rate: tuple[float, float, float],
) -> None:
    history, catalogue = BaselineHistory.of(interactions), Catalogue.of(interactions)
    score_users = fit_baseline(baseline, history, seed=0, threads=2)
    means = {}
    for question in Question:
        task = Task.of(split, question, catalogue)
        lists = rank_by_scores(score_users, history, interactions, task)
        means[question] = Scores.of(lists, task).per_user.mean(axis=0)
    assert means[Question.ALL][:2] == pytest.approx(all_recall_ndcg, abs=TOLERANCE)
    assert means[Question.NEW] == pytest.approx(new_recall_ndcg_hit_rate, abs=TOLERANCE)
