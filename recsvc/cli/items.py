"""``recsvc items``: the catalogue from the command line."""

import sys
from contextlib import closing
from pathlib import Path

import click

from recsvc.catalogue.product_import import Imported, import_products
from recsvc.cli.options import config, database_url, models_dir
from recsvc.clock import now_us
from recsvc.logs import configure_logging
from recsvc.service import make_store
from recsvc.settings import load_settings

EXIT_NOTHING = 3


@click.group()
def items() -> None:
    """Fill the catalogue."""


@items.command("import")
@click.argument(
    "paths", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False, exists=True)
)
@config
@models_dir
@database_url
def import_(paths: tuple[Path, ...], config: Path | None, **options: object) -> None:
    """Store the products of exports of shop platforms, of feeds (Google, Meta), or of any table with item ids.

    An item in a file replaces what was known of it; items that are in no file stay as they are. The service shows the
    changes within a second. Exit status: 0, or 3 where a file has no usable item.
    """
    settings = load_settings(config, options)
    configure_logging("error")
    with closing(make_store(settings)) as store:
        imports = [(path, import_products(path, store.catalogue.put, now_us())) for path in paths]
    for path, imported in imports:
        _print(path, imported)
    if any(imported.n_items == 0 for _, imported in imports):
        sys.exit(EXIT_NOTHING)


def _print(path: Path, imported: Imported) -> None:
    click.echo(f"{path}: {imported.platform}, {imported.n_rows:,} rows, {imported.n_items:,} items stored")
    for reason, n_rows in imported.not_items.items():
        click.echo(f"  {n_rows:,} rows: {reason}")
    if imported.n_refused:
        click.echo(f"  {imported.n_refused:,} rows refused:", err=True)
    for number, reason in imported.refused:
        click.echo(f"    row {number}: {reason}", err=True)
    if imported.n_refused > len(imported.refused):
        click.echo(f"    and {imported.n_refused - len(imported.refused):,} more", err=True)
