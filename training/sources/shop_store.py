"""The store of the service, as the training job finds it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from recsvc.config_file import read_table
from recsvc.errors import SettingsError, TooLittleDataError
from recsvc.model.storage import check_url, is_url
from recsvc.settings.shop_tables import outside_values, own_places, read_shop_tables, with_schema
from recsvc.store.store import DATABASE_FILE, Store, open_store
from training.sources.sql import parsed_url, shown_url

SERVICE_TABLE = "service"
MODELS_DIR, MODELS_URL, SETTING, SCHEMA = "models_dir", "models_url", "database_url", "database_schema"
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


def places_of_service(config: Path | None, given: Mapping[str, Any]) -> tuple[Path, str | None, StoreAddress]:
    """Return the models directory of the service, its object store or None, and where its store is.

    They are where ``recsvc serve`` has them: what the command line does not say, variables, the directory of
    secrets or the settings file do. Whoever asked to be forgotten is looked up there.

    Args:
        config: the settings file; None: ``recsvc.toml``, where there is one.
        given: of these, what the command line says. With a models directory in it, that of the settings file and its
            object store are those of somebody else.

    Raises:
        SettingsError: one of them cannot be.
    """
    said = _of_service(config)
    directory, url = said.get(MODELS_DIR), None
    if MODELS_DIR not in given:
        url = said.get(MODELS_URL)
        if isinstance(directory, str) and is_url(directory):
            directory, url = None, url or directory
        _check_models(directory, url)
    own = {MODELS_DIR: directory or "models", MODELS_URL: url, SETTING: said.get(SETTING)}
    places: dict[str, Any] = {**own, **given}
    store, schema = places[SETTING], said.get(SCHEMA)
    if isinstance(store, str) and schema is not None and urlsplit(store).scheme.startswith("postgresql"):
        try:
            store = with_schema(store, schema)
        except ValueError as error:
            raise SettingsError(f"[{SERVICE_TABLE}] {SETTING}: {error}") from error
    models_dir = Path(places[MODELS_DIR])
    return models_dir, places[MODELS_URL], _address(store, models_dir)


def _check_models(directory: object, url: object) -> None:
    """Refuse what is no place of versions in the settings file or the directory of secrets."""
    for name, value in ((MODELS_DIR, directory), (MODELS_URL, url)):
        if value is not None and not isinstance(value, str):
            raise SettingsError(f"[{SERVICE_TABLE}] {name} must be a text, got {type(value).__name__}")
    if isinstance(url, str):
        try:
            check_url(url)
        except ValueError as error:
            raise SettingsError(f"[{SERVICE_TABLE}] {MODELS_DIR} or {MODELS_URL} {error}") from error


def _of_service(config: Path | None) -> dict[str, Any]:
    """Return what the settings file says of the service, and above it the directory of secrets and variables."""
    outside = outside_values()
    names = (MODELS_DIR, MODELS_URL, SETTING, SCHEMA)
    return read_table(config, SERVICE_TABLE) | {
        name: value for name in names if (value := outside.get(f"RECSVC_{name.upper()}"))
    }


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
    own = {**read_shop_tables(config, outside_values())[shop].values, **given}
    places = own_places(shop, own, _of_service(config))
    try:
        url = places[SETTING] and with_schema(places[SETTING], places[SCHEMA])
    except ValueError as error:
        raise SettingsError(f"[shops.{shop}] {SETTING}: {error}") from error
    return places[MODELS_DIR], places[MODELS_URL], _address(url, places[MODELS_DIR])


def _address(url: object, models_dir: Path) -> StoreAddress:
    if url is not None and not isinstance(url, str):
        raise SettingsError(f"[{SERVICE_TABLE}] {SETTING} must be a text, got {type(url).__name__}")
    address = StoreAddress(url or f"sqlite:///{models_dir / DATABASE_FILE}")
    if parsed_url(address.url, SETTING).get_backend_name() not in ("sqlite", "postgresql"):
        raise SettingsError(
            "database_url must be like sqlite:///path/to/file.db or postgresql://user@host/database"
        )
    return address
