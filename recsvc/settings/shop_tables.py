"""The tables ``[shops.NAME]`` of ``recsvc.toml``: what a deployment says of each of its shops, and where each is kept.

The service and the training job read them; neither may find a shop anywhere else than the other does.
"""

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from recsvc.config_file import PREFIX, read_table
from recsvc.errors import SettingsError

TABLE = "shops"
VARIABLES = "RECSVC_SHOPS__"
_SECRETS_DIR = f"{PREFIX}SECRETS_DIR"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
BESIDE_VERSIONS = ("refused", "reports", "spark")
"""Directories beside the versions of a shop; those of another shop may be kept below them, by its name."""

HOSTS, PLACEMENTS, TRAINING = "hosts", "placements", "training"
_MODELS_DIR, _MODELS_URL = "models_dir", "models_url"
_DATABASE_URL, _DATABASE_SCHEMA = "database_url", "database_schema"
_NAMESPACE = "redis_namespace"


@dataclass(frozen=True)
class ShopTable:
    """What the file and the environment say of one shop.

    Attributes:
        name: of the shop.
        values: its settings, by their names; those of the environment have won.
        placements: its tables ``[shops.NAME.placements.…]``.
        training: its table ``[shops.NAME.training]``; None where there is none.
    """

    name: str
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    placements: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] | None = None


def read_shop_tables(config: Path | None, outside: Mapping[str, str]) -> dict[str, ShopTable]:
    """Return the shops of a settings file by name, in the order of the file; empty where it has none.

    Args:
        config: the file; None: ``recsvc.toml``, where there is one.
        outside: the environment, and what lies in the directory of secrets; names in upper case.

    Raises:
        SettingsError: a name or a table cannot be used.
    """
    return {name: _shop_table(name, table, outside) for name, table in read_table(config, TABLE).items()}


def _shop_table(name: str, table: object, outside: Mapping[str, str]) -> ShopTable:
    if not NAME.fullmatch(name):
        raise SettingsError(
            f"[{TABLE}.{name}]: the name of a shop is 1 to 32 lower-case letters, digits and dashes, "
            f"no dash first, got {name!r}"
        )
    if name in BESIDE_VERSIONS:
        raise SettingsError(
            f"[{TABLE}.{name}]: a shop cannot be called {', '.join(BESIDE_VERSIONS)}: a directory of versions has "
            "subdirectories of these names; choose another"
        )
    if not isinstance(table, dict):
        raise SettingsError(f"[{TABLE}] {name} must be a table [{TABLE}.{name}]")
    values = {**table, **_values_outside(name, outside)}
    inner = {}
    for key in (PLACEMENTS, TRAINING):
        inner[key] = values.pop(key, None)
        if inner[key] is not None and not isinstance(inner[key], dict):
            raise SettingsError(f"[{TABLE}.{name}] {key} must be a table [{TABLE}.{name}.{key}]")
    return ShopTable(name, values, inner[PLACEMENTS] or {}, inner[TRAINING])


def outside_values() -> dict[str, str]:
    """Return the variables of the environment, and below them what lies in the directory of secrets, as variables.

    Raises SettingsError where that cannot be read.
    """
    directory, found = os.environ.get(_SECRETS_DIR), {}
    if directory:
        try:
            for path in Path(directory).iterdir():
                if path.name.upper().startswith(PREFIX):
                    found[path.name.upper()] = path.read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{_SECRETS_DIR}: {directory} cannot be read: {error}") from error
    return found | dict(os.environ)


def variable_of(shop: str, setting: str = "") -> str:
    """Return the variable of the environment that holds a setting of a shop."""
    return f"{VARIABLES}{shop.upper().replace('-', '_')}__{setting.upper()}"


def _values_outside(shop: str, outside: Mapping[str, str]) -> dict[str, str]:
    prefix = variable_of(shop)
    return {
        name.removeprefix(prefix).lower(): value for name, value in outside.items() if name.startswith(prefix)
    }


def chosen_shop(name: str | None, shops: Collection[str]) -> str | None:
    """Return the shop that a command is for; None where there are no shops.

    Raises SettingsError where there are some and none of them is named.
    """
    known = ", ".join(sorted(shops))
    if name is None and shops:
        raise SettingsError(f"there are several shops: name one with --shop or RECSVC_SHOP: {known}")
    if name is not None and name not in shops:
        there_are = f"there are {known}" if shops else f"the settings file has no table [{TABLE}.{name}]"
        raise SettingsError(f"--shop: there is no shop {name!r}: {there_are}")
    return name


def own_places(shop: str, own: Mapping[str, Any], common: Mapping[str, Any]) -> dict[str, Any]:
    """Return where a shop keeps its versions, its store and its lists in Redis, apart from all others.

    Args:
        shop: its name.
        own: its settings.
        common: the settings of the deployment that are set.

    Raises:
        SettingsError: all shops would have one store.
    """
    return {**_versions(shop, own, common), **_store(shop, own, common), **_names_in_redis(shop, own, common)}


def _versions(shop: str, own: Mapping[str, Any], common: Mapping[str, Any]) -> dict[str, Any]:
    base, url = common.get(_MODELS_DIR) or "models", common.get(_MODELS_URL)
    if _is_url(base):
        base, url = "models", url or base
    directory, own_url = own.get(_MODELS_DIR), own.get(_MODELS_URL)
    if _is_url(directory):
        directory, own_url = None, own_url or directory
    if directory is None and own_url is None and url is not None:
        own_url = f"{str(url).rstrip('/')}/{shop}"
    return {_MODELS_DIR: Path(base, shop) if directory is None else Path(directory), _MODELS_URL: own_url}


def _is_url(value: object) -> bool:
    return isinstance(value, str) and "://" in value


def _store(shop: str, own: Mapping[str, Any], common: Mapping[str, Any]) -> dict[str, Any]:
    if own.get(_DATABASE_URL):
        return {_DATABASE_URL: own[_DATABASE_URL], _DATABASE_SCHEMA: own.get(_DATABASE_SCHEMA)}
    url = common.get(_DATABASE_URL)
    if not url:
        return {_DATABASE_URL: None, _DATABASE_SCHEMA: own.get(_DATABASE_SCHEMA)}
    if not urlsplit(str(url)).scheme.startswith("postgresql"):
        raise SettingsError(
            f"[{TABLE}.{shop}]: database_url of all shops names one file; name a file for each in "
            f"[{TABLE}.NAME] database_url, or leave it out: each then has one in its models directory"
        )
    return {
        _DATABASE_URL: url,
        _DATABASE_SCHEMA: own.get(_DATABASE_SCHEMA) or f"shop_{shop.replace('-', '_')}",
    }


def _names_in_redis(shop: str, own: Mapping[str, Any], common: Mapping[str, Any]) -> dict[str, Any]:
    namespace, of_all = own.get(_NAMESPACE), common.get(_NAMESPACE)
    return {_NAMESPACE: f"{of_all}.{shop}" if namespace is None and of_all else namespace}


def with_schema(url: str, schema: str | None) -> str:
    """Return the address of a PostgreSQL database whose tables are in ``schema``; None: where the address says.

    Raises ValueError where the address says already which options its connections have.
    """
    if schema is None:
        return url
    if "options=" in urlsplit(url).query:
        raise ValueError(
            "the address has options already: say database_schema or options=-csearch_path, not both"
        )
    return f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{schema}"
