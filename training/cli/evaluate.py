"""``recsvc-train evaluate``, and its result as a table."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from recsvc.model.model import Model
from recsvc.plain_file import replace_text
from training.cli.console import ConsoleProgress, make_console, read_shown_catalogue
from training.cli.options import NamedPath, catalogue_option, column_option, notation_options, source_options
from training.evaluation import metrics
from training.evaluation.bootstrap import Estimate
from training.evaluation.evaluate import EvaluationOptions, evaluate_orders
from training.evaluation.evaluation import (
    RECSVC,
    DataDescription,
    Evaluation,
    QuestionResult,
    decimal,
    label_of,
    verdict,
)
from training.evaluation.merchandise_words import rows_of
from training.evaluation.metrics import RECALL_AT_20, Figure, Metric
from training.evaluation.task import Question
from training.history.exposures import Exposures
from training.history.interactions import Interactions
from training.history.split import Split, SplitKind
from training.job import read_and_clean, read_shown
from training.learning import learn, next_night
from training.measuring import given_of
from training.orders.catalogue_ids import catalogue_of_orders
from training.progress import Progress
from training.report import opening_of
from training.report.sections.moments import sentence_of
from training.settings import TrainingSettings, load_training_settings
from training.sources.order_sources import OrderSources

_QUESTIONS = {
    Question.ALL: "all: whatever they buy next",
    Question.NEW: "new: only what they never bought before",
}


@click.command()
@source_options()
@catalogue_option
@column_option
@notation_options
@click.option(
    "--json", "json_file", type=NamedPath(path_type=Path, dir_okay=False), help="Write the result here too."
)
@click.option(
    "--max-users", type=click.IntRange(20), default=5000, show_default=True, help="Test shoppers at most."
)
@click.option(
    "--diversity",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="As the setting of the service; needs a catalogue.",
)
@click.option(
    "--steady/--no-steady",
    default=True,
    help="Train once more, without the newest day, to see how much one day changes.",
)
def evaluate(
    sources: OrderSources,
    catalogue: dict[str, Any],
    config: Path | None,
    shop: str | None,
    columns: dict[str, str],
    notations: dict[str, str | None],
    json_file: Path | None,
    max_users: int,
    diversity: float,
    steady: bool,
) -> None:
    """Hold back the last four weeks, train on the rest, and measure beside simple answers.

    Nothing is published. docs/guides/measuring.md explains each figure.
    """
    if json_file is not None and not json_file.parent.is_dir():
        raise click.BadParameter(f"there is no folder {json_file.parent}", param_hint="--json")
    console = make_console()
    progress = ConsoleProgress(console)
    given = {**catalogue, **notations}
    settings = load_training_settings(config, given, columns, shop)
    shop_catalogue = read_shown_catalogue(console, settings, sources)
    if diversity and not shop_catalogue.categories:
        raise click.BadParameter("needs --catalogue, else it changes nothing", param_hint="--diversity")
    cleaned = read_and_clean(sources, settings, datetime.now(UTC), progress)
    learning = _Learning(settings, progress, read_shown(sources, settings, progress))
    options = EvaluationOptions(
        max_users=max_users,
        seed=settings.seed,
        threads=settings.threads,
        catalogue=catalogue_of_orders(cleaned, shop_catalogue),
        diversity=diversity,
        go_on=learning.next_night if steady else None,
    )
    evaluation = evaluate_orders(cleaned, learning.model_of, options, progress)
    console.print(evaluation_table(evaluation))
    console.print(Text(learning.als))
    if learning.clicks:
        console.print(Text(learning.clicks))
    if json_file is not None:
        replace_text(json_file, json.dumps(evaluation.to_json(), indent=2, allow_nan=False) + "\n")


class _Learning:
    """Learns what is measured, and from there with the settings that were chosen."""

    def __init__(self, settings: TrainingSettings, progress: Progress, exposures: Exposures) -> None:
        self._settings = settings
        self._progress = progress
        self._exposures = exposures
        self.als = self.clicks = ""

    def model_of(self, split: Split, known: Interactions) -> Model:
        """Return what the training part of ``split``, which is ``known``, teaches."""
        given = given_of(split, self._exposures)
        learned = learn(split.training_part, known, self._settings, self._progress, given)
        self.clicks = self.clicks or learned.clicks.sentence
        # With one day less nothing is chosen again: on the night after, the same settings are held.
        self._settings, self.als = (
            learned.als.settings.within(self._settings),
            self.als or learned.als.sentence,
        )
        return learned.model

    def next_night(self, before: Model, known: Interactions) -> Model:
        """Return what follows ``before``."""
        return next_night(before, known, self._settings)


def evaluation_table(evaluation: Evaluation) -> RenderableType:
    """Return the data, the rankers, the segments and the verdict, one below the other, for 120 columns."""
    return Group(
        _described(evaluation),
        Text(),
        _rankers(evaluation),
        Text(),
        _segments(evaluation),
        Text(),
        _merchandise(evaluation),
        Text(),
        Text(verdict(evaluation)),
        *([Text(sentence_of(evaluation.moments))] if evaluation.moments else []),
        *(Text(f"note: {note}", style="yellow") for note in evaluation.data.notes),
        Text(),
        *(Text(sentence, style="bold") for sentence in opening_of(evaluation, None)),
    )


def _described(evaluation: Evaluation) -> Text:
    data = evaluation.data
    questions = "; ".join(
        f"{_QUESTIONS[question]} ({result.n_users:,} shoppers, {result.targets_per_user:.1f} items each)"
        for question, result in evaluation.questions.items()
    )
    return Text(
        f"Learned from {data.train_lines:,} lines of {data.train_users:,} shoppers, {data.train_items:,} "
        f"items; measured on {_held_back(data)} ({data.repeat_share:.1%} repeats): {questions}."
    )


def _held_back(data: DataDescription) -> str:
    if data.kind is SplitKind.TIME and data.cut is not None:
        return f"the {data.window_days:.3g} days after {datetime.fromtimestamp(data.cut, UTC):%Y-%m-%d %H:%M}"
    return f"a random fifth of each shopper's {data.kind}"


def _rankers(evaluation: Evaluation) -> Table:
    table = Table(box=None, padding=(0, 1), collapse_padding=True, pad_edge=False, header_style="dim")
    table.add_column("\nranker", no_wrap=True)
    figures = _known_figures(evaluation)
    columns: list[Metric | Figure] = [*metrics.METRICS, *figures]
    for question in evaluation.questions:
        if len(table.columns) > 1:
            table.add_column("")
        for column in columns:
            table.add_column(f"{question}\n{column.heading}", justify="right", no_wrap=True)
    names = next(iter(evaluation.questions.values())).rankers
    for name in names:
        cells = [_cells(result, name, figures) for result in evaluation.questions.values()]
        row = [cell for group in cells for cell in (Text(), *group)][1:]
        table.add_row(Text(label_of(name), style="bold cyan" if name == RECSVC else ""), *row)
    legend = " ".join(f"{column.heading}: {column.words}." for column in columns)
    table.caption = f"±: 95 % interval over shoppers; bold: best. {legend}"
    table.caption_justify = "left"
    table.caption_style = "dim"
    return table


def _cells(result: QuestionResult, name: str, figures: Sequence[Figure]) -> list[Text]:
    ranker = result.rankers[name]
    cells = []
    for metric in metrics.METRICS:
        best = max(metric.goodness(other.means[metric].mean) for other in result.rankers.values())
        style = "bold green" if metric.goodness(ranker.means[metric].mean) == best else ""
        cells.append(Text(_plus_minus(ranker.means[metric]), style=style))
    values = ((figure, ranker.figure(figure)) for figure in figures)
    return [*cells, *(Text("" if value is None else figure.as_text(value)) for figure, value in values)]


def _known_figures(evaluation: Evaluation) -> list[Figure]:
    rankers = [ranker for result in evaluation.questions.values() for ranker in result.rankers.values()]
    return [
        figure for figure in metrics.FIGURES if any(ranker.figures[figure] is not None for ranker in rankers)
    ]


def _segments(evaluation: Evaluation) -> Table:
    table = Table(box=None, padding=(0, 1), pad_edge=False, header_style="dim")
    table.add_column("\nR@20 by shoppers", no_wrap=True)
    for question in evaluation.questions:
        for heading in ("users", RECSVC, "baseline", "difference"):
            table.add_column(f"{question}\n{heading}", justify="right", no_wrap=True)
        table.add_column("")
    for rows in zip(*(result.segments for result in evaluation.questions.values()), strict=True):
        cells: list[str | Text] = []
        for row in rows:
            ours, theirs, difference = (
                None if means is None or not row.n_users else means[RECALL_AT_20]
                for means in (row.recsvc, row.baseline, row.difference)
            )
            cells += [f"{row.n_users:,}", _mean(ours), _mean(theirs), _difference(difference), Text()]
        table.add_row(rows[0].segment, *cells)
    best = {question: result.best_baseline() for question, result in evaluation.questions.items()}
    named = "; ".join(f"{label_of(name)} on {question}" for question, name in best.items() if name)
    table.caption = f"baseline: the best by R@20 over all shoppers: {named}." if named else ""
    table.caption_justify = "left"
    table.caption_style = "dim"
    return table


def _merchandise(evaluation: Evaluation) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    for row in rows_of(evaluation):
        table.add_row(Text(row.name, style="dim"), row.sentence)
    return table


def _mean(estimate: Estimate | None) -> str:
    return "" if estimate is None else decimal(estimate.mean)


def _difference(estimate: Estimate | None) -> Text:
    if estimate is None:
        return Text()
    style = "green" if estimate.low > 0 else "red" if estimate.high < 0 else ""
    return Text(f"{decimal(estimate.mean, signed=True)} ±{decimal(estimate.half_width)}", style=style)


def _plus_minus(estimate: Estimate) -> str:
    return f"{decimal(estimate.mean)} ±{decimal(estimate.half_width)}"
