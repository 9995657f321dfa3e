"""``recsvc store``: a copy of the store, and the store from a copy."""

from contextlib import closing
from pathlib import Path

import click
from pydantic import SecretStr

from recsvc.cli.options import database_url, models_dir, of_shop
from recsvc.clock import now_us
from recsvc.errors import StoreError
from recsvc.service import make_store
from recsvc.settings.shops import load_shop
from recsvc.store.backup import back_up, restore
from recsvc.store.store import DATABASE_FILE
from recsvc.store.user_records import ErasedAgain

PATIENCE_SECONDS = 600.0
"""A statement that goes through the whole store may take so long."""


@click.group()
def store() -> None:
    """Back up and restore events, catalogue, keys and placements."""


@store.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@of_shop
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
@click.option(
    "--erased-in",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Another store, or a newer copy, whose erased shoppers are to stay erased; may be repeated.",
)
@of_shop
@models_dir
@database_url
def restore_(file: Path, erased_in: tuple[Path, ...], config: Path | None, **options: object) -> None:
    """Put the copy in FILE in the place of the store; stop the service before.

    What was there stays beside it, with the ending .replaced. Who was erased there stays erased, and who asked there
    not to be profiled, still does.
    """
    path = _sqlite_path(config, options)
    done = restore(file, path, erased_in, at_us=now_us())
    click.echo(
        f"{path}: restored from {file}" + (f"; what was there is {done.replaced}" if done.replaced else "")
    )
    _report(ErasedAgain(done.n_ids, done.n_foreign), done.n_objections)
    for problem in done.unread:
        click.echo(
            f"warning: who was erased there, or asked not to be profiled, is not known: say it once more: {problem}",
            err=True,
        )


@store.command("erase-again")
@click.option(
    "--erased-in",
    required=True,
    help="Database whose erased shoppers are to be erased here, as of --database-url.",
)
@of_shop
@models_dir
@database_url
def erase_again(erased_in: str, config: Path | None, **options: object) -> None:
    """Erase whoever was erased in another store, such as the one before a restore in PostgreSQL.

    Who asked there not to be profiled is kept as well.
    """
    settings = load_shop(config, options).settings
    other = settings.model_copy(update={"database_url": SecretStr(erased_in), "database_schema": None})
    with closing(make_store(settings, PATIENCE_SECONDS)) as here, closing(make_store(other)) as there:
        again = here.users.erase_again(there.users.tombstones(), now_us())
        _report(again, here.objections.say_again(there.objections.said()))


def _report(again: ErasedAgain, n_objections: int) -> None:
    if again.n_ids:
        click.echo(f"ids that had been erased and were erased again: {again.n_ids:,}")
    if n_objections:
        click.echo(
            f"shoppers who had said whether they may be profiled, and are heard again: {n_objections:,}"
        )
    if again.n_foreign:
        click.echo(
            f"warning: {again.n_foreign:,} erasures are of a store that began as another one: whoever of them is not "
            "in this store could not be told, and may come back with an order file",
            err=True,
        )


def _sqlite_path(config: Path | None, options: dict[str, object]) -> Path:
    """Return the file of the store; raises StoreError where it is in PostgreSQL."""
    settings = load_shop(config, options).settings
    if settings.database_url is None:
        return settings.models_dir / DATABASE_FILE
    if settings.sqlite_file is None:
        raise StoreError(
            "the store is in PostgreSQL, which has its own programs for this: pg_dump --format=custom and pg_restore"
        )
    return settings.sqlite_file
