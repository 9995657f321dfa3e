"""The settings of a deployment and of each of its shops."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError

from recsvc.config_file import read_table
from recsvc.errors import SettingsError
from recsvc.settings.host_names import host_name
from recsvc.settings.settings import Settings, explain, load_settings, named
from recsvc.settings.shop_tables import (
    HOSTS,
    PLACEMENTS,
    TABLE,
    VARIABLES,
    ShopTable,
    chosen_shop,
    outside_values,
    own_places,
    read_shop_tables,
    variable_of,
)
from recsvc.tracing.settings import TracingSettings

_NEAR_CACHE = "near_cache_bytes"


@dataclass(frozen=True)
class ShopSettings:
    """How one shop is to be served.

    Attributes:
        name: of the shop; None where there is one alone, without a table of its own.
        settings: its settings.
        placements: tables of its placements, by their names.
        hosts: by which requests for it come, as ``host_name`` spells them.
    """

    name: str | None
    settings: Settings
    placements: Mapping[str, Any] = field(default_factory=dict)
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Deployment:
    """What one ``recsvc serve`` serves.

    Attributes:
        settings: of the whole.
        shops: each with its name, in the order of the file; or the only one, which has none.
    """

    settings: Settings
    shops: tuple[ShopSettings, ...]

    @property
    def has_names(self) -> bool:
        """Whether there are tables of shops."""
        return self.shops[0].name is not None


def load_deployment(config: Path | None, options: Mapping[str, object]) -> Deployment:
    """Read the settings of all shops; arguments as of ``load_settings``.

    Raises SettingsError, which names the shop and the setting; also where two shops would share what is of one.
    """
    common, tables = load_settings(config, options), _shop_tables(config)
    placements = read_table(config, PLACEMENTS)
    if not tables:
        return Deployment(common, (ShopSettings(None, common, placements),))
    shops = tuple(_shop_settings(table, common, placements, len(tables)) for table in tables.values())
    _require_apart(shops)
    return Deployment(common, shops)


def load_shop(config: Path | None, options: Mapping[str, object]) -> ShopSettings:
    """Read the settings of the shop that the option ``shop`` names, or of the only one.

    Raises SettingsError, also where there are several shops and none is named.
    """
    given = {name: value for name, value in options.items() if name != "shop"}
    name, tables = options.get("shop"), _shop_tables(config)
    shop = chosen_shop(None if name is None else str(name), tables)
    placements = read_table(config, PLACEMENTS)
    if shop is None:
        return ShopSettings(None, load_settings(config, given), placements)
    common = load_settings(config, {name: value for name, value in given.items() if is_of_all_shops(name)})
    own = {name: value for name, value in given.items() if not is_of_all_shops(name)}
    return _shop_settings(tables[shop], common, placements, len(tables), own)


def unknown_shop_variables(deployment: Deployment) -> list[str]:
    """Return variables that look like settings of a shop but are none: they are most likely misspelled."""
    prefixes = tuple(variable_of(shop.name) for shop in deployment.shops if shop.name)
    return sorted(name for name in os.environ if name.startswith(VARIABLES) and not name.startswith(prefixes))


def _shop_tables(config: Path | None) -> dict[str, ShopTable]:
    return read_shop_tables(config, outside_values())


def is_of_all_shops(name: str) -> bool:
    """Return whether a setting is of the whole deployment, so that no shop can set it."""
    extra = Settings.model_fields[name].json_schema_extra
    return name in TracingSettings.model_fields or (
        isinstance(extra, dict) and bool(extra.get("of_all_shops"))
    )


def _shop_settings(
    table: ShopTable,
    common: Settings,
    placements: Mapping[str, Any],
    n_shops: int,
    options: Mapping[str, object] = {},
) -> ShopSettings:
    """Return the settings of one of ``n_shops``: those of the deployment, its own, and ``options`` over both."""
    given = {name: value for name, value in options.items() if value is not None}
    own = {name: value for name, value in table.values.items() if name != HOSTS} | given
    _require_known(table.name, own)
    base = {name: _revealed(getattr(common, name)) for name in common.model_fields_set}
    values = {**base, **own, **own_places(table.name, own, base)}
    if _NEAR_CACHE not in own:
        values[_NEAR_CACHE] = common.near_cache_bytes // n_shops
    try:
        settings = Settings(**values)
    except ValidationError as error:
        problem, where = explain(error, _namer(table.name, own)), f"[{TABLE}.{table.name}]"
        raise SettingsError(problem if where in problem else f"{where}: {problem}") from error
    shop = ShopSettings(
        table.name,
        settings,
        {**placements, **table.placements},
        _hosts(table.name, table.values.get(HOSTS, ())),
    )
    _require_host_of_provider(shop)
    return shop


def _revealed(value: object) -> object:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _require_known(shop: str, own: Mapping[str, object]) -> None:
    for name in own:
        where = f"{variable_of(shop, name)} ([{TABLE}.{shop}] {name})"
        if name not in Settings.model_fields:
            known = ", ".join(
                one for one in (HOSTS, *Settings.model_fields) if one == HOSTS or not is_of_all_shops(one)
            )
            raise SettingsError(f"{where}: a shop has no such setting; known are {known}")
        if is_of_all_shops(name):
            raise SettingsError(f"{where}: this is of the whole deployment; set it as {named(name)}")


def _namer(shop: str, own: Mapping[str, object]) -> Callable[[str], str]:
    def name_of(setting: str) -> str:
        own_name = f"{variable_of(shop, setting)} ([{TABLE}.{shop}] {setting})"
        return own_name if setting in own else f"[{TABLE}.{shop}], by {named(setting)}"

    return name_of


def _hosts(shop: str, given: object) -> tuple[str, ...]:
    texts = given.split(",") if isinstance(given, str) else given
    where = f"{variable_of(shop, HOSTS)} ([{TABLE}.{shop}] {HOSTS})"
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        raise SettingsError(f'{where}: must be a list like ["shop.example"], got {given!r:.80}')
    hosts = []
    for text in texts:
        host = host_name(text)
        if host is None or (":" in text and not host.startswith("[")):
            raise SettingsError(
                f"{where}: must be a host without a port, like shop.example, got {text!r:.80}"
            )
        hosts.append(host)
    return tuple(hosts)


def _require_host_of_provider(shop: ShopSettings) -> None:
    settings = shop.settings
    if settings.oidc_issuer is None:
        return
    host = host_name(urlsplit(settings.public_url or "").netloc)
    if host not in shop.hosts:
        raise SettingsError(
            f"[{TABLE}.{shop.name}] public_url: people sign in by the provider at a host of their shop; {host!r} is "
            f"none of [{TABLE}.{shop.name}] {HOSTS}"
        )


def _require_apart(shops: tuple[ShopSettings, ...]) -> None:
    """Raise SettingsError where two shops would have the same of what each must have for itself."""
    seen: dict[tuple[str, str], str | None] = {}
    for shop in shops:
        for what, value in _claims(shop):
            other = seen.setdefault((what, value), shop.name)
            if other != shop.name:
                shown = "" if what == "database_url" else f" {value}"
                raise SettingsError(
                    f"[{TABLE}.{other}] and [{TABLE}.{shop.name}] have the same {what}{shown}: give each its own"
                )


def _claims(shop: ShopSettings) -> Iterator[tuple[str, str]]:
    settings = shop.settings
    yield "models_dir", str(settings.models_dir.resolve())
    if settings.models_url is not None:
        yield "models_url", settings.models_url.rstrip("/")
    url = settings.store_url
    if url is not None:
        file = settings.sqlite_file
        yield "database_url", url if file is None else str(file.resolve())
    if settings.redis_namespace is not None:
        yield "redis_namespace", settings.redis_namespace
    for host in shop.hosts:
        yield "host", host
