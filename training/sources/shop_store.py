"""The store of the service, as the training job finds it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from recsvc.config_file import read_table
from recsvc.errors import SettingsError, TooLittleDataError
from recsvc.settings.shop_tables import outside_values, own_places, read_shop_tables, with_schema
from recsvc.store.store import DATABASE_FILE, Store, open_store
from training.sources.sql import parsed_url, shown_url

SERVICE_TABLE = "service"
SETTING, SCHEMA = "database_url", "database_schema"
TIMEOUT_SECONDS = 60.0
"""How long one query may take: a batch of events is more than what the service reads."""


@dataclass(frozen=True)
class StoreAddress:
    """Where the store is; ``url`` may hold a password and is not shown."""

    url: str = field(repr=False)

    @property
    def name(self) -> str:
        """The address, for people."""
        return f"store {shown_url(self.url, SETTING)}"

    @property
    def exists(self) -> bool:
        """Whether the file is there; always true of a database server, which only an attempt can tell."""
        parsed = parsed_url(self.url, SETTING)
        if parsed.get_backend_name() != "sqlite":
            return True
        try:
            return Path(parsed.database or "").is_file()
        except OSError as exc:
            raise SettingsError(
                f"the {SETTING} cannot be looked for ({exc.strerror or exc}): name another "
                "--database-url or --models-dir"
            ) from exc

    @contextmanager
    def opened(self) -> Iterator[Store]:
        """Yield the store, which must exist.

        Raises TooLittleDataError for a file that is not there, StoreError when the database fails.
        """
        if not self.exists:
            raise TooLittleDataError(
                f"there is no {self.name}: start `recsvc serve` with the same models directory and post events, "
                "say where it is with --database-url, or name files with --orders"
            )
        store = open_store(self.url, timeout_seconds=TIMEOUT_SECONDS, max_connections=1)
        try:
            yield store
        finally:
            store.close()


def store_address(database_url: str | None, config: Path | None, models_dir: Path) -> StoreAddress:
    """Return where the service that uses ``models_dir`` keeps its store.

    Whoever asked to be forgotten is looked up there: the schema, and a file in the directory of secrets, count as they
    do for the service.

    Args:
        database_url: as told; else that of the service's settings, else a file in ``models_dir``.
        config: the settings file; None: ``recsvc.toml``, where there is one.
        models_dir: the models directory.

    Raises:
        SettingsError: the address is none.
    """
    outside, table = outside_values(), read_table(config, SERVICE_TABLE)
    url, schema = (outside.get(f"RECSVC_{name.upper()}") or table.get(name) for name in (SETTING, SCHEMA))
    url = database_url or url
    if schema and isinstance(url, str) and urlsplit(url).scheme.startswith("postgresql"):
        try:
            url = with_schema(url, str(schema))
        except ValueError as error:
            raise SettingsError(f"{SETTING}: {error}") from error
    return _address(url, models_dir)


def places_of_shop(
    shop: str, config: Path | None, given: Mapping[str, Any]
) -> tuple[Path, str | None, StoreAddress]:
    """Return the models directory of one of several shops, its object store or None, and where its store is.

    Args:
        shop: its name; the settings file has a table for it.
        config: the settings file; None: ``recsvc.toml``.
        given: of these, what the command line says.

    Raises:
        SettingsError: the shop would share its store, or its address is none.
    """
    outside = outside_values()
    common = read_table(config, SERVICE_TABLE)
    names = ("models_dir", "models_url", SETTING)
    common |= {name: outside[key] for name in names if (key := f"RECSVC_{name.upper()}") in outside}
    own = {**read_shop_tables(config, outside)[shop].values, **given}
    places = own_places(shop, own, common)
    try:
        url = places[SETTING] and with_schema(places[SETTING], places[SCHEMA])
    except ValueError as error:
        raise SettingsError(f"[shops.{shop}] {SETTING}: {error}") from error
    return places["models_dir"], places["models_url"], _address(url, places["models_dir"])


def _address(url: object, models_dir: Path) -> StoreAddress:
    if url is not None and not isinstance(url, str):
        raise SettingsError(f"[{SERVICE_TABLE}] {SETTING} must be a text, got {type(url).__name__}")
    address = StoreAddress(url or f"sqlite:///{models_dir / DATABASE_FILE}")
    if parsed_url(address.url, SETTING).get_backend_name() not in ("sqlite", "postgresql"):
        raise SettingsError(
            "database_url must be like sqlite:///path/to/file.db or postgresql://user@host/database"
        )
    return address
