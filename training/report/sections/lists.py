"""How good the lists are: each question of the evaluation, in charts and tables."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from training.evaluation import metrics
from training.evaluation.bootstrap import Estimate
from training.evaluation.evaluation import (
    RECSVC,
    Evaluation,
    QuestionResult,
    SegmentResult,
    decimal,
    label_of,
    verdict,
)
from training.evaluation.merchandise_words import rows_of
from training.evaluation.metrics import DECIDING, RECALL_AT_20, Metric
from training.evaluation.task import Question
from training.report import charts
from training.report.run import Run
from training.report.svg import Chart, inline_svg
from training.report.templating import EN_DASH, rendered

HEADINGS = {
    Question.ALL: "What will they buy next?",
    Question.NEW: "What will they buy that they never bought?",
}


@dataclass(frozen=True)
class SegmentRow:
    """A kind of shoppers in the table; None where none of them was measured on."""

    label: str
    n_users: int
    recsvc: Estimate | None
    baseline: Estimate | None
    difference: Estimate | None


@dataclass(frozen=True)
class MeasuredQuestion:
    """Everything the page says of one question.

    Attributes:
        question, heading, result: the question, its words, and its result.
        order: names of the rankers, those with the most Recall@20 first.
        best: label of the best baseline, None without any.
        figures: the figures that are known.
        charts: all rankers in each metric.
        segments: recsvc and the best baseline by kind of shopper.
        segments_chart: their difference; None without a baseline.
    """

    question: Question
    heading: str
    result: QuestionResult
    order: tuple[str, ...]
    best: str | None
    figures: tuple[metrics.Figure, ...]
    charts: tuple[Chart, ...]
    segments: tuple[SegmentRow, ...]
    segments_chart: Chart | None


def lists_section(run: Run) -> Markup:
    """Show what was measured, or why nothing was."""
    evaluation = run.evaluation
    results = [] if evaluation is None else evaluation.questions.values()
    return rendered(
        "lists.html.j2",
        run=run,
        evaluation=evaluation,
        tiles=[] if evaluation is None else _tiles(evaluation),
        outcome="" if evaluation is None else verdict(evaluation),
        questions=[measured_question(result) for result in results],
        metrics=metrics.METRICS,
        deciding=DECIDING[0],
        merchandise=[] if evaluation is None else rows_of(evaluation),
    )


@dataclass(frozen=True)
class Tile:
    """The figure that decides, of one question; ``best`` and ``theirs`` are None without a baseline."""

    label: str
    ours: Estimate
    best: str | None
    theirs: float | None


def _tiles(evaluation: Evaluation) -> list[Tile]:
    metric, tiles = DECIDING[0], []
    for question, result in evaluation.questions.items():
        best = result.best_baseline(metric)
        theirs = None if best is None else result.rankers[best].means[metric].mean
        label = f"{metric.label}, {question}"
        ours = result.rankers[RECSVC].means[metric]
        tiles.append(Tile(label, ours, None if best is None else label_of(best), theirs))
    return tiles


def measured_question(result: QuestionResult) -> MeasuredQuestion:
    """Prepare the charts and tables of one question."""
    best = result.best_baseline()
    segments = tuple(_segment(segment) for segment in result.segments)
    order = sorted(result.rankers, key=lambda name: -result.rankers[name].means[RECALL_AT_20].mean)
    return MeasuredQuestion(
        question=result.question,
        heading=HEADINGS[result.question],
        result=result,
        order=tuple(order),
        best=None if best is None else label_of(best),
        figures=tuple(one for one in metrics.FIGURES if result.rankers[RECSVC].figures[one] is not None),
        charts=tuple(_rankers_chart(result, metric, order) for metric in DECIDING),
        segments=segments,
        segments_chart=None if best is None else _segments_chart(result.question, segments, label_of(best)),
    )


def _rankers_chart(result: QuestionResult, metric: Metric, order: Sequence[str]) -> Chart:
    rows = [
        charts.ChartRow(label_of(name), result.rankers[name].means[metric], name == RECSVC) for name in order
    ]
    return _estimates_chart(metric.label, f"{result.question} {metric.name}", rows)


def _segments_chart(question: Question, segments: Sequence[SegmentRow], best: str) -> Chart:
    rows = [charts.ChartRow(row.label, row.difference, is_ours=True) for row in segments if row.difference]
    heading = f"{RECALL_AT_20.label} ahead of “{best}”"
    return _estimates_chart(heading, f"segments {question}", rows, signed=True)


def _estimates_chart(
    heading: str, name: str, rows: Sequence[charts.ChartRow], *, signed: bool = False
) -> Chart:
    spoken = "; ".join(f"{row.label} {decimal(row.estimate.mean, signed=signed)}" for row in rows)
    return Chart(heading, inline_svg(charts.estimates(rows, signed=signed), name, f"{heading}: {spoken}"))


def _segment(result: SegmentResult) -> SegmentRow:
    recsvc, baseline, difference = (
        None if means is None or np.isnan(means[RECALL_AT_20].mean) else means[RECALL_AT_20]
        for means in (result.recsvc, result.baseline, result.difference)
    )
    label = result.segment.value.replace("-", EN_DASH).replace(" earlier", "")
    return SegmentRow(label.partition(":")[0], result.n_users, recsvc, baseline, difference)
