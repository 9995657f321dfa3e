"""``recsvc-train run``."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from recsvc.tracing.settings import load_tracing_settings
from recsvc.tracing.tracing import Attributes, Tracing, open_tracing
from training.cli.console import ConsoleProgress, make_console, print_summary, read_shown_catalogue
from training.cli.hook import EXIT_REFUSED, End, Ending, tell
from training.cli.options import (
    catalogue_option,
    column_option,
    engine_options,
    notation_options,
    source_options,
)
from training.engines import Engine
from training.gate import State
from training.job import TrainingJob
from training.measured_run import Outcome
from training.orders import CleaningSummary
from training.report import unsaid
from training.settings import load_training_settings
from training.sources.order_sources import OrderSources

TRACEPARENT = "TRACEPARENT"
"""Variable in which whoever starts a run, as a scheduler that traces does, says what trace it belongs to."""

_MARKS = {State.FAILED: ("REFUSED", "red"), State.DOES_NOT_APPLY: ("does not apply", "dim")}
"""Checks that are printed one by one, and how; of those that passed, the report has the sentences."""


@click.command()
@source_options(passes_models_dir=True)
@catalogue_option
@column_option
@notation_options
@engine_options
@click.option("--max-rejected-share", type=float, help="Refuse to train above this share of damaged rows.")
@click.option("--seed", type=int, help="Starts the random numbers of the fit.")
@click.option("--hook", help="Command that is told how the run ended, whichever way.")
@click.option("--force", is_flag=True, help="Publish whatever the gate says; the manifest records it.")
@click.option(
    "--activate/--no-activate",
    default=True,
    help="Make it live as well; else `recsvc models activate VERSION` does, after `recsvc warm`.",
)
def run(
    sources: OrderSources,
    catalogue: dict[str, Any],
    models_dir: Path,
    models_url: str | None,
    config: Path | None,
    shop: str | None,
    columns: dict[str, str],
    notations: dict[str, str | None],
    max_rejected_share: float | None,
    seed: int | None,
    hook: str | None,
    force: bool,
    activate: bool,
    engine: Engine,
) -> None:
    """Read orders, train, measure, and publish the model as the live version.

    Exit status: 0 published, 2 usage, 3 the data is not usable, 4 the gate refused the model, 1 anything else.
    The live version changes only with 0, and not with --no-activate.
    """
    console = make_console()
    options = {
        **catalogue,
        **notations,
        "max_rejected_share": max_rejected_share,
        "seed": seed,
        "hook": hook,
    }
    settings = load_training_settings(config, options, columns, shop)
    with _telling(settings.hook) as endings:
        shop_catalogue = read_shown_catalogue(console, settings, sources)
        now = datetime.now(UTC)
        with _traced(config) as (tracing, say):
            job = TrainingJob(
                sources, models_dir, settings, now, force, shop_catalogue, activate, models_url, tracing
            )
            outcome = engine.runs(job).run(tracing.steps(ConsoleProgress(console)), _on_cleaned(console))
            say(_said(outcome))
        _print_verdict(console, outcome)
        endings.append(_ending(outcome))
    if not outcome.verdict.accepted:
        sys.exit(EXIT_REFUSED)


@contextmanager
def _traced(config: Path | None) -> Iterator[tuple[Tracing, Callable[[Attributes], None]]]:
    """Trace the block, where the settings want that; the last spans are sent at its end."""
    tracing = open_tracing(load_tracing_settings(config))
    try:
        with tracing.run("recsvc-train run", os.environ.get(TRACEPARENT)) as say:
            yield tracing, say
    finally:
        tracing.close()


def _said(outcome: Outcome) -> Attributes:
    manifest = outcome.manifest
    counts = {f"recsvc.{name}": manifest.counts[name] for name in ("users", "items")}
    return {
        "recsvc.model_version": manifest.model_version,
        "recsvc.is_live": outcome.is_live,
        "recsvc.is_refused": not outcome.verdict.accepted,
        **counts,
    }


@contextmanager
def _telling(hook: str | None) -> Iterator[list[Ending]]:
    """Tell ``hook`` how the block ended: the ending that it gave, or its error."""
    started, endings = datetime.now(UTC), list[Ending]()
    try:
        yield endings
    except BaseException as error:
        endings.append(Ending.of(error))
        raise
    finally:
        problem = tell(hook, endings[-1], started) if hook else None
        if problem is not None:
            click.echo(f"warning: {problem}", err=True)


def _ending(outcome: Outcome) -> Ending:
    version, verdict = outcome.manifest.model_version, outcome.verdict
    sentences = list(outcome.opening)
    if not verdict.accepted:
        sentences = [f"{version} was refused.", *(check.sentence for check in verdict.refusals)]
    return Ending(
        End.PUBLISHED if verdict.accepted else End.REFUSED,
        " ".join(sentences),
        version,
        outcome.is_live,
        version if outcome.is_live else outcome.live_before,
        str(outcome.page.absolute()),
    )


def _on_cleaned(console: Console) -> Callable[[CleaningSummary, Path], None]:
    def on_cleaned(summary: CleaningSummary, rejected: Path) -> None:
        print_summary(console, summary)
        console.print(
            f"  every row that is no purchase: {rejected}", highlight=False, soft_wrap=True, markup=False
        )

    return on_cleaned


def _print_verdict(console: Console, outcome: Outcome) -> None:
    """Print what the gate found, and what became of the version."""
    verdict, manifest = outcome.verdict, outcome.manifest
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for state, (mark, style) in _MARKS.items():
        for check in verdict.checks_in(state):
            table.add_row(mark, Text(check.sentence), style=style)
    if n_passed := len(verdict.checks_in(State.PASSED)):
        table.add_row("ok", "1 check passed" if n_passed == 1 else f"{n_passed} checks passed", style="dim")
    console.print(table)
    for said in unsaid(outcome.opening, verdict.checks):
        style = "bold" if verdict.accepted else ""
        console.print(said, style=style, highlight=False, soft_wrap=True, markup=False)
    if outcome.clicks:
        console.print(outcome.clicks, highlight=False, soft_wrap=True, markup=False)
    console.print(f"  report: {outcome.page}", highlight=False, soft_wrap=True, markup=False)
    if outcome.report_problem is not None:
        console.print(
            f"  {outcome.report_problem}", style="yellow", highlight=False, soft_wrap=True, markup=False
        )
    if verdict.accepted:
        forced = ", forced" if verdict.refusals else ""
        counts = f"{manifest.counts['users']:,} users, {manifest.counts['items']:,} items"
        became = "is live" if outcome.is_live else "is published, not live"
        console.print(f"[bold]{manifest.model_version}[/bold] {became}{forced}: {counts}", highlight=False)
        if not outcome.is_live:
            console.print(f"  recsvc models activate {manifest.model_version}", highlight=False, markup=False)
        return
    stays = f"; {outcome.live_before} stays live" if outcome.live_before else ""
    aside = f"{manifest.model_version} does not go live{stays}. For inspection it lies in {outcome.directory}"
    console.print(aside, style="bold red", highlight=False, soft_wrap=True, markup=False)
