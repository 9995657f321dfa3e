"""``recsvc-train tune``: what a person sees while settings are tried, and in the end."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console, Group, RenderableType
from rich.status import Status
from rich.table import Table
from rich.text import Text

from training.cli.console import ConsoleProgress, make_console
from training.cli.options import NamedPath, column_option, notation_options, source_options
from training.evaluation.evaluation import decimal
from training.job import read_and_clean
from training.settings import load_training_settings
from training.sources.order_sources import OrderSources
from training.tune.quality import Trial
from training.tune.space import values_of
from training.tune.stage import Stage
from training.tune.toml_block import check_mergeable, merge_into, toml_block
from training.tune.tune import StageResult, Tuning
from training.tune.tune import tune as tune_settings
from training.tune.watch import TuningLimits
from training.tune.windows import TuningWindow

BEST_SHOWN = 10


@click.command()
@source_options()
@column_option
@notation_options
@click.option(
    "--minutes",
    type=click.FloatRange(0, min_open=True),
    default=30,
    show_default=True,
    help="Time for all trials.",
)
@click.option(
    "--trials", type=click.IntRange(1), help="End a stage with so many, those of earlier runs among them."
)
@click.option(
    "--study",
    type=NamedPath(path_type=Path, dir_okay=False),
    default="tune.log",
    show_default=True,
    help="Keeps the trials; a later run goes on with it.",
)
@click.option(
    "--write",
    "settings_file",
    type=NamedPath(path_type=Path, dir_okay=False),
    help="Put the settings found into this file, such as recsvc.toml.",
)
def tune(
    sources: OrderSources,
    config: Path | None,
    shop: str | None,
    columns: dict[str, str],
    notations: dict[str, str | None],
    minutes: float,
    trials: int | None,
    study: Path,
    settings_file: Path | None,
) -> None:
    """Try settings on windows before the one that evaluate reports on, and say which to use.

    Ctrl-C ends it with what was found so far. docs/guides/measuring.md says how it works. Exit status: 0 done, 2 usage,
    3 the data is not usable, 1 anything else.
    """
    _check_tune_files(study, settings_file)
    console = make_console()
    settings = load_training_settings(config, notations, columns, shop)
    cleaned = read_and_clean(sources, settings, datetime.now(UTC), ConsoleProgress(console))
    watch = TuneConsole(console)
    try:
        tuning = tune_settings(cleaned, settings, study, TuningLimits(minutes, trials), watch)
    finally:
        watch.rest()
    console.print(tuning_table(tuning))
    console.print(toml_block(tuning.chosen), highlight=False, markup=False)
    if settings_file is not None:
        merge_into(settings_file, tuning.chosen)
        console.print(f"written to {settings_file}", highlight=False, markup=False, soft_wrap=True)


def _check_tune_files(study: Path, settings_file: Path | None) -> None:
    """Refuse files that cannot be written before half an hour is spent on trials."""
    for path, option in ((study, "--study"), (settings_file, "--write")):
        if path is not None and not path.parent.is_dir():
            raise click.BadParameter(f"there is no folder {path.parent}", param_hint=option)
    if settings_file is not None and settings_file.exists():
        check_mergeable(settings_file)


class TuneConsole:
    """Prints a line for each trial; on a terminal it also shows where the present trial is."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None

    def tuning_begins(self, windows: Sequence[TuningWindow]) -> None:
        """Say on which windows and how many shoppers settings are measured."""
        n_shoppers = ", ".join(
            f"{max(len(task) for task in window.tasks.values()):,}" for window in windows if window.tasks
        )
        self._print(
            f"{len(windows)} window{'s' * (len(windows) > 1)} before the one that evaluate reports on; "
            f"test shoppers: {n_shoppers}"
        )

    def stage_begins(self, stage: Stage, trials: tuple[Trial, ...]) -> None:
        """Print the heading of a stage."""
        known = f"; known from earlier runs: {len(trials)}" if trials else ""
        self._print()
        self._print(f"[bold]{stage.title}[/bold]{known}")
        headings = _abbreviated(values_of(stage.start, stage.space))
        self._print(f"[dim]{'trial':>5}  {'value':<15} {'best':<5}  {'  '.join(headings)}[/dim]")

    def window_begins(self, trial: int, window: int, n_windows: int, minutes_left: float) -> None:
        """Say on a terminal where the trial is; elsewhere nothing moves."""
        if not self._console.is_terminal:
            return
        where = (
            f"trial {trial}, window {window} of {n_windows}; {minutes_left:.0f} min left (Ctrl-C ends sooner)"
        )
        if self._status is None:
            self._status = self._console.status(where)
            self._status.start()
        self._status.update(where)

    def trial_ends(self, stage: Stage, trial: Trial, best: float | None) -> None:
        """Print the line of a trial: what it is worth, the best so far, and what was tried."""
        self.rest()
        present = values_of(stage.start, stage.space)
        value = str(trial.outcome) if trial.value is None else _value(trial.value)
        tried = zip(_abbreviated(present), (trial.values[name] for name in present), strict=True)
        cells = "  ".join(f"{setting:>{len(heading)}.4g}" for heading, setting in tried)
        line = f"{trial.number:>5}  {value:<15} {'' if best is None else _value(best):<5}  {cells}"
        is_best = trial.value is not None and trial.value == best
        remark = "  present" if trial.values == present else ""
        self._console.print(Text(line + remark, style="bold green" if is_best else ""), soft_wrap=True)

    def rest(self) -> None:
        """Take the moving line away."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def _print(self, text: str = "") -> None:
        self._console.print(text, highlight=False)


def tuning_table(tuning: Tuning) -> RenderableType:
    """Return the best trials of each stage, which settings mattered, and the conclusion."""
    parts: list[RenderableType] = []
    for stage in tuning.stages:
        parts += [Text(), _best_trials(stage), *_summary(stage)]
    return Group(*parts, *(Text(f"note: {note}", style="yellow") for note in tuning.notes), Text())


def _best_trials(stage: StageResult) -> Table:
    table = Table(
        title=f"{stage.title}: the best (trials so far: {stage.n_trials})", title_justify="left", title_style="bold",
        box=None, padding=(0, 2, 0, 0), header_style="dim",
    )  # fmt: skip
    for heading in ("value", "trial", *_abbreviated(stage.start.values)):
        table.add_column(heading, justify="right", no_wrap=True)
    for trial in stage.trials[:BEST_SHOWN]:
        cells = [f"{trial.values[name]:g}" for name in stage.start.values]
        style = "bold" if trial.number == stage.start.number else ""
        table.add_row(_value(trial.value or 0.0), str(trial.number), *cells, style=style)
    return table


def _abbreviated(values: Mapping[str, float]) -> list[str]:
    return [name.replace("_days", "").replace("_", " ") for name in values]


def _summary(stage: StageResult) -> list[Text]:
    lines = []
    if stage.importance:
        shares = ", ".join(f"{name} {share:.0%}" for name, share in stage.importance.items())
        lines.append(Text(f"what mattered: {shares}", style="dim"))
    return [*lines, Text(_verdict(stage), style="bold")]


def _verdict(stage: StageResult) -> str:
    if stage.n_trials == 1:
        return "There was time for the present settings alone: they stay."
    if stage.lead is None:
        return f"None of {stage.n_trials} trials beats the present settings: they stay."
    interval = f"[{decimal(stage.lead.low, signed=True)}, {decimal(stage.lead.high, signed=True)}]"
    lead = f"{decimal(stage.lead.mean, signed=True)} {interval} with shoppers who had no part in choosing it"
    if stage.is_better:
        return f"Trial {stage.best.number} beats the present settings: {lead}."
    return f"The present settings are as good as the best trial, which is ahead by {lead}: they stay."


def _value(value: float) -> str:
    return f"{value:.4f}".replace("0.", ".", 1)
