"""``recsvc``: all commands, and how an error ends the program."""

import sys
from pathlib import Path

import click
from rich.console import Console

from recsvc.cli.demo import demo
from recsvc.cli.items import items
from recsvc.cli.keys import keys
from recsvc.cli.models import models
from recsvc.cli.options import config, models_dir, setting
from recsvc.cli.plan import plan
from recsvc.cli.rules import rules
from recsvc.cli.serve import serve
from recsvc.cli.warm import Warming
from recsvc.config_file import read_table
from recsvc.errors import RecsvcError
from recsvc.ranking.query import MAX_N
from recsvc.rules.rule_book import TABLE, read_book
from recsvc.serving.warm_up import WarmUpPlan
from recsvc.settings import load_settings

_PLAN = WarmUpPlan()


@click.group()
@click.version_option(package_name="recsvc")
def recsvc() -> None:
    """Product suggestions for returning shoppers."""


for command in (serve, models, items, keys, rules, plan, demo):
    recsvc.add_command(command)


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


def main() -> None:
    """Run the program; a refusal is one line on standard error and exit status 1."""
    try:
        recsvc()
    except RecsvcError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)
