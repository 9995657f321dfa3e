"""``recsvc rules``: what the shop wants of its lists, looked at before it is live."""

import click

from recsvc.rules_diff import diff


@click.group()
def rules() -> None:
    """See what the rules of placements change."""


rules.add_command(diff)
