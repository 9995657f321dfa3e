"""The options that say where orders come from, the same for every command."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeAlias

import click

from training.sources.order_sources import OrderSources
from training.sources.shop_store import store_address

Command: TypeAlias = Callable[..., None]

_OPTIONS = (
    click.option(
        "--models-dir",
        type=click.Path(path_type=Path, file_okay=False),
        default="models",
        show_default=True,
        envvar="RECSVC_MODELS_DIR",
        help="Directory of the model versions, and of the store unless --database-url says otherwise.",
    ),
    click.option(
        "--orders",
        multiple=True,
        help="Order file or glob: CSV, TSV (.gz, .zst), Parquet, NDJSON. Repeatable.",
    ),
    click.option(
        "--from-store", is_flag=True, help="Purchases and returns that were posted to the service, too."
    ),
    click.option(
        "--database-url",
        envvar="RECSVC_DATABASE_URL",
        help="Store of the service.  [default: database_url of [service], else recsvc.db in --models-dir]",
    ),
    click.option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False, exists=True),
        help="Settings file.  [default: recsvc.toml, where there is one]",
    ),
)


def source_options(*, passes_models_dir: bool = False) -> Callable[[Command], Command]:
    """Return what gives a command the options, and passes it ``sources`` and ``config`` for them.

    With ``passes_models_dir`` the command is passed ``models_dir`` as well.
    """

    def decorate(command: Command) -> Command:
        @wraps(command)
        def with_sources(
            orders: tuple[str, ...],
            from_store: bool,
            database_url: str | None,
            **others: Any,  # noqa: ANN401 - those of the command itself
        ) -> None:
            if not (orders or from_store):
                raise click.UsageError("name where the orders are: --orders FILE or --from-store")
            address = store_address(database_url, others["config"], others["models_dir"])
            if not passes_models_dir:
                del others["models_dir"]
            command(sources=OrderSources(orders, address, from_store), **others)

        for option in reversed(_OPTIONS):
            with_sources = option(with_sources)
        return with_sources

    return decorate
