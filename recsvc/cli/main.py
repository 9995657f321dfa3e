"""``recsvc``: serve, look after the model versions, fill Redis, show a demo."""

import resource
import sys
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import click
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server
from granian.server.common import AbstractServer
from rich.console import Console
from rich.table import Table

from recsvc.app import create_app
from recsvc.cli.demo import Demo
from recsvc.cli.items import items
from recsvc.cli.keys import keys, require_protection
from recsvc.cli.options import config, database_url, models_dir, setting
from recsvc.cli.plan import Budget, Constants, Shop, print_budget
from recsvc.cli.rules import rules
from recsvc.cli.warm import Warming
from recsvc.config_file import read_table
from recsvc.errors import RecsvcError
from recsvc.logs import configure_logging, server_logging
from recsvc.model.registry import Registry, VersionEntry
from recsvc.ranking.query import MAX_N
from recsvc.rules.rule_book import TABLE, read_book
from recsvc.serving.warm_up import WarmUpPlan
from recsvc.settings import Settings, load_settings, unknown_variables
from recsvc.shared_files import shared_files

BACKLOG = 2048
MAX_HEADER_BYTES = 64 * 2**10
HEADER_TIMEOUT_SECONDS = 10
MAX_CONNECTIONS = 10_000
_OTHER_FILES = 200

_PLAN = WarmUpPlan()


@click.group()
@click.version_option(package_name="recsvc")
def recsvc() -> None:
    """Product suggestions for returning shoppers."""


@recsvc.command()
@config
@models_dir
@setting("host")
@setting("allow_open", is_flag=True, default=None)
@setting("port", int)
@setting("workers", int)
@setting("redis_url")
@database_url
@setting("log_level")
def serve(config: Path | None, **options: object) -> None:
    """Answer requests until stopped; a newly published model is taken up by itself."""
    settings = load_settings(config, options)
    for name in unknown_variables():
        click.echo(f"warning: there is no setting {name}", err=True)
    configure_logging(settings.log_level)
    book = read_book(read_table(config, TABLE))
    require_protection(settings)
    with shared_files() as files:
        make_server(settings).serve(
            target_loader=partial(create_app, settings, files, book), wrap_loader=False
        )


def make_server(settings: Settings) -> AbstractServer[Any]:
    """Return the server; its workers answer once it is given what makes the application."""
    return Server(
        "recsvc.app:create_app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=settings.server_threads,
        backlog=BACKLOG,
        # Granian counts connections here, idle ones too, and lets those beyond it hang; what is too much
        # work is refused by us.
        backpressure=_max_connections(),
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=10,
        websockets=False,
        http1_settings=HTTP1Settings(
            header_read_timeout=1000 * HEADER_TIMEOUT_SECONDS, max_buffer_size=MAX_HEADER_BYTES
        ),
        log_level=LogLevels(settings.log_level),
        log_dictconfig=server_logging(settings.log_level),
    )


