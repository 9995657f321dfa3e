"""``recsvc-train doctor``, and its diagnosis as a table."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from training.cli.console import make_console, read_shown_catalogue
from training.cli.options import catalogue_option, column_option, notation_options, source_options
from training.doctor.diagnosis import Diagnosis, Finding, Severity, counted
from training.doctor.examination import examine
from training.orders import CleaningRules, clean_orders
from training.orders.catalogue_ids import bought_items, with_catalogue_questions
from training.settings import load_training_settings
from training.sources.order_sources import OrderSources, read_orders

COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


@click.command()
@source_options()
@catalogue_option
@column_option
@notation_options
@click.option("--strict", is_flag=True, help="End with status 1 when there are warnings.")
def doctor(
    sources: OrderSources,
    config: Path | None,
    shop: str | None,
    catalogue: dict[str, Any],
    columns: dict[str, str],
    notations: dict[str, str | None],
    strict: bool,
) -> None:
    """Say, before any training, what in the orders will hurt.

    Exit status: 0 nothing or only warnings, 1 warnings with --strict, 3 the data is not usable.
    """
    console, now = make_console(), datetime.now(UTC)
    settings = load_training_settings(config, {**notations, **catalogue}, columns, shop)
    shop_catalogue = read_shown_catalogue(console, settings, sources)
    raw = read_orders(sources, settings.columns, settings.encoding)
    rules = CleaningRules.of(settings)
    orders = with_catalogue_questions(clean_orders(raw, rules, now), shop_catalogue)
    diagnosis = examine(
        raw, orders, rules, now, catalogue=shop_catalogue.named_as(bought_items(orders)), strict=strict
    )
    console.print(diagnosis_table(diagnosis))
    sys.exit(diagnosis.exit_code)


def diagnosis_table(diagnosis: Diagnosis) -> RenderableType:
    """Return the findings by severity, each with its remedy and examples, and the verdict below them."""
    parts: list[RenderableType] = []
    for severity in Severity:
        findings = diagnosis.of(severity)
        if findings:
            parts.append(Text(counted(len(findings), severity), style=f"bold {COLOURS[severity]}"))
            parts.append(Padding(findings_table(findings), (0, 0, 0, 2)))
    worst = diagnosis.findings[0].severity if diagnosis.findings else Severity.NOTE
    style = "bold green" if worst is Severity.NOTE else f"bold {COLOURS[worst]}"
    return Group(*parts, Text(diagnosis.verdict, style=style))


def findings_table(findings: tuple[Finding, ...]) -> Table:
    """Return one row for each finding; texts are no markup, since files and titles may have brackets."""
    table = Table(box=None, show_header=False, padding=(0, 2, 1, 0), pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    for finding in findings:
        text = Text(finding.sentence)
        text.append(f"\n→ {finding.remedy}", style="green")
        for example in finding.examples:
            text.append(f"\n  {example}", style="dim")
        table.add_row(Text(finding.code, style=COLOURS[finding.severity]), text)
    return table
