"""Earlier versions and this one, as far as they were measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, cast

from recsvc.model.artifact import Manifest
from training.evaluation.bootstrap import Estimate
from training.evaluation.evaluation import RECSVC, Evaluation
from training.evaluation.scores import Metric
from training.evaluation.task import Question

MAX_VERSIONS = 10


@dataclass(frozen=True)
class MeasuredVersion:
    """One version in one metric: recsvc, and the best simple answer of its own test window."""

    version: str
    created: datetime
    recsvc: Estimate
    baseline: float | None


def measured_versions(
    manifests: Sequence[Manifest], question: Question, metric: Metric
) -> list[MeasuredVersion]:
    """Return the newest ``MAX_VERSIONS`` earlier versions, oldest first; those never measured are left out."""
    read = (
        _version(one.model_version, one.created, one.metrics.get("evaluation"), question, metric)
        for one in manifests
    )
    return list(islice((version for version in read if version is not None), MAX_VERSIONS))[::-1]


def this_version(
    version: str, created: datetime, evaluation: Evaluation, question: Question, metric: Metric
) -> MeasuredVersion | None:
    """Return the run's own figure; None for a question that nobody could be asked."""
    return _version(version, created.isoformat(), evaluation.to_json(), question, metric)


def _version(
    version: str, created: str, measured: object, question: Question, metric: Metric
) -> MeasuredVersion | None:
    """Read the form of ``Evaluation.to_json``; None where it lacks the figure or is of another form."""
    try:
        answered = cast("dict[str, Any]", measured)["questions"][question.value]
        rankers, best = answered["rankers"], answered["best_baseline"][metric.value]
        recsvc = Estimate(*(float(rankers[RECSVC][metric.value][part]) for part in ("mean", "low", "high")))
        baseline = None if best is None else float(rankers[best][metric.value]["mean"])
        return MeasuredVersion(version, datetime.fromisoformat(created), recsvc, baseline)
    except (KeyError, TypeError, ValueError):
        return None
