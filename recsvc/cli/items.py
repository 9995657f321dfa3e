"""``recsvc items``: the catalogue from the command line."""

import sys
from contextlib import closing, suppress
from pathlib import Path

import click

from recsvc.catalogue.product_import import Imported, Told, import_products
from recsvc.cli.options import database_url, models_dir, of_shop, registry_of
from recsvc.clock import now_us
from recsvc.errors import ModelError
from recsvc.logs import configure_logging
from recsvc.service import make_store
from recsvc.settings.settings import Settings
from recsvc.settings.shops import load_shop
from recsvc.store.store import Store

EXIT_NOTHING = 3


@click.group()
def items() -> None:
    """Fill the catalogue."""


def columns_of(
    _context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> dict[str, str]:
    """Turn ``field=column`` words into a dictionary."""
    pairs = [value.partition("=") for value in values]
    for name, equals, column in pairs:
        if not (name and equals and column):
            raise click.BadParameter(f"must be like item_id=Reference, got {name}{equals}{column}")
    return {name: column for name, _, column in pairs}


def encoding_of(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """Refuse what is no encoding."""
    if value is not None:
        try:
            "".encode(value)
        except (LookupError, ValueError) as error:
            raise click.BadParameter(f"must be an encoding such as windows-1252, got {value!r}") from error
    return value


def bought_items(store: Store, settings: Settings) -> frozenset[str]:
    """Return the items that were bought, as the live model and the store know them."""
    bought = store.events.bought_item_ids()
    with suppress(ModelError):
        bought |= frozenset(registry_of(settings).load().model.items.ids)
    return bought


@items.command("import")
@click.argument(
    "paths", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False, exists=True)
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    callback=columns_of,
    help="Name a column, as in item_id=Reference or price=Preis; in a table of your own any field. Repeatable.",
)
@click.option(
    "--encoding", callback=encoding_of, help="Encoding of files that are no UTF-8, such as windows-1250."
)
@click.option("--decimal-mark", type=click.Choice([".", ","]), help="What stands before decimals.")
@click.option("--dry-run", is_flag=True, help="Say what would be stored, and store nothing.")
@of_shop
@models_dir
@database_url
def import_(
    paths: tuple[Path, ...],
    columns: dict[str, str],
    encoding: str | None,
    decimal_mark: str | None,
    dry_run: bool,
    config: Path | None,
    **options: object,
) -> None:
    """Store the products of exports of shop platforms, of feeds (Google, Meta), or of any table with item ids.

    An item in a file replaces what was known of it; a table without titles, such as a supplemental feed, adds to it.
    Items that are in no file stay as they are. The service shows the changes within a second. By which column items
    are called, what was bought tells; --column item_id= decides. Exit status: 0, or 3 where a file has no usable item.
    """
    settings = load_shop(config, options).settings
    configure_logging("error")
    with closing(make_store(settings)) as store:
        told = Told(columns, encoding, decimal_mark, bought_items(store, settings), store.catalogue.get_many)
        put = (lambda _items: None) if dry_run else store.catalogue.put
        imports = [(path, import_products(path, put, now_us(), told=told)) for path in paths]
    for path, imported in imports:
        _print(path, imported, "would be stored" if dry_run else "stored")
    if any(imported.n_items == 0 for _, imported in imports):
        sys.exit(EXIT_NOTHING)


def _print(path: Path, imported: Imported, stored: str) -> None:
    click.echo(f"{path}: {imported.platform}, {imported.n_rows:,} rows, {imported.n_items:,} items {stored}")
    choice = imported.choice
    found = f", which names {choice.n_found:,} of {choice.n_bought:,} items bought" if choice.n_bought else ""
    click.echo(f"  items are called by {imported.id_column or 'several columns together'}{found}")
    if choice.n_bought and not choice.n_found:
        click.echo(
            "  no item that was bought is among them: name the right column with --column item_id=", err=True
        )
    if imported.columns:
        click.echo(
            f"  {', '.join(f'{name} = {column}' for name, column in sorted(imported.columns.items()))}"
        )
    for reason, n_rows in imported.not_items.items():
        click.echo(f"  {n_rows:,} rows: {reason}")
    if imported.n_refused:
        click.echo(f"  {imported.n_refused:,} rows refused:", err=True)
    for number, reason in imported.refused:
        click.echo(f"    row {number}: {reason}", err=True)
    if imported.n_refused > len(imported.refused):
        click.echo(f"    and {imported.n_refused - len(imported.refused):,} more", err=True)
