"""One question of the evaluation, as the page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from recsvc.model.artifact import Manifest
from training.evaluation.bootstrap import Estimate
from training.evaluation.evaluation import RECSVC, QuestionResult, SegmentResult
from training.evaluation.scores import Metric
from training.evaluation.task import Question
from training.evaluation.verdict import decimal, label_of
from training.report import charts
from training.report.history import MeasuredVersion, measured_versions, this_version
from training.report.run import Run
from training.report.svg import inline_svg

NAMES = {Metric.RECALL_AT_20: "Recall@20", Metric.NDCG_AT_10: "NDCG@10"}
"""The metrics that are drawn."""

EN_DASH = "\N{EN DASH}"

QUESTIONS = {
    Question.ALL: "What will they buy next?",
    Question.NEW: "What will they buy that they never bought?",
}


@dataclass(frozen=True)
class Chart:
    """A drawing with its heading and the sentence below it."""

    heading: str
    drawing: Markup
    caption: str = ""


@dataclass(frozen=True)
class SegmentRow:
    """A kind of shoppers in the table; None where nobody of them was asked."""

    label: str
    n_users: int
    recsvc: Estimate | None
    baseline: Estimate | None
    difference: Estimate | None


@dataclass(frozen=True)
class MeasuredQuestion:
    """Everything the page says of one question.

    Attributes:
        question, heading, result: what was asked, in words, and what came of it.
        order: names of the rankers, those with the most Recall@20 first.
        best: label of the best baseline, None without any.
        charts: all rankers in each metric.
        segments: recsvc and the best baseline by kind of shopper.
        segments_chart: their difference; None without a baseline.
    """

    question: Question
    heading: str
    result: QuestionResult
    order: tuple[str, ...]
    best: str | None
    charts: tuple[Chart, ...]
    segments: tuple[SegmentRow, ...]
    segments_chart: Chart | None


def measured_question(result: QuestionResult) -> MeasuredQuestion:
    """Prepare the charts and tables of one question."""
    best = result.best_baseline()
    segments = tuple(_segment(one) for one in result.segments)
    order = sorted(result.rankers, key=lambda name: -result.rankers[name].means[Metric.RECALL_AT_20].mean)
    return MeasuredQuestion(
        question=result.question,
        heading=QUESTIONS[result.question],
        result=result,
        order=tuple(order),
        best=None if best is None else label_of(best),
        charts=tuple(_rankers_chart(result, metric, order) for metric in NAMES),
        segments=segments,
        segments_chart=None if best is None else _segments_chart(result.question, segments, label_of(best)),
    )


def version_charts(run: Run) -> list[Chart]:
    """Draw the last versions and this one in each question and metric; none where nothing was ever measured."""
    pairs = [(question, metric) for question in Question for metric in NAMES]
    found = (_version_chart(run.versions, _latest(run, *pair), *pair) for pair in pairs)
    return [chart for chart in found if chart is not None]


def _latest(run: Run, question: Question, metric: Metric) -> MeasuredVersion | None:
    if run.evaluation is None:
        return None
    return this_version(run.version, run.created, run.evaluation, question, metric)


def _version_chart(
    manifests: Sequence[Manifest], latest: MeasuredVersion | None, question: Question, metric: Metric
) -> Chart | None:
    earlier = measured_versions(manifests, question, metric)
    if not earlier:
        return None
    heading = f"{NAMES[metric]}, {question}"
    figure = charts.versions(earlier, latest)
    return Chart(heading, inline_svg(figure, f"versions {question} {metric}", f"{heading}, of each version"))


def _rankers_chart(result: QuestionResult, metric: Metric, order: Sequence[str]) -> Chart:
    rows = [charts.Row(label_of(name), result.rankers[name].means[metric], name == RECSVC) for name in order]
    return _estimates_chart(NAMES[metric], f"{result.question} {metric}", rows)


def _segments_chart(question: Question, segments: Sequence[SegmentRow], best: str) -> Chart:
    rows = [charts.Row(row.label, row.difference, is_ours=True) for row in segments if row.difference]
    heading = f"Recall@20 ahead of “{best}”"
    return _estimates_chart(heading, f"segments {question}", rows, signed=True)


def _estimates_chart(heading: str, name: str, rows: Sequence[charts.Row], *, signed: bool = False) -> Chart:
    spoken = "; ".join(f"{row.label} {decimal(row.estimate.mean, signed=signed)}" for row in rows)
    return Chart(heading, inline_svg(charts.estimates(rows, signed=signed), name, f"{heading}: {spoken}"))


def _segment(result: SegmentResult) -> SegmentRow:
    recsvc, baseline, difference = (
        None if means is None or np.isnan(means[Metric.RECALL_AT_20].mean) else means[Metric.RECALL_AT_20]
        for means in (result.recsvc, result.baseline, result.difference)
    )
    label = result.segment.value.replace("-", EN_DASH).replace(" earlier", "")
    return SegmentRow(label.partition(":")[0], result.n_users, recsvc, baseline, difference)
