"""One self-contained HTML page a run: what went in, what it is worth, and whether it goes live."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from recsvc.errors import ModelError
from training.evaluation.bootstrap import Estimate
from training.evaluation.evaluation import RECSVC, Evaluation, label_of
from training.evaluation.metrics import DECIDING
from training.gate import Check, State, Verdict
from training.orders import CleaningSummary
from training.report import sections
from training.report.run import Run
from training.report.templating import EN_DASH, day_text, rendered

PAGE = "report.html"


def write_page(run: Run, directory: Path) -> Path:
    """Write the page of ``run`` to ``directory`` and return its path; raises ModelError when it cannot be written."""
    path = directory / PAGE
    try:
        directory.mkdir(parents=True, exist_ok=True)
        path.write_text(render(run), encoding="utf-8")
    except OSError as error:
        raise ModelError(f"cannot write {path}: {error.strerror}") from error
    return path


def render(run: Run) -> str:
    """Return the page; it needs no other file, no network and no script, and names no shopper."""
    return rendered(
        "report.html.j2",
        run=run,
        headline=headline_of(run.verdict, run.not_measured),
        period=_period(run.summary),
        totals=run.facts.totals,
        tiles=[] if run.evaluation is None else _tiles(run.evaluation),
        sections=[section(run) for section in sections.SECTIONS],
    )


@dataclass(frozen=True)
class Headline:
    """What became of the version, in a line and in a sentence, and the checks that led to it."""

    title: str
    sentence: str
    failed: tuple[Check, ...]
    passed: tuple[Check, ...]


def headline_of(verdict: Verdict, not_measured: str | None) -> Headline:
    """Put the verdict in words."""
    passed = verdict.checks_in(State.PASSED)
    return Headline(_title(verdict), _sentence(verdict, not_measured), verdict.refusals, passed)


def _title(verdict: Verdict) -> str:
    if not verdict.accepted:
        return "Refused. The live version stays."
    return "Goes live by force." if verdict.refusals else "Goes live."


def _sentence(verdict: Verdict, not_measured: str | None) -> str:
    n_failed, n_checks = len(verdict.refusals), len(verdict.checks)
    if n_failed:
        against = f"{n_failed} of {n_checks} checks {'speaks' if n_failed == 1 else 'speak'} against it"
        return f"{against}; --force was given." if verdict.forced else f"{against}:"
    unmeasured = "" if not_measured is None else " How good its lists are was not measured."
    if not n_checks:
        return f"The gate had nothing to check.{unmeasured}"
    spare = " --force was given and not needed." if verdict.forced else ""
    return (
        f"All {n_checks} checks passed.{unmeasured}{spare}"
        if n_checks > 1
        else f"The check passed.{unmeasured}{spare}"
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


def _period(summary: CleaningSummary) -> str:
    if summary.first_ordered_at is None or summary.last_ordered_at is None:
        return "orders without dates"
    first, last = (
        datetime.fromtimestamp(seconds, UTC)
        for seconds in (summary.first_ordered_at, summary.last_ordered_at)
    )
    return f"{day_text(first)} {EN_DASH} {day_text(last)}"
