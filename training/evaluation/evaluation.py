"""What an evaluation found: numbers for a table, a page and a gate."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.evaluation.bootstrap import Estimate, Resampling
from training.evaluation.metrics import Lists
from training.evaluation.scores import METRICS, Metric, Scores
from training.evaluation.segments import Segment
from training.evaluation.task import Question, Task
from training.history.split import SplitKind

RECSVC = "recsvc"
"""The name of the shipped pipeline among the rankers."""

LIVE = "live"
"""The name, among the rankers, of what the live version's settings learn from the same orders."""

Means = Mapping[Metric, Estimate]


@dataclass(frozen=True)
class DataDescription:
    """What was measured on.

    Attributes:
        kind: how the history was split.
        cut: unix seconds of the last moment that the model saw, None unless split in time.
        window_days: length of the test window, None unless split in time.
        train_lines, train_users, train_items: size of the training part, guests' lines included.
        test_users: users who could have been asked; ``QuestionResult.n_users`` says how many were.
        targets: what they bought, one for each user and item.
        repeat_share: share of the targets that their user had bought before.
        notes: what a reader has to know, in sentences.
    """

    kind: SplitKind
    cut: int | None
    window_days: float | None
    train_lines: int
    train_users: int
    train_items: int
    test_users: int
    targets: int
    repeat_share: float
    notes: tuple[str, ...]


@dataclass(frozen=True)
class RankerResult:
    """How one ranker answered one question.

    Attributes:
        means: of each metric, over users.
        coverage_at_10: share of the catalogue in the first ten of anybody's list.
        popularity_rank_at_10: mean sales rank of the first ten; 1 is the best-selling item.
        difference: recsvc minus this ranker, paired by user; empty for recsvc itself.
        categories_at_10: in how many categories, of any level, the first ten are; None without a catalogue.
    """

    means: Means
    coverage_at_10: float
    popularity_rank_at_10: Estimate
    difference: Means
    categories_at_10: Estimate | None = None


@dataclass(frozen=True)
class SegmentResult:
    """How recsvc and the best baseline answered one kind of shoppers; no baseline where none was asked."""

    segment: Segment
    n_users: int
    recsvc: Means
    baseline: Means | None
    difference: Means | None


@dataclass(frozen=True, eq=False)
class Answers:
    """What a paired comparison needs; too much for a file.

    Attributes:
        task: who was asked, and what they went on to buy.
        scores: of each ranker, rows in the order of ``task.user_ids``.
        segments: who belongs to each; bool, shape (n_users,).
        live_lists: int32, shape (n_users, n): what the live model shows; None without one.
    """

    task: Task
    scores: Mapping[str, Scores]
    segments: Mapping[Segment, NDArray[np.bool_]]
    live_lists: Lists | None = None


@dataclass(frozen=True)
class QuestionResult:
    """All that is known of one question.

    Attributes:
        n_users: how many were asked.
        targets_per_user: on average.
        rankers: by name: recsvc first, then the live version's settings where they are others, then the baselines.
        segments: recsvc beside ``best_baseline()``.
        churn_at_10: how much of recsvc's first ten the live model would not have shown; None without one.
        answers: the numbers behind all this.
    """

    question: Question
    n_users: int
    targets_per_user: float
    rankers: Mapping[str, RankerResult]
    segments: tuple[SegmentResult, ...]
    churn_at_10: Estimate | None
    answers: Answers = field(repr=False)

    def best_baseline(self, metric: Metric = Metric.RECALL_AT_20) -> str | None:
        """Return the baseline with the highest mean, None when none was asked."""
        return best_of({name: result.means for name, result in self.rankers.items()}, metric)


@dataclass(frozen=True)
class Evaluation:
    """Both questions on one split; a question that nobody could be asked is left out."""

    data: DataDescription
    questions: Mapping[Question, QuestionResult]
    resampling: Resampling

    def to_json(self) -> dict[str, Any]:
        """Return everything but ``answers`` in plain dictionaries; NaN becomes None."""
        cut = self.data.cut
        described = asdict(self.data)
        described["cut"] = None if cut is None else datetime.fromtimestamp(cut, UTC).isoformat()
        return {
            "data": {**described, "notes": list(self.data.notes)},
            "bootstrap": asdict(self.resampling),
            "questions": {name.value: _question(result) for name, result in self.questions.items()},
        }


def best_of(means: Mapping[str, Means], metric: Metric) -> str | None:
    """Return the baseline with the highest mean of ``metric``, of equals the first; None without any."""
    baselines = [name for name in means if name not in (RECSVC, LIVE)]
    return max(baselines, key=lambda name: means[name][metric].mean, default=None)


def _question(result: QuestionResult) -> dict[str, Any]:
    return {
        "users": result.n_users,
        "targets_per_user": result.targets_per_user,
        "rankers": {name: _ranker(ranker) for name, ranker in result.rankers.items()},
        "best_baseline": {metric.value: result.best_baseline(metric) for metric in METRICS},
        "segments": {one.segment.name.lower(): _segment(one, result) for one in result.segments},
        "churn_at_10": _estimate(result.churn_at_10),
    }


def _ranker(result: RankerResult) -> dict[str, Any]:
    return {
        **_means(result.means),
        "coverage_at_10": result.coverage_at_10,
        "popularity_rank_at_10": _estimate(result.popularity_rank_at_10),
        "categories_at_10": _estimate(result.categories_at_10),
        "recsvc_minus_this": _means(result.difference) or None,
    }


def _segment(segment: SegmentResult, result: QuestionResult) -> dict[str, Any]:
    return {
        "users": segment.n_users,
        RECSVC: _means(segment.recsvc),
        "baseline": None if segment.baseline is None else result.best_baseline(),
        "baseline_metrics": None if segment.baseline is None else _means(segment.baseline),
        "recsvc_minus_baseline": None if segment.difference is None else _means(segment.difference),
    }


def _means(means: Means) -> dict[str, Any]:
    return {metric.value: _estimate(estimate) for metric, estimate in means.items()}


def _estimate(estimate: Estimate | None) -> dict[str, float | None] | None:
    if estimate is None:
        return None
    return {name: None if np.isnan(value) else value for name, value in asdict(estimate).items()}
