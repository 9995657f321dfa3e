"""What an evaluation found: numbers for a table, a page and a gate, and what they come to in a sentence."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.evaluation import metrics
from training.evaluation.baselines import Baseline
from training.evaluation.bootstrap import Estimate, Resampling
from training.evaluation.merchandise import Merchandise
from training.evaluation.metrics import DECIDING, Figure, Metric
from training.evaluation.moments import MomentsMeasured
from training.evaluation.scores import Scores
from training.evaluation.segments import Segment
from training.evaluation.task import Question, Task
from training.history.split import SplitKind

RECSVC = "recsvc"
"""The name of the shipped pipeline among the rankers."""

LIVE = "live"
"""The name, among the rankers, of the model that the live version's settings learn from the same orders."""

Means = Mapping[Metric, Estimate]


@dataclass(frozen=True)
class DataDescription:
    """What was measured on.

    Attributes:
        kind: how the history was split.
        cut: unix seconds of the last moment that the model saw, None unless split in time.
        window_days: length of the test window, None unless split in time.
        train_lines, train_users, train_items: size of the training part, guests' lines included.
        test_users: users with targets; ``QuestionResult.n_users`` says how many of them were measured on.
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
        figures: what the lists are like: a mean over users, or one value for all; None where it cannot be known.
        difference: recsvc minus this ranker, paired by user; empty for recsvc itself.
    """

    means: Means
    figures: Mapping[Figure, Estimate | float | None]
    difference: Means

    def figure(self, figure: Figure) -> float | None:
        """Return the value of ``figure``, or its mean."""
        value = self.figures[figure]
        return value.mean if isinstance(value, Estimate) else value


@dataclass(frozen=True)
class SegmentResult:
    """How good recsvc and the best baseline are for one kind of shoppers; None where there is no baseline."""

    segment: Segment
    n_users: int
    recsvc: Means
    baseline: Means | None
    difference: Means | None


@dataclass(frozen=True, eq=False)
class Answers:
    """What a paired comparison needs; it is too much for a file.

    Attributes:
        task: the test users, and what they went on to buy.
        scores: the scores of each ranker; rows are in the order of ``task.user_ids``.
        segments: which users belong to each segment; bool, shape (n_users,).
    """

    task: Task
    scores: Mapping[str, Scores]
    segments: Mapping[Segment, NDArray[np.bool_]]


@dataclass(frozen=True)
class QuestionResult:
    """All that is known of one question.

    Attributes:
        n_users: number of test users.
        targets_per_user: on average.
        rankers: by name: recsvc first, then the live version's settings where they are others, then the baselines.
        segments: recsvc beside ``best_baseline()``.
        churn_at_10: how much of the first ten the version to come shows and the live one did not, for some of the
            users; None without one.
        answers: the numbers behind all this.
    """

    question: Question
    n_users: int
    targets_per_user: float
    rankers: Mapping[str, RankerResult]
    segments: tuple[SegmentResult, ...]
    churn_at_10: Estimate | None
    answers: Answers = field(repr=False)

    def best_baseline(self, metric: Metric = DECIDING[0]) -> str | None:
        """Return the baseline with the best mean, None where there is no baseline."""
        return best_of({name: result.means for name, result in self.rankers.items()}, metric)


@dataclass(frozen=True)
class Evaluation:
    """Both questions on one split; a question without test users is left out.

    Attributes:
        data: what was measured on.
        questions: how each was answered.
        resampling: how intervals came about.
        merchandise: what a merchandiser checks; None where that was not looked at.
        moments: how well next orders are foreseen; None where that cannot be measured.
    """

    data: DataDescription
    questions: Mapping[Question, QuestionResult]
    resampling: Resampling
    merchandise: Merchandise | None = None
    moments: MomentsMeasured | None = None

    def to_json(self) -> dict[str, Any]:
        """Return everything but ``answers`` in plain dictionaries; NaN becomes None."""
        cut = self.data.cut
        described = asdict(self.data)
        described["cut"] = None if cut is None else datetime.fromtimestamp(cut, UTC).isoformat()
        return {
            "data": {**described, "notes": list(self.data.notes)},
            "bootstrap": asdict(self.resampling),
            "questions": {name.value: _question(result) for name, result in self.questions.items()},
            "beyond_recall": None if self.merchandise is None else self.merchandise.as_dict(),
            "moments": None if self.moments is None else asdict(self.moments),
        }


def best_of(means: Mapping[str, Means], metric: Metric) -> str | None:
    """Return the baseline with the best mean of ``metric``, of equals the first; None without any."""
    baselines = [name for name in means if name not in (RECSVC, LIVE)]
    return max(baselines, key=lambda name: metric.goodness(means[name][metric].mean), default=None)


def _question(result: QuestionResult) -> dict[str, Any]:
    return {
        "users": result.n_users,
        "targets_per_user": result.targets_per_user,
        "rankers": {name: _ranker(ranker) for name, ranker in result.rankers.items()},
        "best_baseline": {metric.name: result.best_baseline(metric) for metric in metrics.METRICS},
        "segments": {one.segment.name.lower(): _segment(one, result) for one in result.segments},
        "churn_at_10": _plain(result.churn_at_10),
    }


def _ranker(result: RankerResult) -> dict[str, Any]:
    return {
        **_means(result.means),
        **{figure.name: _plain(value) for figure, value in result.figures.items()},
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
    return {metric.name: _plain(estimate) for metric, estimate in means.items()}


def _plain(estimate: Estimate | float | None) -> dict[str, float | None] | float | None:
    if not isinstance(estimate, Estimate):
        return estimate
    return {name: None if np.isnan(value) else value for name, value in asdict(estimate).items()}


def verdict(evaluation: Evaluation) -> str:
    """Return for each question whether recsvc beats the best baseline, and by how much."""
    return " ".join(_of_question(result) for result in evaluation.questions.values())


def label_of(ranker: str) -> str:
    """Return how people call a ranker."""
    names = {RECSVC: RECSVC, LIVE: "live settings"}
    return names[ranker] if ranker in names else Baseline(ranker).label


def decimal(value: float, *, signed: bool = False) -> str:
    """Return a share with three places and, below 1, without the zero before them: .380, +.045, 1.000."""
    text = f"{value:+.3f}" if signed else f"{value:.3f}"
    return text.replace("0.", ".", 1) if abs(value) < 0.9995 else text


def _of_question(result: QuestionResult) -> str:
    clauses, verb = [], ""
    for metric in DECIDING:
        best = result.best_baseline(metric)
        if best is None:
            return f"On {result.question}, recsvc has nothing to be compared with."
        difference = result.rankers[best].difference[metric]
        previous, verb = verb, _verb(difference)
        clause = f"in {metric.label} ({label_of(best)}: {_interval(difference)})"
        clauses.append(clause if verb == previous else f"{verb} the best baseline {clause}")
    return f"On {result.question}, recsvc {' and '.join(clauses)}."


def _verb(difference: Estimate) -> str:
    if difference.low > 0:
        return "beats"
    return "is worse than" if difference.high < 0 else "cannot be told apart from"


def _interval(difference: Estimate) -> str:
    low, high = decimal(difference.low, signed=True), decimal(difference.high, signed=True)
    return f"{decimal(difference.mean, signed=True)} [{low}, {high}]"
