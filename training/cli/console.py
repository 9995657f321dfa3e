"""What a person at a terminal sees of every command: progress, and what was read."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from recsvc.catalogue.product_import import Told
from training.history.catalogue import ShopCatalogue
from training.orders import CleaningSummary
from training.settings import TrainingSettings
from training.sources.catalogue import read_catalogue
from training.sources.order_sources import OrderSources, catalogue_of
from training.sources.raw_orders import SourceFile

PLAIN_WIDTH = 120
"""Columns of a line where the output is not a terminal."""


def make_console() -> Console:
    """Return the console that everything is printed on."""
    console = Console()
    return console if console.is_terminal else Console(width=PLAIN_WIDTH)


class ConsoleProgress:
    """Shows a moving bar on a terminal, and elsewhere one plain line for each finished step."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def step(self, title: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """Show ``title`` while the step runs, and how long it took."""
        started = time.monotonic()
        if self._console.is_terminal:
            with self._bar(total) as bar:
                task = bar.add_task(title, total=total)
                yield lambda done: bar.update(task, completed=done)
        else:
            yield lambda _done: None
        self._console.print(f"{title:<28}[dim]{time.monotonic() - started:6.1f} s[/dim]", highlight=False)

    def _bar(self, total: int | None) -> Progress:
        counted = [BarColumn(), MofNCompleteColumn()] if total else []
        columns = [SpinnerColumn(), TextColumn("{task.description}"), *counted, TimeElapsedColumn()]
        return Progress(*columns, console=self._console, transient=True)


def print_summary(console: Console, summary: CleaningSummary) -> None:
    """Print what was read, and what became of each row."""
    for file in summary.files:
        console.print(f"  {file.path}: {_described(file)}", highlight=False, soft_wrap=True, markup=False)
    table = Table("", "rows", "applies to", "", box=None, padding=(0, 2, 0, 0))
    for column in (1, 2):
        table.columns[column].justify = "right"
    for count in summary.reasons:
        if count.n_applies:
            cells = (f"{count.n_rows:,}", f"{count.n_applies:,}", count.reason.sentence)
            table.add_row(count.reason.code, *cells, style="yellow" if count.reason.is_damage else None)
    table.add_section()
    table.add_row("purchase", f"{summary.n_purchases:,}", "", _period(summary), style="bold")
    table.add_row("all rows", f"{summary.n_rows:,}")
    console.print(table, highlight=False)
    if summary.n_unmatched_returns:
        console.print(f"  {summary.n_unmatched_returns:,} returns had no purchase to undo", highlight=False)
    _print_non_products(console, summary)
    for warning in summary.warnings:
        console.print(f"warning: {warning}", style="yellow", highlight=False, soft_wrap=True, markup=False)
    for question in summary.questions:
        # Those that stop are in the message that ends the run.
        if not question.stops:
            console.print(
                f"to check: {question}", style="yellow", highlight=False, soft_wrap=True, markup=False
            )


MAX_NON_PRODUCTS = 20
"""So many codes that are no products are printed; the report has all of them."""


def _print_non_products(console: Console, summary: CleaningSummary) -> None:
    found = summary.non_products
    if not found:
        return
    console.print(f"  {len(found):,} codes were taken for no products:", highlight=False)
    for one in found[:MAX_NON_PRODUCTS]:
        console.print(f"    {one}", highlight=False, soft_wrap=True, markup=False)
    if len(found) > MAX_NON_PRODUCTS:
        console.print(f"    and {len(found) - MAX_NON_PRODUCTS:,} more, with fewer lines", highlight=False)


def read_shown_catalogue(
    console: Console, settings: TrainingSettings, sources: OrderSources
) -> ShopCatalogue:
    """Read the catalogue file of the settings, else the catalogue of the store, and print what was read."""
    if settings.catalogue is None:
        name, catalogue = sources.store_name, catalogue_of(sources)
    else:
        name, catalogue = str(settings.catalogue), read_catalogue(str(settings.catalogue), _told(settings))
    if catalogue.n_rows:
        _print_catalogue(console, name, catalogue)
    return catalogue


def _told(settings: TrainingSettings) -> Told:
    return Told(settings.catalogue_columns, settings.encoding, settings.decimal_mark)


def _print_catalogue(console: Console, name: str, catalogue: ShopCatalogue) -> None:
    """Print what was read of a catalogue, and what was not."""
    refused = ", ".join(f"{n:,} refused: {reason}" for reason, n in catalogue.refused.items())
    console.print(
        f"  {name}: {catalogue.n_rows:,} rows, {len(catalogue.titles):,} items with a title, "
        f"{len(catalogue.categories):,} with a category{'; ' if refused else ''}{refused}",
        highlight=False,
        soft_wrap=True,
        markup=False,
    )


def _described(file: SourceFile) -> str:
    mapped = ", ".join(f"{name} = {column}" for name, column in file.columns.items())
    how = " ".join(filter(None, (file.format_name, file.encoding)))
    return f"{file.n_rows:,} rows, {how}; {mapped}"


def _period(summary: CleaningSummary) -> str:
    if summary.first_ordered_at is None or summary.last_ordered_at is None:
        return "without dates"
    first, last = (
        datetime.fromtimestamp(seconds, UTC).date()
        for seconds in (summary.first_ordered_at, summary.last_ordered_at)
    )
    return f"{first} to {last}"
