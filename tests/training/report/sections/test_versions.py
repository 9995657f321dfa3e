from typing import Any

import pytest
from support.runs import CREATED, manifest

from training.evaluation.metrics import NDCG_AT_10, RECALL_AT_20, Metric
from training.evaluation.task import Question
from training.report.sections.versions import MAX_VERSIONS, measured_versions


def evaluation(recall: float, **baselines: float) -> dict[str, Any]:
    """Return the form of ``Evaluation.to_json`` as far as it is read."""
    means = {"recsvc": recall, **baselines}
    estimates = {name: {"mean": mean, "low": mean - 0.1, "high": mean + 0.1} for name, mean in means.items()}
    rankers = {name: {"recall_at_20": estimate} for name, estimate in estimates.items()}
    best = {"recall_at_20": max(baselines, key=lambda name: baselines[name], default=None)}
    return {"questions": {"all": {"rankers": rankers, "best_baseline": best}}}


def read(*manifests: Any, question: Question = Question.ALL, metric: Metric = RECALL_AT_20) -> Any:
    return measured_versions(manifests, question, metric)


def test_versions_come_oldest_first_with_their_interval_and_best_baseline() -> None:
    older, newer = read(
        manifest(1, evaluation(0.4, popular=0.1, als=0.3)),
        manifest(2, evaluation(0.2, popular=0.1, als=0.05)),
    )
    assert (older.version, newer.version) == ("v-2", "v-1")
    assert (newer.recsvc.low, newer.recsvc.mean, newer.recsvc.high) == pytest.approx((0.3, 0.4, 0.5))
    assert (older.baseline, newer.baseline) == (0.1, 0.3)
    assert older.created < newer.created < CREATED


def test_versions_that_were_not_measured_are_left_out_and_take_no_place() -> None:
    manifests = [manifest(age, evaluation(0.4) if age % 2 else None) for age in range(1, 40)]
    found = read(*manifests)
    assert [one.version for one in found] == [f"v-{age}" for age in range(19, 0, -2)]
    assert len(found) == MAX_VERSIONS


@pytest.mark.parametrize(
    "other", [{}, {"questions": {}}, [], "later", {"questions": {"all": {"rankers": None}}}]
)
def test_an_evaluation_of_another_form_is_left_out(other: object) -> None:
    assert read(manifest(1, other)) == []


def test_a_figure_that_could_not_be_measured_is_left_out() -> None:
    empty = evaluation(0.4)
    empty["questions"]["all"]["rankers"]["recsvc"]["recall_at_20"]["low"] = None
    assert read(manifest(1, empty)) == []
    assert read(manifest(1, evaluation(0.4)), question=Question.NEW) == []
    assert read(manifest(1, evaluation(0.4)), metric=NDCG_AT_10) == []


def test_a_version_measured_without_baselines_has_none() -> None:
    assert read(manifest(1, evaluation(0.4)))[0].baseline is None
