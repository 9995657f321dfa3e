"""Command line options that several commands share."""

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from recsvc.errors import ModelError, RulesError
from recsvc.identity.nobody import BY_NAME, Guests
from recsvc.model.mirror import open_current
from recsvc.model.registry import Registry
from recsvc.model.storage import is_url
from recsvc.rules.rule_book import RuleBook, read_book
from recsvc.settings.settings import Settings
from recsvc.settings.shops import ShopSettings

_LINK = re.compile(r" ?\(\[[^]]+\]\([^)]+\)\)")
"""A link to a page, in brackets: descriptions have them for the reference, and a terminal cannot follow them."""


def setting(name: str, type_: Any = None, **details: Any) -> Callable[..., Any]:  # noqa: ANN401 - click's decorator
    """Return the option for a setting."""
    field = Settings.model_fields[name]
    default = "none" if field.default is None else field.default
    described = f"{_LINK.sub('', field.description or '')}  [default: {default}]"
    return click.option(f"--{name.replace('_', '-')}", name, type=type_, help=described, **details)


config = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    envvar="RECSVC_CONFIG",
    help="Settings file.  [default: recsvc.toml, where there is one]",
)


reconciling = click.option("--reconcile", is_flag=True, help="Find what webhooks lost; once a night.")

read_since = click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), help="Read orders from that day on, in UTC.  [default: all]"
)

_SHOP = click.option(
    "--shop",
    envvar="RECSVC_SHOP",
    help="Which one, where the settings file has tables [shops.NAME].",
    show_envvar=True,
)


def of_shop(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options --config and --shop; it is passed ``config`` and ``shop``."""
    return config(_SHOP(command))


def book_of(shop: ShopSettings) -> RuleBook:
    """Return the placements of the settings file; raises RulesError, which names the shop."""
    try:
        return read_book(shop.placements)
    except RulesError as error:
        raise RulesError(str(error) if shop.name is None else f"[shops.{shop.name}]: {error}") from error


class Place(click.Path):
    """A directory, or the address of an object store."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401 - as click has it
        """Return the address as it is, or the path."""
        return value if isinstance(value, str) and is_url(value) else super().convert(value, param, ctx)


models_dir = setting("models_dir", Place(path_type=Path, file_okay=False))
database_url = setting("database_url")


def guests_of(settings: Settings) -> Guests:
    """Return who is nobody, as the service takes it: by the live model, or by name where there is none."""
    with suppress(ModelError):
        manifest = registry_of(settings).load().manifest
        return Guests(frozenset(manifest.guests), frozenset(manifest.shoppers))
    return BY_NAME


def registry_of(settings: Settings) -> Registry:
    """Return the versions as they are now; raises ModelError where an object store has them and does not answer."""
    return open_current(settings.models_dir, settings.models_url)
