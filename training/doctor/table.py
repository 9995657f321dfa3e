"""A diagnosis as a person at a terminal reads it."""

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from training.doctor.diagnosis import Diagnosis, Finding, Severity, counted

COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


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
