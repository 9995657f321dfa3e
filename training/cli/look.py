"""``recsvc-train look``, and what it shows."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from recsvc.plain_file import replace_text
from training.cli.console import make_console, read_shown_catalogue
from training.cli.hook import EXIT_DATA
from training.cli.options import NamedPath, catalogue_option, column_option, notation_options, source_options
from training.look.sentences import called
from training.look.understanding import LookedAt, Refused, Understanding, look_at
from training.orders import CleaningRules
from training.questions import Question
from training.settings import load_training_settings
from training.sources.order_sources import OrderSources, read_orders


@click.command()
@source_options()
@catalogue_option
@column_option
@notation_options
@click.option(
    "--json", "json_file", type=NamedPath(path_type=Path, dir_okay=False), help="Write it as JSON, too."
)
def look(
    sources: OrderSources,
    config: Path | None,
    shop: str | None,
    catalogue: dict[str, Any],
    columns: dict[str, str],
    notations: dict[str, str | None],
    json_file: Path | None,
) -> None:
    """Show how the orders are understood, and what is left to be answered; nothing is trained.

    Exit status: 0 `run` would go on, 3 it would stop.
    """
    console, now = make_console(), datetime.now(UTC)
    settings = load_training_settings(config, {**notations, **catalogue}, columns, shop)
    raw = read_orders(sources, settings.columns, settings.encoding)
    shop_catalogue = read_shown_catalogue(console, settings, sources)
    understanding = look_at(raw, CleaningRules.of(settings), now, shop_catalogue)
    console.print(understanding_page(understanding), highlight=False)
    if json_file is not None:
        write_json(json_file, understanding, console)
    sys.exit(EXIT_DATA if understanding.stops else 0)


def write_json(path: Path, understanding: Understanding, console: Console) -> None:
    """Write the understanding for programs; one sentence where that fails."""
    try:
        replace_text(path, json.dumps(understanding.document(), indent=1, ensure_ascii=False) + "\n")
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror or error}") from error
    console.print(f"written to {path}", style="dim", highlight=False, soft_wrap=True, markup=False)


def understanding_page(understanding: Understanding) -> RenderableType:
    """Return the whole page: columns, purchases, refused rows, questions, and what comes of it."""
    parts: list[RenderableType] = []
    for looked in understanding.files:
        parts += [_heading(looked), Padding(_columns(looked), (0, 0, 1, 2))]
    if understanding.purchases:
        parts += [
            Text("Is this what was bought?", style="bold"),
            Padding(_purchases(understanding), (0, 0, 1, 2)),
        ]
    if understanding.refused:
        parts += [
            Text("Not counted as a purchase", style="bold"),
            Padding(_refusals(understanding), (0, 0, 1, 2)),
        ]
    for stops, title in ((True, "To be answered before anything is learned"), (False, "To know")):
        questions = [one for one in understanding.questions if one.stops is stops]
        if questions:
            style = "bold red" if stops else "bold yellow"
            parts += [Text(title, style=style), Padding(_questions(questions), (0, 0, 1, 2))]
    parts += [Text(f"warning: {warning}", style="yellow") for warning in understanding.warnings]
    if understanding.problem is not None:
        parts.append(Text(understanding.problem, style="bold red"))
    return Group(*parts, _verdict(understanding))


def _heading(looked: LookedAt) -> Text:
    file = looked.file
    text = Text(Path(file.path).name if file.origin == "file" else file.path, style="bold")
    delimiter = {"\t": "tabs", ";": "semicolons", "|": "bars"}.get(file.delimiter or "")
    details = [
        f"{file.n_rows:,} rows",
        file.format_name,
        file.encoding,
        delimiter and f"split at {delimiter}",
    ]
    text.append("  " + ", ".join(filter(None, details)), style="not bold dim")
    return text


def _columns(looked: LookedAt) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(style="bold")
    table.add_column(style="dim", ratio=1)
    for column in looked.columns:
        table.add_row(Text(called(column.role)), Text(column.header), Text("   ".join(column.values)))
    return table


def _purchases(understanding: Understanding) -> RenderableType:
    return Group(*(Text(purchase.sentence) for purchase in understanding.purchases))


def _refusals(understanding: Understanding) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(ratio=1)
    for refused in understanding.refused:
        table.add_row(f"{refused.n_rows:,}", _refusal(refused))
    return table


def _refusal(refused: Refused) -> Text:
    text = Text(refused.sentence)
    for example in refused.examples:
        text.append(f"\n{example}", style="dim")
    return text


def _questions(questions: list[Question]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 1, 0), pad_edge=False)
    table.add_column(ratio=1)
    for question in questions:
        table.add_row(Text(question.text).append(f"\n→ {question.remedy}", style="green"))
    return table


def _verdict(understanding: Understanding) -> Text:
    counts = understanding.counts
    said = (
        f"{counts['purchases']:,} purchases by {counts['users']:,} shoppers of {counts['items']:,} products"
        f"{_period(understanding)}"
    )
    if understanding.stops:
        return Text(f"{said}: `run` would stop here.", style="bold red")
    return Text(f"{said}: `run` would learn from these.", style="bold green")


def _period(understanding: Understanding) -> str:
    if understanding.first is None or understanding.last is None:
        return ", without dates"
    return f", {understanding.first.date()} to {understanding.last.date()}"
