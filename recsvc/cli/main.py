"""``recsvc``: all commands, and how an error ends the program."""

import sys

import click

from recsvc.cli.connect import connect
from recsvc.cli.demo import demo
from recsvc.cli.export import export
from recsvc.cli.items import items
from recsvc.cli.keys import keys
from recsvc.cli.models import models
from recsvc.cli.plan import plan
from recsvc.cli.rules import rules
from recsvc.cli.serve import serve
from recsvc.cli.store import store
from recsvc.cli.warm import warm
from recsvc.cli.webhooks import webhooks
from recsvc.errors import RecsvcError


@click.group()
@click.version_option(package_name="recsvc")
def recsvc() -> None:
    """Product suggestions for returning shoppers."""


for command in (serve, models, items, store, keys, rules, warm, export, plan, connect, webhooks, demo):
    recsvc.add_command(command)


def main() -> None:
    """Run the program; a refusal is one line on standard error and exit status 1."""
    try:
        recsvc()
    except (RecsvcError, OSError) as error:  # OSError: a full or read-only disk; its message names the file
        click.echo(f"error: {error}", err=True)
        sys.exit(1)
