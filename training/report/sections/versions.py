"""The last versions: earlier ones and this one, as far as they were measured."""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Any, cast

from markupsafe import Markup

from recsvc.model.artifact import Manifest
from training.evaluation.bootstrap import Estimate
from training.evaluation.evaluation import RECSVC, Evaluation
from training.evaluation.metrics import DECIDING, Metric
from training.evaluation.task import Question
from training.report import charts
from training.report.charts import MeasuredVersion
from training.report.run import Run
from training.report.svg import Chart, inline_svg
from training.report.templating import rendered

MAX_VERSIONS = 10


def versions_section(run: Run) -> Markup:
    """Show the last versions."""
    return rendered("versions.html.j2", evaluation=run.evaluation, version_charts=version_charts(run))


def version_charts(run: Run) -> list[Chart]:
    """Draw the last versions and this one in each question and metric; none where nothing was ever measured."""
    pairs = [(question, metric) for question in Question for metric in DECIDING]
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
    heading = f"{metric.label}, {question}"
    figure = charts.versions(earlier, latest)
    return Chart(
        heading, inline_svg(figure, f"versions {question} {metric.name}", f"{heading}, of each version")
    )


def measured_versions(
    manifests: Sequence[Manifest], question: Question, metric: Metric
) -> list[MeasuredVersion]:
    """Return the newest ``MAX_VERSIONS`` earlier versions, oldest first; those never measured are left out."""
    read = (
        _version(
            manifest.model_version, manifest.created, manifest.metrics.get("evaluation"), question, metric
        )
        for manifest in manifests
    )
    return list(islice((version for version in read if version is not None), MAX_VERSIONS))[::-1]


def this_version(
    version: str, created: datetime, evaluation: Evaluation, question: Question, metric: Metric
) -> MeasuredVersion | None:
    """Return the figure of the run itself; None for a question without test users."""
    return _version(version, created.isoformat(), evaluation.to_json(), question, metric)


def _version(
    version: str, created: str, measured: object, question: Question, metric: Metric
) -> MeasuredVersion | None:
    """Read the form of ``Evaluation.to_json``; None where it lacks the figure or is of another form."""
    try:
        answered = cast("dict[str, Any]", measured)["questions"][question.value]
        rankers, best = answered["rankers"], answered["best_baseline"][metric.name]
        recsvc = Estimate(*(float(rankers[RECSVC][metric.name][part]) for part in ("mean", "low", "high")))
        baseline = None if best is None else float(rankers[best][metric.name]["mean"])
        return MeasuredVersion(version, datetime.fromisoformat(created), recsvc, baseline)
    except (KeyError, TypeError, ValueError):
        return None
