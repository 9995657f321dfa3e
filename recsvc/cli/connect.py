"""``recsvc connect``: orders and products from a shop's own system, one file a system."""

import click

from recsvc.cli.connect_folder import folder
from recsvc.cli.connect_shopify import shopify
from recsvc.cli.connect_woocommerce import woocommerce


@click.group()
def connect() -> None:
    """Read orders and products from the shop's own system."""


for command in (folder, shopify, woocommerce):
    connect.add_command(command)
