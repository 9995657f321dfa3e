"""``recsvc models``: the versions in the models directory."""

from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from recsvc.cli.options import config, models_dir
from recsvc.model.registry import Registry, VersionEntry
from recsvc.settings import load_settings


@click.group()
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


def _columns(entry: VersionEntry) -> tuple[str, ...]:
    mark = "*" if entry.is_live else ""
    if entry.manifest is None:
        return (mark, entry.model_version, f"damaged: {entry.problem}", "", "", "")
    manifest = entry.manifest
    created = datetime.fromisoformat(manifest.created).strftime("%Y-%m-%d %H:%M")
    through = "undated" if manifest.data_through is None else manifest.data_through[:10]
    counts = (f"{manifest.counts.get(name, 0):,}" for name in ("users", "items"))
    return (mark, entry.model_version, created, through, *counts)
