"""``recsvc-train``: train and publish, make a sample shop. With ``console``, the only one that prints."""

import sys
from datetime import UTC, date, datetime
from pathlib import Path

import click

from recsvc.errors import DataError, RecsvcError, SettingsError
from training.console import ConsoleProgress, make_console, print_summary
from training.job import TrainingJob
from training.orders import CleaningSummary
from training.sample import SampleShop, write_sample_shop
from training.settings import load_training_settings

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_DATA = 3

_SHOP = SampleShop()


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


@recsvc_train.command()
@click.option(
    "--orders",
    multiple=True,
    required=True,
    help="Order file or glob: CSV, TSV (.gz, .zst), Parquet, NDJSON. Repeatable.",
)
@click.option(
    "--models-dir", type=click.Path(path_type=Path, file_okay=False), default="models", show_default=True
)
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Settings file.  [default: recsvc.toml, where there is one]",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    callback=_columns,
    help="Name a column, as in user_id=CustomerID. Repeatable.",
)
@click.option("--date-format", help="strptime format of the dates.")
@click.option("--max-rejected-share", type=float, help="Refuse to train above this share of damaged rows.")
@click.option("--seed", type=int, help="Starts the random numbers of the fit.")
def run(
    orders: tuple[str, ...],
    models_dir: Path,
    config: Path | None,
    columns: dict[str, str],
    date_format: str | None,
    max_rejected_share: float | None,
    seed: int | None,
) -> None:
    """Read order files, train, and publish the model as the live version.

    Exit status: 0 published, 2 usage, 3 the data is not usable, 1 anything else. The live version changes
    only with 0.
    """
    console = make_console()
    options = {"date_format": date_format, "max_rejected_share": max_rejected_share, "seed": seed}
    settings = load_training_settings(config, options, columns)
    job = TrainingJob(orders, models_dir, settings, datetime.now(UTC))

    def on_cleaned(summary: CleaningSummary, rejected: Path) -> None:
        print_summary(console, summary)
        console.print(f"  every row that is no purchase: {rejected}", highlight=False, soft_wrap=True)

    manifest = job.run(ConsoleProgress(console), on_cleaned)
    counts = manifest.counts
    console.print(
        f"[bold]{manifest.model_version}[/bold] is live: "
        f"{counts['users']:,} users, {counts['items']:,} items",
        highlight=False,
    )


@recsvc_train.command()
@click.option("--users", type=int, default=_SHOP.users, show_default=True)
@click.option("--items", type=int, default=_SHOP.items, show_default=True)
@click.option("--order-lines", type=int, default=_SHOP.order_lines, show_default=True)
@click.option("--days", type=int, default=_SHOP.days, show_default=True, help="Length of the history.")
@click.option(
    "--end",
    type=click.DateTime(["%Y-%m-%d"]),
    default=str(_SHOP.end),
    show_default=True,
    help="Its last day.",
)
@click.option("--seed", type=int, default=_SHOP.seed, show_default=True)
@click.option(
    "--format",
    "suffix",
    type=click.Choice([".csv", ".csv.gz", ".parquet"]),
    default=".csv",
    show_default=True,
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default="sample-shop", show_default=True
)
def sample(
    users: int, items: int, order_lines: int, days: int, end: datetime, seed: int, suffix: str, out: Path
) -> None:
    """Make up a believable shop: order file, catalogue, and what was planted in them."""
    console = make_console()
    last_day = date(end.year, end.month, end.day)
    shop = SampleShop(users, items, order_lines, days, seed, last_day, suffix)  # type: ignore[arg-type]  # click checked it
    with ConsoleProgress(console).step("Make up a shop", order_lines) as done:
        files = write_sample_shop(shop, out, lambda _step, n_done, _total: done(n_done))
    console.print(
        f"  {files.n_order_lines:,} order lines of {files.n_users:,} customers: {files.orders}",
        highlight=False,
    )


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
