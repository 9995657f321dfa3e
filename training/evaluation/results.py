"""Scores of single users -> means, differences and their intervals."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from training.evaluation import metrics
from training.evaluation.bootstrap import Estimate, Resampling
from training.evaluation.evaluation import (
    RECSVC,
    Answers,
    Means,
    QuestionResult,
    RankerResult,
    SegmentResult,
    best_of,
)
from training.evaluation.segments import Segment


def result_of(answers: Answers, resampling: Resampling) -> QuestionResult:
    """Sum up what all rankers answered to one question."""
    task = answers.task
    rankers = _rankers(answers, resampling)
    best = best_of({name: ranker.means for name, ranker in rankers.items()}, metrics.DECIDING[0])
    segments = tuple(
        _segment(answers, segment, members, best, resampling) for segment, members in answers.segments.items()
    )
    return QuestionResult(
        task.question,
        len(task),
        float(task.n_targets.mean()),
        rankers,
        segments,
        None,
        answers,
    )


def _rankers(answers: Answers, resampling: Resampling) -> dict[str, RankerResult]:
    ours = answers.scores[RECSVC].per_user
    others = {name: scores.per_user for name, scores in answers.scores.items() if name != RECSVC}
    means = _means({name: scores.per_user for name, scores in answers.scores.items()}, resampling)
    differences = _means({name: ours - per_user for name, per_user in others.items()}, resampling)
    return {
        name: RankerResult(
            means[name],
            {figure: _averaged(value, resampling) for figure, value in scores.figures.items()},
            differences.get(name, {}),
        )
        for name, scores in answers.scores.items()
    }


def _averaged(value: metrics.PerUser | float | None, resampling: Resampling) -> Estimate | float | None:
    return resampling.mean(value[~np.isnan(value)]) if isinstance(value, np.ndarray) else value


def _segment(
    answers: Answers,
    segment: Segment,
    members: NDArray[np.bool_],
    best: str | None,
    resampling: Resampling,
) -> SegmentResult:
    columns = {RECSVC: answers.scores[RECSVC].per_user[members]}
    if best is not None:
        columns[best] = answers.scores[best].per_user[members]
        columns["difference"] = columns[RECSVC] - columns[best]
    means = _means(columns, resampling)
    baseline = None if best is None else means[best]
    return SegmentResult(segment, int(members.sum()), means[RECSVC], baseline, means.get("difference"))


def _means(columns: Mapping[str, NDArray[np.float64]], resampling: Resampling) -> dict[str, Means]:
    """Return the means of each entry, float64, shape (n_users, n_metrics), all resampled together."""
    if not columns:
        return {}
    estimates = iter(resampling.means(np.hstack(list(columns.values()))))
    return {name: {metric: next(estimates) for metric in metrics.METRICS} for name in columns}
