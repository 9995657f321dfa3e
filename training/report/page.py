"""One self-contained HTML page a run: what went in, what it is worth, and whether it goes live."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from recsvc.errors import ModelError
from training.gate import State, Verdict
from training.orders import CleaningSummary
from training.report import sections
from training.report.opening import opening_of, unsaid
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
        headline=headline_of(run),
        opening=unsaid(opening_of(run.evaluation, run.not_measured), run.verdict.refusals),
        failed=run.verdict.refusals,
        folded=folded_of(run.verdict),
        passed=run.verdict.checks_in(State.PASSED),
        without=run.verdict.checks_in(State.DOES_NOT_APPLY),
        open_questions=questions_of(run.summary),
        period=_period(run.summary),
        totals=run.facts.totals,
        sections=[section(run) for section in sections.SECTIONS],
    )


@dataclass(frozen=True)
class Headline:
    """What became of the version, in a line; ``sentence`` leads to the failed checks, and is empty without any."""

    title: str
    sentence: str


def headline_of(run: Run) -> Headline:
    """Put the verdict in words."""
    verdict = run.verdict
    if not verdict.accepted:
        return Headline("Refused. The live version stays.", _stays(run))
    n_failed, n_checks = len(verdict.refusals), len(verdict.checks)
    speak = "speaks" if n_failed == 1 else "speak"
    sentence = f"{n_failed} of {n_checks} checks {speak} against it; --force was given." if n_failed else ""
    if not run.activate:
        return Headline("Published, not yet live.", sentence)
    return Headline("Goes live by force." if n_failed else "Goes live.", sentence)


def _stays(run: Run) -> str:
    created = {manifest.model_version: manifest.created for manifest in run.versions}.get(run.live or "")
    of_day = "" if created is None else f" of {day_text(datetime.fromisoformat(created))}"
    named = "the live version" if run.live is None else f"version {run.live}{of_day}"
    n_failed = len(run.verdict.refusals)
    return f"{counted_checks(n_failed)} of {len(run.verdict.checks)} failed. Shoppers keep seeing {named}."


def folded_of(verdict: Verdict) -> str:
    """Return the line under which the checks that nobody has to read are folded; empty without any."""
    n_passed, n_without = (len(verdict.checks_in(state)) for state in (State.PASSED, State.DOES_NOT_APPLY))
    do = "does" if n_without == 1 else "do"
    if not n_passed:
        return f"{counted_checks(n_without)} {do} not apply" if n_without else ""
    return f"{counted_checks(n_passed)} passed" + (f", {n_without} {do} not apply" if n_without else "")


def counted_checks(n: int) -> str:
    """Return the number with its noun."""
    return "1 check" if n == 1 else f"{n} checks"


def questions_of(summary: CleaningSummary) -> list[str]:
    """Return what the orders leave open, without the values: the page stays when a shopper is erased."""
    return sorted({question.code.replace("_", " ") for question in summary.questions})


def _period(summary: CleaningSummary) -> str:
    if summary.first_ordered_at is None or summary.last_ordered_at is None:
        return "orders without dates"
    first, last = (
        datetime.fromtimestamp(seconds, UTC)
        for seconds in (summary.first_ordered_at, summary.last_ordered_at)
    )
    return f"{day_text(first)} {EN_DASH} {day_text(last)}"
