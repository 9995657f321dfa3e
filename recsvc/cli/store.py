"""``recsvc store``: a copy of the store, and the store from a copy."""

from pathlib import Path

import click

from recsvc.cli.options import config, database_url, models_dir
from recsvc.errors import StoreError
from recsvc.service import database_url_of
from recsvc.settings import load_settings
from recsvc.store.backup import back_up, restore


@click.group()
def store() -> None:
    """Back up and restore events, catalogue, keys and placements."""


@store.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@config
@models_dir
@database_url
def backup(file: Path, config: Path | None, **options: object) -> None:
    """Write a whole and checked copy of the store to FILE, which must not exist; the service may go on meanwhile.

    A copy of recsvc.db made by other means is not whole: the newest events lie in recsvc.db-wal. A store in
    PostgreSQL is backed up with pg_dump.
    """
    n_bytes = back_up(_sqlite_path(config, options), file)
    click.echo(f"{file}: {n_bytes:,} bytes")


@store.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@config
@models_dir
@database_url
def restore_(file: Path, config: Path | None, **options: object) -> None:
    """Put the copy in FILE in the place of the store; stop the service before.

    What was there stays beside it, with the ending .replaced. Who was erased after the copy was made is in it again:
    erase them once more.
    """
    path = _sqlite_path(config, options)
    replaced = restore(file, path)
    click.echo(f"{path}: restored from {file}" + (f"; what was there is {replaced}" if replaced else ""))


def _sqlite_path(config: Path | None, options: dict[str, object]) -> Path:
    """Return the file of the store; raises StoreError where it is in PostgreSQL."""
    url = database_url_of(load_settings(config, options))
    if not url.startswith("sqlite:///"):
        raise StoreError(
            "the store is in PostgreSQL, which has its own programs for this: pg_dump --format=custom and pg_restore"
        )
    return Path(url.removeprefix("sqlite:///"))