def _max_connections() -> int:
    """Return how many connections a worker can hold open; raises the limit of open files for them."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + _OTHER_FILES
    limit = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    return max(1, limit - _OTHER_FILES)


recsvc.add_command(items)
recsvc.add_command(keys)
recsvc.add_command(rules)


@recsvc.group()
def models() -> None:
    """List, show and switch the model versions."""


@models.command("list")
@config
@models_dir
def list_versions(config: Path | None, **options: object) -> None:
    """List all versions, newest first; * marks the live one."""
    registry = Registry(load_settings(config, options).models_dir)
    table = Table("", "version", "created", "data through", "users", "items", box=None, pad_edge=False)
    for column in table.columns:
        column.no_wrap = True
    for entry in registry.versions():
        table.add_row(*_columns(entry))
    Console().print(table if table.row_count else f"{registry.directory} has no versions yet")


@models.command()
@click.argument("version", required=False)
@config
@models_dir
def show(version: str | None, config: Path | None, **options: object) -> None:
    """Check VERSION (by default the live one) and print its manifest as JSON."""
    registry = Registry(load_settings(config, options).models_dir)
    published = registry.load(version)
    Console().print_json(data=vars(published.manifest))


@models.command()
@click.argument("version")
@config
@models_dir
def activate(version: str, config: Path | None, **options: object) -> None:
    """Check VERSION and make it the live one."""
    Registry(load_settings(config, options).models_dir).activate(version)
    click.echo(f"{version} is live")


@models.command()
@config
@models_dir
def rollback(config: Path | None, **options: object) -> None:
    """Make the version before the live one live."""
    version = Registry(load_settings(config, options).models_dir).rollback()
    click.echo(f"{version} is live")


@recsvc.command()
@config
@models_dir
@setting("redis_url")
@click.option(
    "--active-days",
    type=click.FloatRange(0),
    default=_PLAN.active_days,
    show_default=True,
    help="For shoppers with an order so many days before the newest one; undated: for all.",
)
@click.option(
    "--placement",
    "placements",
    multiple=True,
    help="for_you, discover, buy_again, or one of your own; repeatable.  [default: for_you]",
)
@click.option(
    "--n", type=click.IntRange(1, MAX_N), default=_PLAN.n, show_default=True, help="Items of a list."
)
@click.option(
    "--rate",
    type=click.FloatRange(0, min_open=True),
    default=_PLAN.lists_per_second,
    show_default=True,
    help="Lists made in a second, at most.",
)
@click.option("--version", help="Of a version that is not live yet.  [default: the live one]")
def warm(
    config: Path | None,
    active_days: float,
    placements: tuple[str, ...],
    n: int,
    rate: float,
    version: str | None,
    **options: object,
) -> None:
    """Fill Redis with the lists of those who were active, so that nobody waits for one.

    What is there is skipped: after Ctrl-C, or when Redis was lost, another run goes on. Exit status: 0 done, 2 usage,
    130 interrupted, 1 anything else.
    """
    chosen = tuple(dict.fromkeys(placements)) or _PLAN.placements
    plan = WarmUpPlan(active_days, chosen, n, rate)
    settings, book = load_settings(config, options), read_book(read_table(config, TABLE))
    Warming(settings, plan, version, book).run(Console())


@recsvc.command()
@config
@models_dir
@setting("workers", int)
@click.option("--users", type=click.IntRange(1), help="With --items: of a shop that has no model yet.")
@click.option("--items", type=click.IntRange(1))
@click.option(
    "--lists", type=click.IntRange(1), default=1, show_default=True, help="Personal placements that are used."
)
def plan(config: Path | None, users: int | None, items: int | None, lists: int, **options: object) -> None:
    """Say how much memory, Redis and time a shop needs: the live model's, or one of --users and --items."""
    if (users is None) != (items is None):
        raise click.UsageError("--users and --items go together")
    settings, constants = load_settings(config, options), Constants.measured()
    shop = Shop.of_counts(users, items, constants) if users and items else Shop.live(settings.models_dir)
    print_budget(Budget(shop, settings, lists, constants), Console())


@recsvc.command()
@click.option("--orders", multiple=True, help="Order files; by default those of a sample shop.")
@click.option(
    "--directory", type=click.Path(path_type=Path, file_okay=False), default="demo", show_default=True
)
@click.option("--port", type=int, default=8000, show_default=True)
@click.option("--once", is_flag=True, help="Stop after printing.")
def demo(orders: tuple[str, ...], directory: Path, port: int, once: bool) -> None:
    """Train on a sample shop (or your orders), serve, and show what three shoppers get."""
    Demo(directory, port, list(orders)).run(stay=not once)


def _columns(entry: VersionEntry) -> tuple[str, ...]:
    mark = "*" if entry.is_live else ""
    if entry.manifest is None:
        return (mark, entry.model_version, f"damaged: {entry.problem}", "", "", "")
    manifest = entry.manifest
    created = datetime.fromisoformat(manifest.created).strftime("%Y-%m-%d %H:%M")
    through = "undated" if manifest.data_through is None else manifest.data_through[:10]
    counts = (f"{manifest.counts.get(name, 0):,}" for name in ("users", "items"))
    return (mark, entry.model_version, created, through, *counts)


def main() -> None:
    """Run the program; what it refuses to do is one line on standard error and exit status 1."""
    try:
        recsvc()
    except RecsvcError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)
