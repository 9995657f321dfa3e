"""``recsvc-train``: run, evaluate, tune, doctor, sample. With ``console``, the only one that prints."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from recsvc.errors import DataError, RecsvcError, SettingsError
from training.cli.console import ConsoleProgress, make_console, print_catalogue, print_summary, print_verdict
from training.cli.evaluation_table import evaluation_table
from training.cli.sample import sample
from training.cli.source_options import source_options
from training.cli.tune_console import TuneConsole, tuning_table
from training.doctor import diagnosis_table, examine
from training.evaluation.evaluate import EvaluationOptions, evaluate_orders
from training.history.catalogue import ShopCatalogue
from training.job import TrainingJob, read_and_clean
from training.learning import learn
from training.orders import CleaningRules, CleaningSummary, clean_orders
from training.settings import TrainingSettings, load_training_settings
from training.sources.catalogue import read_catalogue
from training.sources.order_sources import OrderSources, catalogue_of, read_orders
from training.tune.toml_block import check_mergeable, merge_into, toml_block
from training.tune.tune import tune as tune_settings
from training.tune.watch import Limits

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_DATA = 3
EXIT_REFUSED = 4


def _columns(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """Turn ``name=column`` words into a dictionary."""
    pairs = [value.partition("=") for value in values]
    for name, equals, column in pairs:
        if not (name and equals and column):
            raise click.BadParameter(f"must be like user_id=CustomerID, got {name}{equals}{column}")
    return {name: column for name, _, column in pairs}


@click.group()
@click.version_option(package_name="recsvc")
def recsvc_train() -> None:
    """Turn order history into a model that recsvc serves."""


_column = click.option(
    "--column",
    "columns",
    multiple=True,
    callback=_columns,
    help="Name a column, as in user_id=CustomerID. Repeatable.",
)
_date_format = click.option("--date-format", help="strptime format of the dates.")
_catalogue = click.option(
    "--catalogue",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Catalogue file with the categories of the items: CSV, TSV (.gz, .zst), Parquet, NDJSON.",
)


@recsvc_train.command()
@source_options(passes_models_dir=True)
@_catalogue
@_column
@_date_format
@click.option("--max-rejected-share", type=float, help="Refuse to train above this share of damaged rows.")
@click.option("--seed", type=int, help="Starts the random numbers of the fit.")
@click.option("--force", is_flag=True, help="Publish whatever the gate says; the manifest records it.")
@click.option(
    "--activate/--no-activate",
    default=True,
    help="Make it live as well; else `recsvc models activate VERSION` does, after `recsvc warm`.",
)
def run(
    sources: OrderSources,
    catalogue: Path | None,
    models_dir: Path,
    config: Path | None,
    columns: dict[str, str],
    date_format: str | None,
    max_rejected_share: float | None,
    seed: int | None,
    force: bool,
    activate: bool,
) -> None:
    """Read orders, train, measure, and publish the model as the live version.

    Exit status: 0 published, 2 usage, 3 the data is not usable, 4 the gate refused the model, 1 anything else.
    The live version changes only with 0, and not with --no-activate.
    """
    console = make_console()
    options = {
        "catalogue": catalogue,
        "date_format": date_format,
        "max_rejected_share": max_rejected_share,
        "seed": seed,
    }
    settings = load_training_settings(config, options, columns)
    shop_catalogue = _read_catalogue(console, settings, sources)
    job = TrainingJob(sources, models_dir, settings, datetime.now(UTC), force, shop_catalogue, activate)

    def on_cleaned(summary: CleaningSummary, rejected: Path) -> None:
        print_summary(console, summary)
        console.print(
            f"  every row that is no purchase: {rejected}", highlight=False, soft_wrap=True, markup=False
        )

    outcome = job.run(ConsoleProgress(console), on_cleaned)
    print_verdict(console, outcome)
    if not outcome.verdict.accepted:
        sys.exit(EXIT_REFUSED)


def _read_catalogue(console: Console, settings: TrainingSettings, sources: OrderSources) -> ShopCatalogue:
    """Read the file that is named, else what the store knows of the items."""
    if settings.catalogue is None:
        name, catalogue = sources.store_name, catalogue_of(sources)
    else:
        name, catalogue = str(settings.catalogue), read_catalogue(str(settings.catalogue))
    if catalogue.n_rows:
        print_catalogue(console, name, catalogue)
    return catalogue


@recsvc_train.command()
@source_options()
@_catalogue
@_column
@_date_format
@click.option(
    "--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write the result here too."
)
@click.option(
    "--max-users", type=click.IntRange(20), default=5000, show_default=True, help="Ask at most so many."
)
@click.option(
    "--diversity",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="As the setting of the service; needs a catalogue.",
)
def evaluate(
    sources: OrderSources,
    catalogue: Path | None,
    config: Path | None,
    columns: dict[str, str],
    date_format: str | None,
    json_file: Path | None,
    max_users: int,
    diversity: float,
) -> None:
    """Hold back the last four weeks, train on the rest, and measure beside simple answers.

    Nothing is published. docs/metrics.md explains each figure.
    """
    if json_file is not None and not json_file.parent.is_dir():
        raise click.BadParameter(f"there is no folder {json_file.parent}", param_hint="--json")
    console = make_console()
    progress = ConsoleProgress(console)
    given = {"catalogue": catalogue, "date_format": date_format}
    settings = load_training_settings(config, given, columns)
    shop_catalogue = _read_catalogue(console, settings, sources)
    if diversity and not shop_catalogue.categories:
        raise click.BadParameter("needs --catalogue, else it changes nothing", param_hint="--diversity")
    cleaned = read_and_clean(sources, settings, datetime.now(UTC), progress)
    options = EvaluationOptions(
        max_users=max_users,
        seed=settings.seed,
        threads=settings.threads,
        catalogue=shop_catalogue,
        diversity=diversity,
    )
    evaluation = evaluate_orders(
        cleaned,
        lambda split, known: learn(split.training_part, known, settings, progress).model,
        options,
        progress,
    )
    console.print(evaluation_table(evaluation))
    if json_file is not None:
        json_file.write_text(
            json.dumps(evaluation.to_json(), indent=2, allow_nan=False) + "\n", encoding="utf-8"
        )


@recsvc_train.command()
@source_options()
@_column
@_date_format
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
    type=click.Path(path_type=Path, dir_okay=False),
    default="tune.log",
    show_default=True,
    help="Keeps the trials; a later run goes on with it.",
)
@click.option(
    "--write",
    "settings_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Put the settings found into this file, such as recsvc.toml.",
)
def tune(
    sources: OrderSources,
    config: Path | None,
    columns: dict[str, str],
    date_format: str | None,
    minutes: float,
    trials: int | None,
    study: Path,
    settings_file: Path | None,
) -> None:
    """Try settings on windows before the one that evaluate reports on, and say which to use.

    Ctrl-C ends it with what was found so far. docs/tuning.md says how it works. Exit status: 0 done, 2 usage,
    3 the data is not usable, 1 anything else.
    """
    _check_tune_files(study, settings_file)
    console = make_console()
    settings = load_training_settings(config, {"date_format": date_format}, columns)
    cleaned = read_and_clean(sources, settings, datetime.now(UTC), ConsoleProgress(console))
    watch = TuneConsole(console)
    try:
        tuning = tune_settings(cleaned, settings, study, Limits(minutes, trials), watch)
    finally:
        watch.rest()
    console.print(tuning_table(tuning))
    console.print(toml_block(tuning.chosen), highlight=False, markup=False)
    if settings_file is not None:
        merge_into(settings_file, tuning.chosen)
        console.print(f"written to {settings_file}", highlight=False, markup=False, soft_wrap=True)


def _check_tune_files(study: Path, settings_file: Path | None) -> None:
    """Refuse at once what would otherwise be lost after half an hour."""
    for path, option in ((study, "--study"), (settings_file, "--write")):
        if path is not None and not path.parent.is_dir():
            raise click.BadParameter(f"there is no folder {path.parent}", param_hint=option)
    if settings_file is not None and settings_file.exists():
        check_mergeable(settings_file)


@recsvc_train.command()
@source_options()
@_column
@_date_format
@click.option("--strict", is_flag=True, help="End with status 1 when there are warnings.")
def doctor(
    sources: OrderSources,
    config: Path | None,
    columns: dict[str, str],
    date_format: str | None,
    strict: bool,
) -> None:
    """Say, before any training, what in the orders will hurt.

    Exit status: 0 nothing or only warnings, 1 warnings with --strict, 3 the data is not usable.
    """
    console, now = make_console(), datetime.now(UTC)
    settings = load_training_settings(config, {"date_format": date_format}, columns)
    raw = read_orders(sources, settings.columns)
    rules = CleaningRules.of(settings)
    diagnosis = examine(raw, clean_orders(raw, rules, now), rules, now, strict=strict)
    console.print(diagnosis_table(diagnosis))
    sys.exit(diagnosis.exit_code)


recsvc_train.add_command(sample)


def main() -> None:
    """Run the program; what it refuses to do is one paragraph on standard error and an exit status."""
    try:
        recsvc_train()
    except SettingsError as error:
        _end(error, EXIT_USAGE)
    except DataError as error:
        _end(error, EXIT_DATA)
    except RecsvcError as error:
        _end(error, EXIT_FAILED)


def _end(error: RecsvcError, status: int) -> None:
    click.echo(f"error: {error}", err=True)
    sys.exit(status)
